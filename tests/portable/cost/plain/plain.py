"""Does nothing: what is left is the start."""

from __future__ import annotations

from entry import handler


@handler
def plain() -> int:
    return 1
