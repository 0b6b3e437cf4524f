"""Find who made what differs between two snapshots, from the stacks that build/boot/snapshot/capture/trace.c prints."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

_SHOWN = 3
_OURS = {"entry", "handlers_index"}


def culprits(printed: Iterable[str]) -> list[str]:
    """Return the lines of authors and of their packages, those with most words first; none if only others work."""
    found = Counter(filter(None, (_place(line.split("\t")[1:]) for line in printed if line.startswith("trace "))))
    return [place for place, _ in found.most_common(_SHOWN)]


def _place(stack: list[str]) -> str:
    """Return the innermost frame that is not the standard library's; with the handler's, if that is another."""
    theirs = [frame for frame in stack if not _is_of_python(frame)]
    own = [frame for frame in theirs if frame.startswith("handlers/")]
    if not theirs:
        return ""
    if not own or own[0] == theirs[0]:
        return theirs[0]
    return f"{theirs[0]} (imported by {own[0]})"


def _is_of_python(frame: str) -> bool:
    top = frame.partition("/")[0].partition(".py:")[0]
    return top.startswith("<") or top == "lib" or top in _OURS or top in sys.stdlib_module_names
