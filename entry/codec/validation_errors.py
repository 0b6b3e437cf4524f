"""Explain why an input does not fit its type: path, expected, got. Asked only when it does not fit.

msgspec names no key in an object of any keys, no choices, and no type of a field that is missing. They are found here,
by its own judgement on slightly changed inputs, and in what it knows of the type. No word holds a value of the input,
which may be secret; keys are named, as parts of the path.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

from msgspec import ValidationError
from msgspec import inspect as types

from .value_path import path_of, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .typed import InputType
    from .value_path import Step

_PATIENCE = 2.0  # seconds for finding a key in a large input
_MOST_CHOICES = 20

# msgspec's words for a text or a number without the right form, and ours.
_FORMS = {
    "Invalid RFC3339 encoded datetime": "datetime such as 2026-01-31T12:30:00Z",
    "Invalid RFC3339 encoded date": "date such as 2026-01-31",
    "Invalid RFC3339 encoded time": "time such as 12:30:00",
    "Invalid ISO8601 duration": "duration such as P1DT12H",
    "Duration is out of range": "duration of a smaller size",
    "Invalid UUID": "uuid such as 123e4567-e89b-12d3-a456-426614174000",
    "Invalid decimal string": "decimal such as 12.50",
    "Invalid base64 encoded string": "base64",
    "Number out of range": "float",
}
_MISSING, _UNKNOWN = "Object missing required field `", "Object contains unknown field `"
_NOT_CHOSEN = ("Invalid enum value ", "Invalid value ")


class _Nothing:
    """What fits no type: stands where something is missing, or in the place of a value."""


_Nothing.__name__ = "nothing"  # as messages call it
_NOTHING = _Nothing()


_BEYOND = {">=": "a smaller one", ">": "no larger one", "<=": "a larger one", "<": "no smaller one"}
_NAMES: dict[type, str] = {_Nothing: "nothing", dict: "object", list: "array", type(None): "null"}


def describe(problem: str, value: Any, input_type: InputType) -> str:
    """Return the message for msgspec's words about a decoded input, which is changed on the way."""
    try:
        return _Explanation(problem, value, input_type).message()
    except MemoryError:
        raise
    except Exception:  # the words could not be understood: the input is as wrong as before
        _, place = _split(problem)
        return f"{place}: the value does not fit the type"


def _split(problem: str) -> tuple[str, str]:
    """Return msgspec's reason and its place, such as `$.users[...]`, or `key` in `$.counts`; names hold anything."""
    reason, _, place = problem.rpartition(" - at `")
    is_cut = reason.startswith((_UNKNOWN, _MISSING)) and not reason.endswith("`")
    if is_cut or not place.startswith(("$", "key` in `$")):
        return problem, "$"  # at the top
    return reason, place[:-1]


class _Explanation:
    def __init__(self, problem: str, value: Any, input_type: InputType) -> None:
        self._value, self._input_type = value, input_type
        self._until = monotonic() + _PATIENCE
        self._problem = self._again() or problem  # which may be about a document, with other words
        self._reason, place = _split(self._problem)
        self._of_key = place.startswith("key")
        self._steps: list[Step] = []
        self._found = value  # at the end of the steps
        self._follow(place.removeprefix("key` in `")[1:])

    def message(self) -> str:
        kinds = self._kinds()
        for start, describe_name in ((_UNKNOWN, self._unknown), (_MISSING, self._missing)):
            if self._reason.startswith(start):
                name = self._reason[len(start) : -1]
                return f"{path_of([*self._steps, name])}: {describe_name(name, kinds)}"
        if self._of_key:
            key = self._find_key(self._found, of_key=True)
            keys = _alternatives(each.key_type for each in kinds if isinstance(each, types.DictType))
            return f"{path_of([*self._steps, key])} (the key): {_words(self._reason, key, keys)}"
        return f"{path_of(self._steps)}: {_words(self._reason, self._found, kinds)}"

    def _again(self) -> str:
        """Return msgspec's words about the value as it is now."""
        try:
            self._input_type.convert(self._value)
        except ValidationError as error:
            return str(error)
        return ""

    def _follow(self, place: str) -> None:
        """Follow a path such as `.users[3].tags[...]` into the value."""
        while place:
            step: Step
            if place.startswith("[...]"):
                step, place = self._find_key(self._found), place[5:]
            elif place.startswith("["):
                number, _, place = place[1:].partition("]")
                step = int(number)
            else:
                names = self._found if isinstance(self._found, dict) else ()
                step = max((name for name in names if _begins(place, name)), key=len, default=place[1:])
                place = place[1 + len(step) :]
            self._steps.append(step)
            try:
                self._found = self._found[step]
            except (LookupError, TypeError):  # the key was not found
                self._found = None

    def _find_key(self, container: Any, *, of_key: bool = False) -> str | None:
        """Return the first key with a bad value, or that is bad itself, by halving; None when that takes too long.

        With `nothing` at or before a bad value, msgspec complains about that first; with it behind, nothing changes.
        """
        keys = list(container) if isinstance(container, dict) else []
        low, high = 0, len(keys)
        while low < high:
            if monotonic() > self._until:
                return None
            middle = (low + high) // 2
            kept, container[keys[middle]] = container[keys[middle]], _NOTHING
            unchanged = self._again() == self._problem
            container[keys[middle]] = kept
            low, high = (low, middle) if unchanged else (middle + 1, high)
        position = low if of_key else low - 1
        return keys[position] if 0 <= position < len(keys) else None

    def _missing(self, name: str, kinds: list[types.Type]) -> str:
        reason = ""
        if isinstance(self._found, dict):  # else the key on the way to it was not found in time
            self._found[name] = _NOTHING
            reason = self._again().rpartition(" - at `")[0]
        if "`nothing`" not in reason:
            return "expected a value, got nothing"
        return _words(reason, _NOTHING, _alternatives(below for kind in kinds for below in _below(kind, name)))

    def _unknown(self, name: str, kinds: list[types.Type]) -> str:
        from difflib import get_close_matches

        known = sorted({field.encode_name for kind in kinds for field in getattr(kind, "fields", ())})
        close = get_close_matches(name, known, n=1)
        return (
            f"unknown field, did you mean {quoted(close[0])}?" if close else f"unknown field, expected {_choice(known)}"
        )

    def _kinds(self) -> list[types.Type]:
        """Return what the type says of the place where the steps end: several kinds for a union."""
        kinds = _alternatives([self._input_type.information])
        for step in self._steps:
            kinds = _alternatives(below for kind in kinds for below in _below(kind, step))
        return kinds


