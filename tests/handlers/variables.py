"""Reads and sets variables as the input says.

`read` is a name, `get` a scope and a name, `set` a list of scope, name, kind of data, path.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entry import Context, handler


def _iterator(path: str) -> Iterator[bytes]:
    yield from (b"one ", b"two")


KINDS: dict[str, Any] = {
    "bytes": lambda path: b"\x00\xff",
    "text": lambda path: "ä",
    "json": lambda path: {"a": [1, 2.5, None, 2**70]},
    "iterator": _iterator,
    "stream": lambda path: Path(path).open("rb"),  # noqa: SIM115  (one run)
    "path": Path,
}


@handler(codes=("test.declared",))
def variables(data: dict[str, Any], ctx: Context) -> object:
    os.umask(0o777)
    if "read" in data:
        return ctx.variables[data["read"]].text()
    if "get" in data:
        return ctx.variables.read(*data["get"])
    if "action" in data:
        return ctx.action_id
    for scope, name, kind, path in data.get("set", ()):
        ctx.variables.set(scope, name, KINDS[kind](path))
    return {name: len(variable.bytes()) for name, variable in ctx.variables.items()}
