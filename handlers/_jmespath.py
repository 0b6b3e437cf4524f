"""JMESPath by its specification, where the library differs, and what of its results is no JSON."""

from __future__ import annotations

from typing import Any

from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

_LEVELS = 1024  # as deep as an output may be


class Interpreter(TreeInterpreter):  # type: ignore[misc]  # the library has no types
    """Evaluates a parsed expression."""

    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Compare; values that have no order among them give null, where the library raises TypeError."""
        if node["value"] in self._EQUALITY_OPS:
            return super().visit_comparator(node, value)
        left, right = (self.visit(child, value) for child in node["children"])
        if _order(left) is None or _order(left) != _order(right):
            return None
        return self.COMPARATOR_FUNC[node["value"]](left, right)

    def visit_slice(self, node: Any, value: Any) -> Any:
        """Cut a slice; raise JMESPathError for a step of 0, an invalid value by the specification."""
        if len(node["children"]) > 2 and node["children"][2] == 0:
            raise JMESPathError("invalid value: the step of a slice is 0")
        return super().visit_slice(node, value)


def _order(value: object) -> str | None:
    """Return what a value can be compared within: numbers, texts, or nothing."""
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else None


def flaw(result: Any, most: int) -> str:
    """Return why a result is no JSON, or empty; raise OverflowError if it has more than `most` values."""
    count = 0
    containers: list[tuple[Any, int]] = [((result,), 0)]
    while containers:
        items, depth = containers.pop()
        if depth > _LEVELS:
            return f"the result is nested deeper than {_LEVELS} levels"
        for item in items:
            count += 1
            if isinstance(item, dict):
                containers += [(item.values(), depth + 1), (_Names(item), depth)]
            elif isinstance(item, list):
                containers.append((item, depth + 1))
            elif isinstance(item, float) and item - item != 0:
                return "a number of the result is infinite, or none"
            elif isinstance(item, str) and not _is_whole(item):
                return "a text of the result holds half a character (a lone surrogate)"
        count -= len(items) if isinstance(items, _Names) else 0  # they are no values
        if count > most:
            raise OverflowError
    return ""


class _Names(tuple[str, ...]):
    """The names of an object's members."""

    __slots__ = ()


def _is_whole(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
