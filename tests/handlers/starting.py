"""Starts something async before each run, and goes on with it in the handler and in the stream that it returns."""

import asyncio
from collections.abc import AsyncIterator

from entry import handler, on_start

from . import _starting

FOUND: dict[str, asyncio.Future[bytes]] = {}


@on_start
async def connect() -> None:
    print("own start")
    FOUND["answer"] = asyncio.get_running_loop().create_future()


@handler
async def starting(data: object) -> AsyncIterator[bytes]:
    asyncio.get_running_loop().call_soon(FOUND["answer"].set_result, b"of one loop")
    return _stream()


async def _stream() -> AsyncIterator[bytes]:
    yield await FOUND["answer"]


handler("starting-elsewhere")(_starting.elsewhere)
