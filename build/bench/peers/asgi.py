"""A peer of `fn serve` for uvicorn: the handler in the worker itself, nothing isolated.

Runs in uvicorn's process, as bare as an application of ASGI is (asgi.readthedocs.io, HTTP).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def within(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Run the handler in the worker."""
    if scope["type"] != "http":
        return
    document, more = bytearray(), True
    while more:
        message = await receive()
        document += message.get("body", b"")
        more = message.get("more_body", False)
    data = json.loads(document)
    result = data if scope["path"] == "/same" else {"greeting": f"Hello, {data['name']}!"}
    body = json.dumps(result).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
