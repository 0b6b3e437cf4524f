"""CSV, groups, times with zones, a pivot, JSON, an Excel-free style of HTML, a plot-free description."""

import io

import pandas as pd


def job():
    frame = pd.read_csv(
        io.StringIO("k,v,at\na,1.5,2024-03-30 12:00\nb,2.5,2024-03-31 12:00\na,4,2024-10-27 12:00\n"),
        parse_dates=["at"],
    )
    frame["at"] = frame["at"].dt.tz_localize("Europe/Berlin")
    daily = frame.set_index("at")["v"].resample("MS").sum()
    joined = frame.merge(pd.DataFrame({"k": ["a"], "w": [True]}), how="left")
    return [
        frame.groupby("k")["v"].agg(["sum", "mean"]).to_dict(),
        frame["at"].dt.tz_convert("UTC").astype(str).tolist(),
        len(daily),
        frame.pivot_table(index="k", values="v", aggfunc="max").to_json(),
        joined["w"].isna().tolist(),
        frame[["k"]].to_html(),
        frame["v"].describe().round(4).tolist(),
        frame["k"].str.upper().tolist(),
        frame.query("v > 2").shape[0],
    ]
