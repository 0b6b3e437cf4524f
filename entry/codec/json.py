"""Decode and encode JSON with orjson: strict and lossless. Read and write no file.

What orjson would change in silence is refused or kept exact: integers past 64 bits (it reads them as floats), NaN and
infinities (it writes them as null), the seconds of an offset (it rounds them). What it refuses stays refused: a BOM,
invalid UTF-8, lone surrogates, NaN, floats past the range of a double, more than 1024 levels. Of duplicate keys the
last one wins.
"""

from __future__ import annotations

import gc

from ..api import errors
from ..api.errors import FunctionError
from ..frozen import IS_FILE
from .orjson import orjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS

# Looking for long integers costs less than parsing, because only every ninth byte is looked at where digits are few:
# 19 digits in a row hold two neighbours of every ninth byte, and six of every third.
_CHUNK = 1 << 16
_DIGIT, _BEFORE, _MINUS = b"\1", b"\2", b"\3"
_CLASSES = bytes.maketrans(b"0123456789 \t\r\n[,:-", _DIGIT * 10 + _BEFORE * 7 + _MINUS)
_POSITIVE = _BEFORE + _DIGIT * 20  # 19 digits always fit into 64 bits ...
_NEGATIVE = _MINUS + _DIGIT * 19  # ... after a minus they may not
_MOST = 400  # an integer of more digits is no double: orjson refuses it

_SCALARS = frozenset({type(None), bool, int, str, orjson.Fragment})


def decode(data: bytes, *, as_decimals: bool = False) -> object:
    """Return the value of a JSON document (RFC 8259), integers exact; raise fn.input.invalid with line and column.

    The message never holds a part of the input, which may be secret, but for names on the way to a number that is
    refused. With `as_decimals` a number past the range of a float is no error: it will be read once more, as a Decimal.
    """
    collecting = gc.isenabled()
    gc.disable()  # nothing that parsing makes is garbage
    try:
        return _decode(data, as_decimals=as_decimals)
    except orjson.JSONDecodeError as error:
        message = _where(error, data)
    finally:
        if collecting:
            gc.enable()
    raise FunctionError(errors.INPUT_INVALID, message)


def _decode(data: bytes, *, as_decimals: bool) -> object:
    try:
        value: object = orjson.loads(data)
        if not _has_long_integer(data):
            return value
        del value  # two of them need not fit into the memory
    except orjson.JSONDecodeError as error:
        if "infinity" not in error.msg:
            raise
        from .exact import check_numbers

        check_numbers(data, as_decimals=as_decimals)
    from .exact import decode_exactly

    return decode_exactly(data)


def encode(value: object) -> bytes:
    """Return the JSON document of a value; raise fn.output.unserializable with the path of what cannot be written."""
    from .fallback import simplify

    try:
        document: bytes = orjson.dumps(value, simplify, _OPTIONS)
    except orjson.JSONEncodeError as error:
        cause = error.__cause__  # what a conversion raised
        if isinstance(cause, MemoryError) or not (cause is None or isinstance(cause, Exception)):
            raise cause from None  # no property of the value: the end of the run
    except RecursionError:
        pass  # the slow way names the path
    else:
        # A null may be a float that is no number. Looking for one letter first is quick in a document of numbers.
        if not (b"u" in document and b"null" in document and _may_hold_nonfinite(value)):
            return document
        del document
    # Something is not plain JSON, or too deep for orjson: write it slowly, or find out where and why not.
    from .document import written

    return written(value)


def _has_long_integer(data: bytes) -> bool:
    """Return whether an integer past 64 bits may be in a valid document; a number in a text is a false alarm."""
    for start in range(0, len(data), _CHUNK):
        part = data[start : start + _CHUNK + len(_POSITIVE)]
        if start == 0:
            part = b" " + part  # a document may be a number and nothing else
        if (
            _DIGIT * 2 in part[::9].translate(_CLASSES)
            and _DIGIT * 6 in part[::3].translate(_CLASSES)
            and _is_long_integer_in(part, data, start - (start == 0))
        ):
            return True
    return False


def _is_long_integer_in(part: bytes, data: bytes, start: int) -> bool:
    classes = part.translate(_CLASSES)
    if _NEGATIVE in classes:
        return True
    at = classes.find(_POSITIVE)
    while at >= 0:
        first = start + at + 1
        run = data[first : first + _MOST]
        digits = run[: len(run) - len(run.lstrip(b"0123456789"))]
        if run[len(digits) : len(digits) + 1] not in (b".", b"e", b"E") and int(digits) >= 1 << 64:
            return True
        at = classes.find(_POSITIVE, at + 1)
    return False


def _where(error: Any, data: bytes) -> str:
    """Return the message about a document that is no JSON, without a word of the document."""
    reason, line, column = error.msg.partition(": line ")[0], error.lineno, error.colno
    try:
        str(data, "utf-8")
    except UnicodeDecodeError as flaw:  # orjson does not say where
        before = data[: flaw.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode()) + 1
        reason = "not valid UTF-8"
    return f"not JSON: {reason} (line {line}, column {column})"


def _walk_for_nonfinite(value: Any) -> bool:
    """Return whether a float that is no number, or an object that cannot be looked into, is in the value."""
    stack: list[Any] = [(value,)]
    while stack:
        container = stack.pop()
        kinds = {*map(type, container)}
        if kinds <= _SCALARS:
            continue
        for item in container:
            kind = type(item)
            if kind is float:
                if item - item != 0:  # NaN and infinities
                    return True
            elif kind is dict:
                stack.append(item.values())
            elif kind is list or kind is tuple:
                stack.append(item)
            elif kind not in _SCALARS and kind.__module__ != "datetime":
                from .fallback import simplify

                try:
                    stack.append((simplify(item),))
                except Exception:  # an author's code may raise anything: the exact way meets it again, and reports it
                    return True
    return False


def _nonfinite_finder() -> Callable[[object], bool]:
    if not IS_FILE:
        return _walk_for_nonfinite
    from _fn import may_hold_nonfinite  # in C, thirty times as fast; true as well for what it does not know

    return lambda value: may_hold_nonfinite(value) and _walk_for_nonfinite(value)


_may_hold_nonfinite = _nonfinite_finder()
