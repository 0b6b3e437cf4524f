"""Returns the kind of result that the input names."""

import dataclasses
import datetime
import decimal
import enum
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from entry import handler


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: float


def _stream() -> Iterator[bytes]:
    yield from (b"one ", bytearray(b"two "), memoryview(b"three"))  # type: ignore[misc]


async def _async_stream() -> AsyncIterator[bytes]:
    yield b"async "
    yield b"stream"


async def _later() -> dict[str, str]:
    return {"later": "now"}


KINDS: dict[str, Any] = {
    "bytes": lambda data: b"\x00\xff not json",
    "bytearray": lambda data: bytearray(b"array"),
    "memoryview": lambda data: memoryview(b"view"),
    "empty": lambda data: b"",
    "none": lambda data: None,
    "path": lambda data: Path(data["path"]),
    "stream": lambda data: _stream(),
    "async stream": lambda data: _async_stream(),
    "async": lambda data: _later(),
    "long integer": lambda data: {"rows": [{"total": 10 ** data["digits"]}]},
    "moments": lambda data: {
        "old": datetime.datetime(1900, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(seconds=1172))),
        "new": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-3))),
        "none": datetime.datetime(2026, 1, 1, 2, 3, 4, 5),  # noqa: DTZ001
        "day": datetime.date(2026, 1, 1),
        "hour": datetime.time(1, 2, 3),
    },
    "large": lambda data: bytes(data["size"]),
    "typed": lambda data: {
        "point": Point(1, 2.5),
        "when": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
        "id": uuid.UUID(int=1),
        "colour": Colour.RED,
        "price": decimal.Decimal("1.10"),
        "tags": {"a"},
        "big": 2**70,
    },
}


@handler
def result_kinds(data: dict[str, Any]) -> object:
    return KINDS[data["kind"]](data)
