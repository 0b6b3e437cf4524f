"""Code with its lines, and without the columns that CPython also keeps for each instruction.

Tracebacks mark a column only where they show the source, which a file holds of handlers alone. Format of the table:
CPython, Objects/locations.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType

_UNIT = 2  # bytes of an instruction
_UNITS_MOST = 8  # that an entry of the table covers
_ENTRY, _LINE_ONLY, _NO_LINE = 0x80, 13 << 3, 15 << 3


def without_columns(code: CodeType) -> CodeType:
    """The same code, and all code in it."""
    inside = [without_columns(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.replace(co_linetable=bytes(_lines_only(code)), co_consts=tuple(inside))


def _lines_only(code: CodeType) -> Iterator[int]:
    before = code.co_firstlineno
    for start, end, line in code.co_lines():
        for left in range((end - start) // _UNIT, 0, -_UNITS_MOST):
            units = min(left, _UNITS_MOST) - 1
            if line is None:
                yield _ENTRY | _NO_LINE | units
            else:
                yield _ENTRY | _LINE_ONLY | units
                yield from _variable_length(line - before)
                before = line


def _variable_length(number: int) -> Iterator[int]:
    """Six bits a byte, the lowest first; the very lowest is the sign."""
    rest = -number << 1 | 1 if number < 0 else number << 1
    while rest > 0x3F:
        yield rest & 0x3F | 0x40
        rest >>= 6
    yield rest
