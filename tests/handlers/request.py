"""Tells what it was asked for: headers, time, the variables that its input names, how often this process has run."""

import os
from typing import Any

from entry import Context, handler

_runs: list[object] = []


@handler
def request(data: dict[str, Any], ctx: Context) -> dict[str, Any]:
    _runs.append(data)
    return {
        "headers": dict(ctx.headers),
        "remaining": min(ctx.remaining(), 1e9),
        "variables": {name: os.environ.get(name) for name in data.get("variables", ())},
        "runs": len(_runs),
        "process": os.getpid(),
        "padding": "x" * data.get("padding", 0),
    }
