"""Frames: groups, a join, lazy queries, CSV, JSON and Parquet in memory, a time with a zone, an expression on texts."""

import io
from datetime import datetime

import polars as pl


def job():
    frame = pl.DataFrame(
        {"k": ["a", "b", "a"], "v": [1, 2, 3], "at": [datetime(2024, 7, 1, hour) for hour in (1, 2, 3)]}
    )
    sums = frame.lazy().group_by("k").agg(pl.col("v").sum()).sort("k").collect()
    out = io.BytesIO()
    frame.write_parquet(out)
    again = pl.read_parquet(io.BytesIO(out.getvalue()))
    zoned = (
        frame.select(pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin").dt.hour())
        .to_series()
        .to_list()
    )
    read = pl.read_csv(io.BytesIO("x,y\n1,é\n2,b\n".encode())).join(
        pl.DataFrame({"x": [1], "z": [True]}), on="x", how="left"
    )
    query = pl.SQLContext(t=frame).execute("SELECT k, MAX(v) AS m FROM t GROUP BY k ORDER BY k").collect()
    return [
        sums.to_dicts(),
        again.equals(frame),
        zoned,
        read.to_dicts(),
        query.to_dicts(),
        frame.write_csv(),
        frame.select(pl.col("k").str.to_uppercase().map_elements(lambda x: x + "!", return_dtype=pl.String))
        .to_series()
        .to_list(),
    ]
