"""Values, types of one's own, a stream, and the compiled half."""

from datetime import datetime, timezone

import msgpack


def job():
    at = datetime(2024, 2, 29, tzinfo=timezone.utc)
    packed = msgpack.packb({"é": [1, -(2**40), 1.5, None, b"\x00"], "at": at}, datetime=True)
    unpacker = msgpack.Unpacker()
    unpacker.feed(msgpack.packb(1) + msgpack.packb("x"))
    again = msgpack.unpackb(packed, timestamp=3)
    other = msgpack.unpackb(msgpack.packb(msgpack.ExtType(5, b"ab")), ext_hook=lambda code, data: [code, data.decode()])
    return [packed.hex(), again["at"] == at, again["é"][:4], list(unpacker), other, msgpack.Packer.__module__]
