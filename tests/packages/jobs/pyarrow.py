"""A table through Parquet, IPC, CSV and JSON in memory, a filter, an aggregate, a time with a zone."""

import io
from datetime import datetime, timezone

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset
import pyarrow.json
import pyarrow.parquet as pq


def job():
    at = pa.array(
        [datetime(2024, 3, 31, hour, tzinfo=timezone.utc) for hour in (0, 1, 2)], pa.timestamp("s", "Europe/Berlin")
    )
    table = pa.table({"k": ["a", "b", "a"], "v": [1, 2, 3], "at": at})
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd")
    again = pq.read_table(pa.BufferReader(out.getvalue()))
    with io.BytesIO() as stream:
        with pa.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table)
        read = pa.ipc.open_stream(stream.getvalue()).read_all()
    sums = again.group_by("k").aggregate([("v", "sum")]).sort_by("k").to_pydict()
    csv = pyarrow.csv.read_csv(io.BytesIO(b"x,y\n1,caf\xc3\xa9\n2,b\n")).to_pydict()
    lines = pyarrow.json.read_json(io.BytesIO(b'{"a": [1, 2]}\n{"a": []}\n')).to_pylist()
    found = pyarrow.dataset.dataset(again).to_table(filter=pc.field("v") > 1).num_rows
    return [
        sums,
        csv,
        lines,
        found,
        read.equals(table),
        pc.hour(again["at"]).to_pylist(),
        pc.utf8_upper(pa.scalar("é")).as_py(),
    ]
