"""The idioms of a module by their names. Each is code that runs at import, and a function that uses what it made."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Idioms:
    """Add a function with `@idiom`; it returns plain JSON."""

    def __init__(self) -> None:
        self._functions: dict[str, Callable[[], Any]] = {}

    def __call__(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """Add a function."""
        assert function.__name__ not in self._functions, function.__name__
        self._functions[function.__name__] = function
        return function

    def run(self, name: str) -> object:
        """Return what an idiom gives."""
        return self._functions[name]()
