"""Read numbers that orjson does not: integers of any size, exactly, and the path of each one that cannot be read.

Imported for a document with such numbers, and for no other. Slower than orjson, and with more memory.
"""

from __future__ import annotations

import sys

from ..api import errors
from ..api.errors import FunctionError
from .orjson import orjson
from .room import with_room
from .value_path import path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from .value_path import Step

_TOKENS = rb'"(?:[^"\\]|\\.)*+"?|-?[0-9][0-9.eE+-]*+|[{}\[\],:]'  # a text that does not end is one, too


def decode_exactly(data: bytes) -> object:
    """Return the value of a valid document, integers exact, floats past their range as infinities."""
    from json import loads

    return with_room(loads, data)


def check_numbers(data: bytes, *, as_decimals: bool) -> None:
    """Raise fn.input.invalid with path and place of the first number that cannot be read.

    That is an integer that Python would not convert, and, without `as_decimals`, one past the range of a float. Raises
    JSONDecodeError for what is no JSON.
    """
    refused = _Numbers(data, as_decimals=as_decimals).refused()
    if refused:
        position, reason = refused
        before = data[:position]
        line, column = before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode()) + 1
        problem = f"{_path_to(data, position)}: {reason} (line {line}, column {column})"
        raise FunctionError(errors.INPUT_INVALID, problem)


class _Numbers:
    """Looks at the numbers of a document."""

    def __init__(self, data: bytes, *, as_decimals: bool) -> None:
        self._data = data
        self._as_decimals = as_decimals
        self._most_digits = sys.get_int_max_str_digits()
        self._first: tuple[int, str] | None = None

    def refused(self) -> tuple[int, str] | None:
        """Return place and reason of the first number that cannot be read."""
        # Others in their places, the numbers that orjson refuses leave a document that it judges for its form.
        orjson.loads(_tokens().sub(self._replaced, self._data))
        return self._first

    def _replaced(self, token: re.Match[bytes]) -> bytes:
        text = token[0]
        if text[:1] not in b"-0123456789" or text.strip(b"-0123456789.eE+"):
            return text
        try:
            if abs(float(text)) != float("inf"):
                return text
        except ValueError:
            return text  # no number: orjson says so
        reason = self._reason(text)
        if reason and self._first is None:
            self._first = (token.start(), reason)
        return b"0." + b"0" * (len(text) - 2)  # as long, so that places stay the same

    def _reason(self, text: bytes) -> str:
        if text.strip(b"-0123456789"):
            advice = "give it as a text, or declare it as a Decimal"
            return "" if self._as_decimals else f"the number is past the range of a float (1.8e308): {advice}"
        digits = len(text.lstrip(b"-"))
        if self._most_digits and digits > self._most_digits:
            return (
                f"an integer of {digits} digits, more than the {self._most_digits} that Python reads: give it as a text"
            )
        return ""


def _tokens() -> re.Pattern[bytes]:
    import re

    return re.compile(_TOKENS, re.DOTALL)


def _path_to(data: bytes, position: int) -> str:
    """Return the path of the value at a position of a document that is valid up to there."""
    steps: list[Step] = []
    text = b""
    for token in _tokens().finditer(data, 0, position):
        found = token[0]
        if found == b"{":
            steps.append(None)
        elif found == b"[":
            steps.append(0)
        elif found in b"}]":
            steps.pop()
        elif found == b":":
            steps[-1] = orjson.loads(text)
        elif found == b"," and isinstance(steps[-1], int):
            steps[-1] += 1
        text = found
    return path_of(steps)
