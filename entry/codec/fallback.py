"""Turn values that JSON does not know into ones that it does, and say why some cannot become anything."""

from __future__ import annotations

from binascii import b2a_base64

from .orjson import orjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NONFINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_INT64 = range(-(2**63), 2**64)


class NotPlainError(Exception):
    """A value that has no form in JSON, and why."""


def simplify(value: Any) -> object:
    """Take one step towards plain JSON, for a value that orjson does not write itself; orjson's `default`.

    Dataclasses become objects of their fields, `_id` too, as they are read and described; msgspec.Struct what its
    options say, enumerations their value, Decimal the exact number, sets lists, sorted where they can be, timedelta an
    ISO 8601 duration, bytes base64. Raises NotPlainError for a type that has no form.
    """
    kind = type(value)
    if _is_moment(kind):
        return orjson.Fragment(_moment(value))
    fields = getattr(kind, "__dataclass_fields__", None)
    if fields is not None:
        members = (
            (name, getattr(value, name))
            for name, field in fields.items()
            if getattr(field._field_type, "name", "") == "_FIELD"
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
            raise NotPlainError(f"{value} cannot be written as a JSON number")
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
    raise NotPlainError(
        f"{kind.__module__.replace('builtins', '')}.{kind.__qualname__}".lstrip(".") + " cannot be written as JSON"
    )


def _struct(value: Any, kind: Any) -> object:
    """Return a Struct with its fields' names in JSON, its tag, and without what its options leave out."""
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
    """Compare as msgspec does: the same object, or what a factory such as `list` makes, if it is still empty."""
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


def scalar(value: Any) -> bytes | None:
    """Return what is written for a scalar, None for anything else."""
    kind = type(value)
    if kind is str:
        value = _text(value)
    elif kind is int:
        value = _exact(value)
    elif kind is float:
        if value - value != 0:
            raise NotPlainError(f"{_NONFINITE[str(value)]} cannot be written as a JSON number")
    elif _is_moment(kind):
        return _moment(value)
    elif not (value is None or kind is bool or kind is orjson.Fragment):
        return None
    document: bytes = orjson.dumps(value)
    return document


def key_text(key: Any) -> str:
    """Return the text that a key of a dictionary becomes."""
    kind = type(key)
    if kind is str:
        return _text(key)
    if key is None or kind is bool:
        return {None: "null", True: "true", False: "false"}[key]
    if kind is int:
        return _digits(key)
    if kind is float and key - key == 0:
        return repr(key)
    if _is_moment(kind):
        return str(_moment(key), "ascii").strip('"')
    if isinstance(key, str) or _is(kind, "enum", "Enum") or _is(kind, "uuid", "UUID"):
        return key_text(simplify(key))
    raise NotPlainError(f"a key is of type {kind.__qualname__}: keys must be text")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotPlainError("the text holds half a character (a lone surrogate)") from None
    return value


def _exact(value: int) -> object:
    return value if value in _INT64 else orjson.Fragment(_digits(value))


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:
        from sys import get_int_max_str_digits

        most = get_int_max_str_digits()
    raise NotPlainError(
        f"an integer of more than {most} digits, the limit of Python: sys.set_int_max_str_digits(0) lifts it"
    )


def _is_moment(kind: type) -> bool:
    return _is_own_moment(kind) or _is(kind, "datetime", "date") or _is(kind, "datetime", "time")


def _is_own_moment(kind: type) -> bool:
    return kind.__module__ == "datetime" and kind.__name__ in ("datetime", "date", "time")


def _moment(value: Any) -> bytes:
    """Return a datetime, date or time as orjson has it, but with the seconds of its offset, which orjson rounds."""
    if not _is_own_moment(type(value)):  # a subclass, such as pandas.Timestamp: as it writes itself, with nanoseconds
        if value != value:
            raise NotPlainError(f"{value} is no moment")
        own: bytes = orjson.dumps(str(value.isoformat()))
        return own
    try:
        document: bytes = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise NotPlainError(str(error)) from None
    offset = value.utcoffset() if getattr(value, "tzinfo", None) else None
    if offset and (offset.seconds % 60 or offset.microseconds):
        return f'"{value.isoformat()}"'.encode()
    return document


def _is(kind: type, module: str, name: str) -> bool:
    """Return whether a type descends from one of a module; if that was never imported, no such object exists."""
    return any(base.__module__ == module and base.__name__ == name for base in kind.__mro__)
