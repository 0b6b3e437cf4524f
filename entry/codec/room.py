"""Give room to documents of any depth that can be read. Tools for tests use it, too, where there is no orjson."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LEVELS = 1024  # as deep as orjson reads


def with_room(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call a function that goes one level of C deeper for each level of a document (3.11 counts them with Python's)."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 4 * _LEVELS)
    try:
        return function(*arguments, **options)
    finally:
        sys.setrecursionlimit(limit)