def _alternatives(kinds: Iterable[types.Type]) -> list[types.Type]:
    """Return the kinds without what is wrapped around them."""
    found: list[types.Type] = []
    left = list(kinds)
    while left:
        kind = left.pop()
        if isinstance(kind, types.Metadata):
            left.append(kind.type)
        elif isinstance(kind, types.UnionType):
            left.extend(kind.types)
        else:
            found.append(kind)
    return found


def _below(kind: Any, step: Step) -> Iterable[types.Type]:
    """Return the kinds at one step below a kind."""
    if isinstance(kind, types.DictType):
        return [kind.value_type]
    if isinstance(kind, types.TupleType):
        return kind.item_types[step : step + 1] if isinstance(step, int) else ()
    if isinstance(kind, types.CollectionType):
        return [kind.item_type]
    fields: tuple[types.Field, ...] = getattr(kind, "fields", ())
    tag: str | int | None = getattr(kind, "tag", None)
    if isinstance(step, int):  # of what is written as an array
        if tag is not None:
            return [types.LiteralType((tag,))] if step == 0 else [each.type for each in fields[step - 1 : step]]
        return [each.type for each in fields[step : step + 1]]
    if tag is not None and step == kind.tag_field:
        return [types.LiteralType((tag,))]
    return [each.type for each in fields if each.encode_name == step]


def _words(reason: str, got: Any, kinds: list[types.Type]) -> str:
    """Say what was expected and what there is, for msgspec's message."""
    other = f"another {_name(got)}"
    choices = [kind for kind in kinds if isinstance(kind, types.EnumType | types.LiteralType | types.NoneType)]
    if reason.startswith(_NOT_CHOSEN) or (choices and len(choices) == len(kinds)):
        values = [value for kind in choices for value in _values(kind)]
        return f"expected {_choice(values)}, got {other if reason.startswith(_NOT_CHOSEN) else _name(got)}"
    if reason in _FORMS:
        return f"expected {_FORMS[reason]}, got {other}"
    if not reason.startswith("Expected `"):
        return reason  # what a class of the author's says
    _, expected, rest = reason.split("`", 2)
    if rest.startswith(", got `"):
        return f"expected {expected}, got {rest[7:-1]}"
    if ", got " in rest:
        return f"expected {expected}{rest.replace(', got ', ', got length ')}"
    if " of length " in rest and isinstance(got, str | list | dict) and expected != "bytes":
        other = f"length {len(got)}"
    elif rest.startswith((" >", " <")):
        other = _BEYOND[rest.split()[0]]
    return f"expected {expected}{rest}, got {other}"


def _values(kind: Any) -> Iterable[object]:
    if isinstance(kind, types.LiteralType):
        return kind.values
    return [each.value for each in kind.cls] if isinstance(kind, types.EnumType) else [None]


def _choice(values: list[Any]) -> str:
    shown = [quoted(value) if isinstance(value, str) else "null" if value is None else str(value) for value in values]
    if len(shown) > _MOST_CHOICES:
        shown[_MOST_CHOICES:] = [f"{len(shown) - _MOST_CHOICES} others"]
    return f"{', '.join(shown[:-1])} or {shown[-1]}" if len(shown) > 1 else "".join(shown) or "nothing"


def _name(value: object) -> str:
    return _NAMES.get(type(value), type(value).__name__)


def _begins(place: str, name: str) -> bool:
    return place.startswith(name, 1) and place[1 + len(name) : 2 + len(name)] in ("", ".", "[")
