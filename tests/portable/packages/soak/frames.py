"""For the soak: a table that is grouped, written and read again, and a column that it does not have."""

from __future__ import annotations

import io
from typing import Any

import pandas

from entry import handler


@handler
def frames(data: dict[str, Any]) -> object:
    frame = pandas.DataFrame(data["rows"], columns=["kind", "value"])
    read = pandas.read_csv(io.StringIO(frame.to_csv(index=False)))
    sums = read.groupby(data.get("by", "kind"))["value"].sum()
    return {"sums": {kind: int(value) for kind, value in sums.items()}, "rows": len(read)}
