"""Find which objects hold words of memory that differ between two captures; build time only.

A capture lays out memory as the one before it did, so an address of that one is an object's of this process.
"""

from __future__ import annotations

import gc
import sys
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

_SHOWN = 3
_DEEPEST = 12  # steps from a module: what lies deeper is reached from elsewhere, or nobody would find it


def keepers(addresses: Sequence[int], modules: Mapping[str, object]) -> list[str]:
    """Return how to get from one of these modules at what lies there, such as `package.module.TABLE['key'].made`.

    At most three; none for what no object of Python's holds by itself, such as the table of a dictionary.
    """
    found: list[str] = []
    seen = {id(found), id(modules), id(sys.modules)}
    waiting: deque[tuple[object, str, int]] = deque()
    waiting.extend((module, name, 0) for name, module in modules.items())
    while waiting and len(found) < _SHOWN:
        value, path, depth = waiting.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if any(0 <= address - id(value) < _length(value) for address in addresses):
            found.append(path)
        if depth < _DEEPEST:
            waiting.extend((each, f"{path}{step}", depth + 1) for step, each in _inside(value))
    return found


def _length(value: object) -> int:
    """Return the bytes of the object itself; what a list or dictionary has elsewhere is its items'."""
    kind = type(value)
    return kind.__sizeof__(value) if kind in (str, bytes, int, tuple) else kind.__basicsize__


def _inside(value: Any) -> Iterator[tuple[str, object]]:
    """Yield what an object refers to, with the step that leads there."""
    kind = type(value)
    if kind is dict:
        yield from ((f"[{_short(key)}]", each) for key, each in [*value.items()])
        yield from ((" (a key)", key) for key in [*value])
    elif kind in (list, tuple):
        yield from ((f"[{index}]", each) for index, each in enumerate([*value]))
    elif isinstance(own := _attribute(value, "__dict__"), dict):
        yield from ((f".{name}", each) for name, each in [*own.items()])
        yield from ((f" ({kind.__name__})", each) for each in gc.get_referents(value) if each is not own)
    else:
        yield from ((f" ({kind.__name__})", each) for each in gc.get_referents(value))


def _attribute(value: object, name: str) -> object:
    """Return the attribute without the object's own `__getattr__`, which may do anything."""
    try:
        return object.__getattribute__(value, name)
    except Exception:  # it has none, or is of a kind that tells nobody
        return None


def _short(key: object) -> str:
    return repr(key)[:40] if type(key) in (str, int, bytes) else type(key).__name__
