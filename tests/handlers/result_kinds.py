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
