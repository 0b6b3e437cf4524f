"""Describe handlers: documentation, JSON Schemas of input and output, error codes.

Run from source only: the build stores the description in the file, which then needs neither msgspec nor the handlers.
"""

from __future__ import annotations

import collections.abc
import sys
import types
import typing
from pathlib import Path
from typing import Any

import msgspec

from ..api.registry import Handler

_FILE: dict[str, object] = {"description": "bytes, as they are"}
_ANY = {"any": True}  # msgspec takes an empty schema for none
_BYTES = (bytes, bytearray, memoryview, Path)
_STREAMS = tuple(
    getattr(collections.abc, name) for name in ("Iterator", "Generator", "AsyncIterator", "AsyncGenerator")
)


def describe(handlers: collections.abc.Iterable[Handler]) -> list[dict[str, object]]:
    """Return one description per handler; the schema `{}` stands for any JSON."""
    return [
        {
            "name": found.name,
            "module": found.module,
            "documentation": _documentation(found),
            "input": _schema(found.signature.annotation, decimal=["number", "string"]),
            "output": _schema(_result(found), decimal="number"),
            "errors": found.codes,
        }
        for found in handlers
    ]


def _documentation(found: Handler) -> str:
    """Return the docstring of the function, or else of its module."""
    own = found.function.__doc__ or getattr(sys.modules.get(found.module), "__doc__", None) or ""
    return "\n".join(line.strip() for line in own.strip().splitlines())


def _result(found: Handler) -> object:
    """Return the annotation of the result, or None, which stands for any, if it is missing or cannot be resolved."""
    try:
        return typing.get_type_hints(found.function, include_extras=True).get("return")
    except (NameError, TypeError, AttributeError):  # e.g. names that are imported for type checkers only
        return None


def _schema(annotation: Any, *, decimal: object) -> dict[str, object]:
    if annotation is None:
        return {}
    if annotation in _BYTES or typing.get_origin(annotation) in _STREAMS:
        return dict(_FILE)
    is_union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    if is_union and any(each in _BYTES for each in typing.get_args(annotation) if isinstance(each, type)):
        return {}  # bytes as they are, or something else
    try:
        made = msgspec.json.schema(annotation, schema_hook=lambda kind: _ANY)
    except (TypeError, ValueError):  # of a result: what JSON becomes is not needed for writing
        return {}
    return dict(_ours(made, decimal))


def _ours(schema: Any, decimal: object) -> Any:
    """Adapt a schema of msgspec to fn's JSON, in which a Decimal is a number, and may be given as a text."""
    if isinstance(schema, list):
        return [_ours(each, decimal) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {**schema, "type": decimal}
    return {name: _ours(each, decimal) for name, each in schema.items()} if schema != _ANY else {}
