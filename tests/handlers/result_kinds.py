"""Returns the kind of result that the input names."""

import asyncio
import contextlib
import dataclasses
import datetime
import decimal
import enum
import itertools
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


async def _never() -> AsyncIterator[bytes]:
    yield b"first, "
    await asyncio.Event().wait()
    yield b"never"


async def _timed_stream() -> AsyncIterator[bytes]:
    """The time ends while the stream waits for its second chunk."""
    try:
        async with asyncio.timeout(None) as limit:
            async for chunk in _never():
                yield chunk
                limit.reschedule(0)
    except TimeoutError:
        yield b"then too late"


async def _expired_stream() -> AsyncIterator[bytes]:
    """The time ends while the first chunk is written."""
    try:
        async with asyncio.timeout(0):
            async for chunk in _never():
                yield chunk
    except TimeoutError:
        yield b"then too late"


async def _grouped_stream() -> AsyncIterator[bytes]:
    async with asyncio.TaskGroup() as group:
        first = asyncio.current_task()
        for part in [group.create_task(asyncio.sleep(0, b"part ")) for _ in range(2)]:
            yield await part
    yield b"of one task" if first is asyncio.current_task() else b"of several"


async def _closed_stream() -> AsyncIterator[bytes]:
    try:
        with contextlib.suppress(asyncio.CancelledError):
            yield "no bytes"  # type: ignore[misc]
            yield b""
        yield b""
    finally:
        await asyncio.sleep(0)
        print("tidied up", flush=True)


async def _busy() -> AsyncIterator[bytes]:
    print("waiting", flush=True)
    for number in itertools.count():
        if number < 0:
            yield b"never"


async def _busy_task() -> None:
    """A task in the background is busy while the handler waits."""
    task = asyncio.ensure_future(anext(_busy()))
    try:
        await asyncio.Event().wait()
    finally:
        print("tidied up", flush=True)
        task.cancel()


async def _busy_stream() -> AsyncIterator[bytes]:
    try:
        async for chunk in _busy():
            yield chunk
    finally:
        print("tidied up", flush=True)


async def _later() -> dict[str, str]:
    return {"later": "now"}


KINDS: dict[str, Any] = {
    "bytes": lambda data: b"\x00\xff not json",
    "bytearray": lambda data: bytearray(b"array"),
    "memoryview": lambda data: memoryview(b"view"),
    "memoryview with gaps": lambda data: memoryview(b"v-i-e-w")[::2],
    "stream with gaps": lambda data: iter([memoryview(b"v-i-e-w")[::2]]),
    "empty": lambda data: b"",
    "none": lambda data: None,
    "path": lambda data: Path(data["path"]),
    "stream": lambda data: _stream(),
    "async stream": lambda data: _async_stream(),
    "timed stream": lambda data: _timed_stream(),
    "expired stream": lambda data: _expired_stream(),
    "grouped stream": lambda data: _grouped_stream(),
    "closed stream": lambda data: _closed_stream(),
    "busy task": lambda data: _busy_task(),
    "busy stream": lambda data: _busy_stream(),
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
