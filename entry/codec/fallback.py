"""Values that JSON does not know, made plain: what becomes of each type, and the path of what cannot become anything.

The slow way of entry/codec/json.py: used for single objects on the fast path, for a whole value when something is
wrong.
"""

from __future__ import annotations

from binascii import b2a_base64

from ..api import errors
from ..api.errors import FunctionError
from .orjson import orjson

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

    Dataclasses become objects of their fields (without those that begin with an underscore), msgspec.Struct what its
    options say, enumerations their value, Decimal the exact number, sets lists, sorted where they can be, timedelta an
    ISO 8601 duration, bytes base64. Raises _NotPlainError for a type that has no form.
    """
    kind = type(value)
    fields = getattr(kind, "__dataclass_fields__", None)
    if fields is not None:
        members = (
            (name, getattr(value, name))
            for name, field in fields.items()
            if not name.startswith("_") and getattr(field._field_type, "name", "") == "_FIELD"
        )
        return {name: item for name, item in members if not _is_unset(item)}
    if hasattr(kind, "__struct_fields__"):  # msgspec.Struct
        return _struct(value, kind)
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
    if isinstance(value, bytes | bytearray | memoryview):
        return str(b2a_base64(value, newline=False), "ascii")
    if _is(kind, "datetime", "timedelta"):
        return _duration(value)
    if hasattr(kind, "keys") and hasattr(kind, "__getitem__"):  # a mapping
        return {key: value[key] for key in value.keys()}  # noqa: SIM118
    raise _NotPlainError(
        f"{kind.__module__.replace('builtins', '')}.{kind.__qualname__}".lstrip(".") + " cannot be written as JSON"
    )


def _struct(value: Any, kind: Any) -> object:
    """A Struct with its fields' names in JSON, its tag, and without what its options leave out."""
    config = kind.__struct_config__
    values = [getattr(value, name) for name in kind.__struct_fields__]
    if config.array_like:
        return values if config.tag is None else [config.tag, *values]
    members = {} if config.tag is None else {config.tag_field: config.tag}
    defaults = kind.__struct_defaults__
    first = len(values) - len(defaults)  # with a default
    for position, (name, item) in enumerate(zip(kind.__struct_encode_fields__, values, strict=True)):
        omitted = config.omit_defaults and position >= first and _is_default(item, defaults[position - first])
        if not omitted and not _is_unset(item):
            members[name] = item
    return members


def _is_default(value: object, default: Any) -> bool:
    """As msgspec has it: the same object, or what a factory such as `list` makes, still empty."""
    factory = getattr(default, "factory", None)
    return value is default or (factory in (list, dict, set) and type(value) is factory and not value)


def _is_unset(value: object) -> bool:
    return type(value).__name__ == "UnsetType" and type(value).__module__ == "msgspec"


def _duration(value: Any) -> str:
    size = abs(value)
    days = f"{size.days}D" if size.days else ""
    part = f".{size.microseconds:06d}".rstrip("0") if size.microseconds else ""
    time = f"T{size.seconds}{part}S" if size.seconds or part or not days else ""
    return f"{'-' if value.days < 0 else ''}P{days}{time}"


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
        place = member(path, name)
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


def member(path: str, name: str) -> str:
    """The path of a member of the object at `path`."""
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{quoted(name)}]"


def quoted(name: str) -> str:
    return str(orjson.dumps(name), "utf-8")


def shortened(path: str) -> str:
    """A path that can be read in a message."""
    return path if len(path) <= 500 else f"{path[:240]} ... {path[-240:]}"


def _refusal(path: str, reason: str) -> FunctionError:
    return FunctionError(errors.OUTPUT_UNSERIALIZABLE, f"{shortened(path)}: {reason}")
