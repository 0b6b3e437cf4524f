"""Values that JSON does not know, made plain: what becomes of each type, and the path of what cannot become anything.

The slow way of entry/codec.py: used for single objects on the fast path, for a whole value when something is wrong.
"""

from __future__ import annotations

from . import errors
from .errors import FunctionError
from .orjson_import import orjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEPTH = 250  # orjson writes no deeper
_NONFINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_INT64 = range(-(2**63), 2**64)


class _NotPlainError(Exception):
    """A value that has no form in JSON, and why."""


def simplify(value: Any) -> object:
    """One step towards plain JSON, for a value that orjson does not write itself; orjson's `default`.

    Dataclasses become objects of their fields (without those that begin with an underscore), enumerations their value,
    Decimal the exact number, sets lists, sorted where they can be. Raises TypeError for a type that has no form.
    """
    kind = type(value)
    fields = getattr(kind, "__dataclass_fields__", None)
    if fields is not None:
        return {
            name: getattr(value, name)
            for name, field in fields.items()
            if not name.startswith("_") and getattr(field._field_type, "name", "") == "_FIELD"
        }
    if _is(kind, "enum", "Enum"):
        return value.value
    for base in (str, int, float, dict, list, tuple):
        if issubclass(kind, base):  # a subclass: written as what it is
            return _exact(int(value)) if base is int else base(value)
    if _is(kind, "uuid", "UUID"):
        return str(value)
    if _is(kind, "decimal", "Decimal"):
        if not value.is_finite():
            raise _NotPlainError(f"{value} cannot be written as a JSON number")
        return orjson.Fragment(format(value, "f") if abs(value.adjusted()) < 40 else format(value, "E"))
    if isinstance(value, set | frozenset):
        try:
            return sorted(value)
        except TypeError:
            return list(value)
    if hasattr(kind, "__struct_fields__"):  # msgspec.Struct
        return {name: getattr(value, name) for name in kind.__struct_fields__}
    if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):  # a mapping
        return {key: value[key] for key in value.keys()}  # noqa: SIM118
    raise _NotPlainError(
        f"{kind.__module__.replace('builtins', '')}.{kind.__qualname__}".lstrip(".") + " cannot be written as JSON"
    )


def plain(value: Any, path: str = "$", depth: int = 0, above: tuple[int, ...] = ()) -> object:
    """The value in lists, dicts with text keys, and what orjson writes as it is.

    Raises fn.output.unserializable with the path of the first thing that has no form.
    """
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str:
        return _text(value, path)
    if kind is int:
        return _exact(value)
    if kind is float:
        if value - value != 0:
            raise _refusal(path, f"{_NONFINITE[str(value)]} cannot be written as a JSON number")
        return value
    if kind is orjson.Fragment or (kind.__module__ == "datetime" and kind.__name__ in ("datetime", "date", "time")):
        return _written_by_orjson(value, path)
    if id(value) in above:
        raise _refusal(path, "the value contains itself")
    if depth > _DEPTH:
        raise _refusal(path, f"nested deeper than {_DEPTH} levels")
    above = (*above, id(value))
    if kind is dict:
        return _plain_dict(value, path, depth, above)
    if kind is list or kind is tuple:
        return [plain(item, f"{path}[{index}]", depth + 1, above) for index, item in enumerate(value)]
    try:
        simpler = simplify(value)
    except _NotPlainError as problem:
        raise _refusal(path, str(problem)) from None
    except RecursionError:
        raise
    except Exception as error:
        raise _refusal(path, f"{kind.__qualname__} cannot be read: {type(error).__name__}: {error}") from error
    return plain(simpler, path, depth + 1, above)


def _plain_dict(value: dict[Any, Any], path: str, depth: int, above: tuple[int, ...]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, item in value.items():
        name = _key(key, path)
        place = f"{path}.{name}" if name.isidentifier() else f"{path}[{_quoted(name)}]"
        if name in result:
            raise _refusal(place, "two keys are the same once they are text")
        result[name] = plain(item, place, depth + 1, above)
    return result


def _key(key: Any, path: str) -> str:
    kind = type(key)
    if kind is str:
        return _text(key, path)
    if key is None or kind is bool:
        return {None: "null", True: "true", False: "false"}[key]
    if kind is int:
        return str(key)
    if kind is float and key - key == 0:
        return repr(key)
    if kind.__module__ == "datetime":
        return str(orjson.dumps(key), "ascii").strip('"')
    if isinstance(key, str) or _is(kind, "enum", "Enum") or _is(kind, "uuid", "UUID"):
        simpler = simplify(key)
        return _key(simpler, path)
    raise _refusal(path, f"a key is of type {kind.__qualname__}: keys must be text")


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refusal(path, "the text holds half a character (a lone surrogate)") from None
    return value


def _exact(value: int) -> object:
    if value in _INT64:
        return value
    try:
        return orjson.Fragment(str(value))
    except ValueError as error:  # more digits than the interpreter converts
        raise _NotPlainError(str(error)) from None


def _written_by_orjson(value: object, path: str) -> object:
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise _refusal(path, str(error)) from None
    return value


def _is(kind: type, module: str, name: str) -> bool:
    """Whether a type descends from one of a module that may never have been imported: then there is no such object."""
    return any(base.__module__ == module and base.__name__ == name for base in kind.__mro__)


def _quoted(name: str) -> str:
    return str(orjson.dumps(name), "utf-8")


def _refusal(path: str, reason: str) -> FunctionError:
    if len(path) > 500:
        path = f"{path[:240]} ... {path[-240:]}"
    return FunctionError(errors.OUTPUT_UNSERIALIZABLE, f"{path}: {reason}")
