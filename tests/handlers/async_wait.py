"""Waits, in asyncio, as long as the input says."""

import asyncio

from entry import handler


@handler
async def async_wait(data: float) -> str:
    try:
        print("waiting", flush=True)
        await asyncio.sleep(data)
    finally:
        print("tidied up", flush=True)
    return "waited"
