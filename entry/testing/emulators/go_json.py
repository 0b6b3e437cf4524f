"""Which documents Go's encoding/json accepts into an `interface{}`: the sidecar's rules, not Python's.

A checker, not a parser: it says whether and why not. It does not recurse, so depth is no danger.
"""

from __future__ import annotations

import re

DEPTH = 10_000  # Go's maxNestingDepth

_SPACE = re.compile(rb"[ \t\r\n]*")
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_LITERALS = (b"true", b"false", b"null")


def problem(document: bytes) -> str | None:
    """Return why Go refuses the document, or None if it accepts it.

    Invalid UTF-8 inside strings passes (it becomes U+FFFD), and so do duplicate keys.
    """
    position = _skip(document, 0)
    if position == len(document):
        return "unexpected end of JSON input"
    closers: list[bytes] = []  # of the lists and objects that are open
    while True:
        position, found, opened = _value(document, position, closers)
        if found:
            return found
        if opened:
            continue
        position = _skip(document, position)
        while closers and document[position : position + 1] == closers[-1]:
            closers.pop()
            position = _skip(document, position + 1)
        if not closers:
            return None if position == len(document) else f"invalid character after top-level value at {position}"
        if document[position : position + 1] != b",":
            return f"expected ',' or {closers[-1].decode()!r} at {position}"
        position = _skip(document, position + 1)
        if closers[-1] == b"}":
            position, found = _key(document, position)
            if found:
                return found


def _value(document: bytes, position: int, closers: list[bytes]) -> tuple[int, str | None, bool]:
    """Read a scalar or an empty container, or open a container: (position, problem, whether one was opened)."""
    first = document[position : position + 1]
    if first in (b"{", b"["):
        if len(closers) >= DEPTH:
            return position, "exceeded max depth", False
        closer = b"}" if first == b"{" else b"]"
        position = _skip(document, position + 1)
        if document[position : position + 1] == closer:
            return position + 1, None, False
        closers.append(closer)
        found = None
        if closer == b"}":
            position, found = _key(document, position)
        return position, found, True
    if first == b'"':
        match = _STRING.match(document, position)
        return (match.end(), None, False) if match else (position, f"invalid string at {position}", False)
    for literal in _LITERALS:
        if document.startswith(literal, position):
            return position + len(literal), None, False
    match = _NUMBER.match(document, position)
    if not match:
        return position, f"invalid character looking for beginning of value at {position}", False
    if float(match[0]) in (float("inf"), float("-inf")):
        return position, f"number out of range at {position}", False
    return match.end(), None, False


def _key(document: bytes, position: int) -> tuple[int, str | None]:
    match = _STRING.match(document, position)
    if not match:
        return position, f"invalid character looking for object key string at {position}"
    position = _skip(document, match.end())
    if document[position : position + 1] != b":":
        return position, f"expected ':' after object key at {position}"
    return _skip(document, position + 1), None


def _skip(document: bytes, position: int) -> int:
    match = _SPACE.match(document, position)
    return match.end() if match else position
