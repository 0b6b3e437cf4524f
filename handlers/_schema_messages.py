"""Say what jsonschema found, without any of the data but names of properties: the data may be secret.

Also the formats that are checked. Imported where a schema is used, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jsonschema import FormatChecker
    from jsonschema.exceptions import _Error

_MOST = 200  # characters of a schema's value in a message
_JSON_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null", int: "integer"}

_WORDS: dict[str, Callable[[Any, Any], str]] = {
    "type": lambda expected, got: (
        f"expected {' or '.join([expected] if isinstance(expected, str) else map(str, expected))}, "
        f"got {_JSON_NAMES.get(type(got), 'number')}"
    ),
    "enum": lambda expected, got: f"expected one of {_shown(expected)}",
    "const": lambda expected, got: f"expected {_shown(expected)}",
    "pattern": lambda expected, got: f"does not match the pattern {_shown(expected)}",
    "format": lambda expected, got: f"is no {expected}",
    "minLength": lambda expected, got: f"has {len(got)} characters, expected at least {expected}",
    "maxLength": lambda expected, got: f"has {len(got)} characters, expected at most {expected}",
    "minItems": lambda expected, got: f"has {len(got)} items, expected at least {expected}",
    "maxItems": lambda expected, got: f"has {len(got)} items, expected at most {expected}",
    "minProperties": lambda expected, got: f"has {len(got)} properties, expected at least {expected}",
    "maxProperties": lambda expected, got: f"has {len(got)} properties, expected at most {expected}",
    "minimum": lambda expected, got: f"expected at least {expected}",
    "maximum": lambda expected, got: f"expected at most {expected}",
    "exclusiveMinimum": lambda expected, got: f"expected more than {expected}",
    "exclusiveMaximum": lambda expected, got: f"expected less than {expected}",
    "multipleOf": lambda expected, got: f"expected a multiple of {expected}",
    "divisibleBy": lambda expected, got: f"expected a multiple of {expected}",
    "uniqueItems": lambda expected, got: "has equal items",
    "contains": lambda expected, got: "has too few or too many items that fit `contains`",
    "items": lambda expected, got: "has more items than there may be",
    "additionalItems": lambda expected, got: "has more items than there may be",
    "unevaluatedItems": lambda expected, got: "has items that nothing allows",
    "not": lambda expected, got: "fits what it must not fit",
}
# What the library says itself about these names properties and no values.
_OWN_WORDS = ("required", "additionalProperties", "dependentRequired", "dependencies", "unevaluatedProperties")


def path_of(parts: Iterable[str | int]) -> str:
    """Return a path such as `$.rows[3].price`; quote what is no name: `$["two words"]`."""
    path = "$"
    for part in parts:
        if isinstance(part, str) and part.isidentifier():
            path += f".{part}"
        else:
            path += f"[{_shown(part)}]"
    return path


def in_words(error: _Error) -> str:
    keyword = str(error.validator or "")
    if keyword in _WORDS:
        return _WORDS[keyword](error.validator_value, error.instance)
    if keyword in _OWN_WORDS:
        return str(error.message)
    if keyword in ("anyOf", "oneOf"):
        return _of_alternatives(error)
    return f"does not fit `{keyword}`" if keyword else "nothing is allowed here"


def _of_alternatives(error: _Error) -> str:
    """Say why none of the alternatives fits, or that more than one does."""
    count = len(error.validator_value)
    if not error.context:
        return f"fits more than one of {count} alternatives"
    depth = len(error.absolute_path)
    reasons = [f"{path_of(list(each.absolute_path)[depth:])}: {in_words(each)}" for each in error.context[:5]]
    more = f" and {len(error.context) - 5} more" if len(error.context) > 5 else ""
    return f"fits none of {count} alternatives ({'; '.join(reasons)}{more})"


def formats_of(kind: Any) -> FormatChecker:
    """Return the formats of a draft; with the standard library, those for which jsonschema needs other packages."""
    from jsonschema import FormatChecker

    known = kind.FORMAT_CHECKER.checkers
    checker = FormatChecker(())
    checker.checkers = {**_own_formats(), **known}
    return checker


def _own_formats() -> dict[str, Any]:
    import re
    from datetime import datetime, time
    from urllib.parse import urlsplit

    def moment(value: str) -> datetime:
        return msgspec.convert(value, datetime)  # RFC 3339

    def clock(value: str) -> time:
        return msgspec.convert(value, time)

    def has_scheme(value: str) -> bool:
        return is_reference(value) and bool(urlsplit(value).scheme)

    def is_reference(value: str) -> bool:
        urlsplit(value)
        return not re.search(r'[\s<>"{}|\\^`]', value)

    label = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
    host = re.compile(rf"(?=.{{1,253}}\Z){label}(\.{label})*", re.ASCII)
    length = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?|P\d+W", re.ASCII)
    pointer = re.compile(r"(/([^~/]|~[01])*)*")
    checks: dict[str, Callable[[str], object]] = {
        "date-time": lambda value: moment(value).tzinfo is not None,
        "time": lambda value: clock(value).tzinfo is not None,
        "uri": has_scheme,
        "uri-reference": is_reference,
        "hostname": host.fullmatch,
        "duration": length.fullmatch,
        "json-pointer": pointer.fullmatch,
    }
    return {name: (_for_texts(check), (ValueError, msgspec.ValidationError)) for name, check in checks.items()}


def _for_texts(check: Callable[[str], object]) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or bool(check(value))


def _shown(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _MOST else f"{text[:_MOST]} ..."
