"""Open what a handler of the catalogue reads from and writes to: a file passed in, the output, or a variable."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Literal

import msgspec

from entry import FunctionError
from entry.api.errors import INPUT_INVALID
from entry.codec.json import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from entry import Context

REPORT = 32 << 20  # bytes of an output that the sidecar still reports (docs/contract.md)


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A variable to set."""

    scope: Literal["namespace", "workflow", "instance"]
    name: str


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was set, in place of the result itself."""

    scope: str
    name: str
    bytes: int


class Counted:
    """Passes chunks on and counts their bytes; past `most` it raises FunctionError with `code`."""

    def __init__(self, chunks: Iterable[bytes], most: int | None = None, code: str = "", advice: str = "") -> None:
        self._chunks = chunks
        self._most = most
        self._error = FunctionError(code, f"more than {_shown(most or 0)}{advice}")
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.bytes += len(chunk)
            if self._most is not None and self.bytes > self._most:
                raise self._error
            yield chunk


def set_variable(ctx: Context, target: Target, chunks: Iterable[bytes]) -> Written:
    """Set a variable from chunks, whatever their size."""
    counted = Counted(chunks)
    ctx.variables.set(target.scope, target.name, iter(counted))
    return Written(scope=target.scope, name=target.name, bytes=counted.bytes)


def for_report(chunks: Iterable[bytes], code: str) -> Iterator[bytes]:
    """Return the chunks of an output, as many as the sidecar takes; raise FunctionError with `code` past that."""
    return iter(Counted(chunks, REPORT, code, ": more than a workflow takes; put it into a variable with `to`"))


def exactly_one(given: object, *names: str) -> None:
    """Raise ValueError (fn.input.mismatch, from a __post_init__) unless one of the fields is there, and no other."""
    there = [name for name in names if getattr(given, name) is not msgspec.UNSET]
    if len(there) != 1:
        listed = ", ".join(f"`{name}`" for name in names)
        raise ValueError(f"expected exactly one of {listed}, got {' and '.join(there) or 'none'}")


def _shown(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count} bytes"


def json_variable(ctx: Context, name: str, code: str) -> object:
    """Return the JSON value in a file passed in; raise FunctionError with `code` when it is none."""
    try:
        return decode(ctx.variables[name].bytes().removeprefix(BOM_UTF8))
    except FunctionError as error:
        if error.code != INPUT_INVALID:
            raise  # of the variable
        problem = f"{name}: {error.message}"
    raise FunctionError(code, problem)
