"""Reads a table, groups, joins and resamples it."""

from __future__ import annotations

import io

import pandas

from entry import handler


@handler
def table(data: bytes) -> dict[str, object]:
    frame = pandas.read_csv(io.BytesIO(data), parse_dates=["at"])
    frame["at"] = frame["at"].dt.tz_localize("Europe/Berlin")
    names = pandas.DataFrame({"kind": ["a", "b"], "name": ["Apple", "Beet"]})
    joined = frame.merge(names, on="kind", how="left")
    return {
        "sums": joined.groupby("name")["value"].sum().to_dict(),
        "utc": [each.isoformat() for each in frame["at"].dt.tz_convert("UTC")],
        "daily": frame.set_index("at").resample("1D")["value"].mean().dropna().tolist(),
        "csv": joined[["name", "value"]].to_csv(index=False),
        "json": joined[["kind", "value"]].head(1).to_json(orient="records"),
        "described": frame["value"].describe()[["count", "mean", "max"]].tolist(),
    }
