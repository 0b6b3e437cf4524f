"""Write a document the slow way: what orjson does not write, and the path of what cannot be written.

orjson writes no more than 254 levels, and no integer past 64 bits.
"""

from __future__ import annotations

from ..api import errors
from ..api.errors import FunctionError
from .fallback import NotPlainError, key_text, scalar, simplify
from .orjson import orjson
from .value_path import path_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from .value_path import Step

_DEPTH = 1024  # as deep as orjson reads
_PLAIN = frozenset({type(None), bool, int, str})


def written(value: Any) -> bytes:
    """Return the JSON document of a value, however deep within the limit: no recursion is in the way.

    Raise fn.output.unserializable with the path of the first thing that has no form.
    """
    return _Writer().document(value)


class _Container:
    """An object or array that is being written."""

    __slots__ = ("closing", "items", "names", "objects", "step")

    def __init__(self, items: Iterator[tuple[Any, Any]], objects: list[object], closing: bytes) -> None:
        self.items = items
        self.objects = objects  # the container, and what it was before it became plain: kept, so that ids stay theirs
        self.closing = closing
        self.step: Step = None  # where the item is that is written now
        self.names: set[str] = set()


class _Writer:
    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._open: list[_Container] = []
        self._above: set[int] = set()

    def document(self, value: Any) -> bytes:
        self._begin(value)
        while self._open:
            container = self._open[-1]
            for step, item in container.items:
                self._write_step(container, step)
                self._begin(item)
                break
            else:
                self._close(self._open.pop())
        return b"".join(self._pieces)

    def _write_step(self, container: _Container, step: Any) -> None:
        """Write what comes before an item: a comma, a name."""
        if container.step is not None:
            self._pieces.append(b",")
        if container.closing == b"]":
            container.step = step
            return
        name = self._checked(key_text, step, self._path(self._open[:-1]))
        container.step = name
        if name in container.names:
            raise self._refusal("two keys are the same once they are text")
        container.names.add(name)
        self._pieces.append(orjson.dumps(name) + b":")

    def _begin(self, value: Any) -> None:
        """Write a scalar, or open a container."""
        if len(self._open) < _DEPTH and (document := _leaf(value)) is not None:
            self._pieces.append(document)
            return None
        objects: list[object] = []
        while (text := self._checked(scalar, value)) is None:
            if id(value) in self._above:
                raise self._refusal("the value contains itself")
            objects.append(value)
            self._above.add(id(value))
            kind = type(value)
            if kind is dict:
                return self._enter(_Container(iter(list(value.items())), objects, b"}"))
            if kind is list or kind is tuple:
                return self._enter(_Container(enumerate(value), objects, b"]"))
            value = self._checked(simplify, value)
        self._pieces.append(text)
        self._above.difference_update(map(id, objects))
        return None

    def _enter(self, container: _Container) -> None:
        if len(self._open) == _DEPTH:
            raise self._refusal(f"nested deeper than {_DEPTH} levels")
        self._pieces.append(b"{" if container.closing == b"}" else b"[")
        self._open.append(container)

    def _close(self, container: _Container) -> None:
        self._pieces.append(container.closing)
        self._above.difference_update(map(id, container.objects))

    def _checked(self, function: Any, value: Any, path: str = "") -> Any:
        """Call a function that may refuse a value, or run an author's code."""
        try:
            return function(value)
        except NotPlainError as problem:
            raise self._refusal(str(problem), path) from None
        except MemoryError:
            raise
        except Exception as error:
            reason = f"{type(value).__qualname__} cannot be read: {type(error).__name__}: {error}"
            raise self._refusal(reason, path) from error

    def _path(self, containers: Iterable[_Container]) -> str:
        return path_of([container.step for container in containers])

    def _refusal(self, reason: str, path: str = "") -> FunctionError:
        return FunctionError(errors.OUTPUT_UNSERIALIZABLE, f"{path or self._path(self._open)}: {reason}")


def _leaf(value: Any) -> bytes | None:
    """Return the document of a container that holds plain scalars alone; None for others, and where one has no form."""
    kind = type(value)
    if kind is dict:
        kinds = {*map(type, value.values()), *map(type, value)}
    elif kind is list:
        kinds = {*map(type, value)}
    else:
        return None
    if not kinds <= _PLAIN or not value:
        return None
    try:
        document: bytes = orjson.dumps(value)
    except orjson.JSONEncodeError:  # an integer past 64 bits, half a character, a key that is no text
        return None
    return document
