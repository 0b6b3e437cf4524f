"""The path of a value in a document, as messages show it: `$.rows[3]["two words"]`."""

from __future__ import annotations

from .orjson import orjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    Step = str | int | None  # a key, a position, or a key that was not found

_STEPS = 10  # of a long path, from its beginning and from its end
_LENGTH, _PART = 500, 240  # characters of one with long names, and of what is left at both ends


def path_of(steps: list[Step]) -> str:
    """Return the path of steps from the top, as messages have it: of a long one, the beginning and the end."""
    if len(steps) > 2 * _STEPS:
        left_out = len(steps) - 2 * _STEPS
        path = f"{_joined('$', steps[:_STEPS])} ... {left_out} more ... {_joined('', steps[-_STEPS:])}"
    else:
        path = _joined("$", steps)
    return path if len(path) <= _LENGTH else f"{path[:_PART]} ... {path[-_PART:]}"


def _joined(path: str, steps: list[Step]) -> str:
    for step in steps:
        path = _member(path, step) if isinstance(step, str) else f"{path}[{'...' if step is None else step}]"
    return path


def _member(path: str, name: str) -> str:
    """Return the path of a member of the object at `path`."""
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{quoted(name)}]"


def quoted(name: str) -> str:
    return str(orjson.dumps(name), "utf-8")
