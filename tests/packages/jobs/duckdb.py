"""SQL in memory: types, a window, JSON, CSV and Parquet in a folder, a function in Python."""

import tempfile
from pathlib import Path

import duckdb


def job():
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "t.parquet"
        connection.execute(
            "CREATE TABLE t AS SELECT * FROM (VALUES ('a', 1, DATE '2024-02-29'), ('b', 2, NULL), ('a', 3, NULL)) v(k, n, d)"
        )
        connection.execute(f"COPY t TO '{file}' (FORMAT parquet)")
        sums = connection.sql(f"SELECT k, sum(n)::INT, count(d) FROM '{file}' GROUP BY k ORDER BY k").fetchall()
        ranks = connection.sql("SELECT n, rank() OVER (PARTITION BY k ORDER BY n DESC) FROM t ORDER BY n").fetchall()
        (Path(folder) / "a.csv").write_text("x,y\n1,é\n")
        csv = connection.sql(f"SELECT * FROM '{folder}/a.csv'").fetchall()
        connection.create_function("twice", lambda x: x * 2, ["BIGINT"], "BIGINT")
        twice = connection.sql("SELECT twice(21)").fetchall()[0][0]
        text = connection.sql("SELECT json_extract_string('{\"a\": [1, \"é\"]}', '$.a[1]')").fetchall()[0][0]
        zone = connection.sql(
            "SELECT (TIMESTAMPTZ '2024-07-01 12:00:00+00' AT TIME ZONE 'Europe/Berlin')::VARCHAR"
        ).fetchall()[0][0]
    return [[list(row) for row in rows] for rows in (sums, ranks, csv)] + [twice, text, zone]
