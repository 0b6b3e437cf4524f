"""Bytes <-> values with orjson: strict and lossless. Reads and writes no file.

What orjson would change in silence is refused or kept exact: integers past 64 bits (it reads them as floats), NaN and
infinities (it writes them as null). A document of 100 MB costs at most a tenth more than orjson alone.
"""

from __future__ import annotations

import gc

from . import errors
from .errors import FunctionError
from .orjson_import import orjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_SUBCLASS
_CHUNK = 1 << 18
_LONG = 19  # digits of the shortest integer past 64 bits
_DIGITS = bytes(1 if 0x30 <= byte <= 0x39 else 0 for byte in range(256))
_LONG_RUN = b"\x01" * _LONG


def decode(data: bytes) -> object:
    """The value of a JSON document (RFC 8259), integers exact; raises fn.input.invalid with line and column.

    The message never holds a part of the input, which may be secret.
    """
    collecting = gc.isenabled()
    gc.disable()  # nothing that parsing makes is garbage
    try:
        value: object = orjson.loads(data)
        return _decode_exactly(data) if _has_long_number(data) else value
    except orjson.JSONDecodeError as error:
        reason = error.msg.partition(": line ")[0]
        message = f"not JSON: {reason} (line {error.lineno}, column {error.colno})"
        raise FunctionError(errors.INPUT_INVALID, message) from None
    finally:
        if collecting:
            gc.enable()


def encode(value: object) -> bytes:
    """The JSON document of a value; raises fn.output.unserializable with the path of what cannot be written."""
    from . import plain

    try:
        document: bytes = orjson.dumps(value, plain.simplify, _OPTIONS)
    except (orjson.JSONEncodeError, RecursionError):
        document = b""
    if document and not (b"null" in document and _may_hold_nonfinite(value)):
        return document
    # Something is not plain JSON: make it so, or find out where it is and why it cannot be.
    try:
        return bytes(orjson.dumps(plain.plain(value), None, _OPTIONS))
    except RecursionError:
        raise FunctionError(errors.OUTPUT_UNSERIALIZABLE, "$: nested too deeply") from None


def _has_long_number(data: bytes) -> bool:
    """Whether an integer past 64 bits may be in the document: any run of digits that is long enough, in strings too."""
    view = memoryview(data)
    return any(
        _LONG_RUN in bytes(view[start : start + _CHUNK + _LONG - 1]).translate(_DIGITS)
        for start in range(0, len(data), _CHUNK)
    )


def _decode_exactly(data: bytes) -> object:
    """The slow way, for a document that orjson has found to be valid."""
    from json import loads

    try:
        return loads(data)
    except ValueError as error:  # an integer of more digits than the interpreter converts
        raise FunctionError(errors.INPUT_INVALID, str(error).partition(";")[0]) from None


def _walk_for_nonfinite(value: Any) -> bool:
    """Whether a float that is no number, or an object that may hold one, is in the value."""
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind is dict:
            stack.extend(item.values())
        elif kind is list or kind is tuple:
            stack.extend(item)
        elif kind is float:
            if item - item != 0:  # NaN and infinities
                return True
        elif not (item is None or kind is str or kind is int or kind is bool):
            return True
    return False


def _nonfinite_finder() -> Callable[[object], bool]:
    import sys

    if "_fn" in sys.builtin_module_names:  # the same in C, thirty times as fast
        from _fn import may_hold_nonfinite

        return may_hold_nonfinite
    return _walk_for_nonfinite


_may_hold_nonfinite = _nonfinite_finder()
