"""Checks JSON against a JSON Schema, all errors with their paths: `{"data": 1, "schema": {"type": "string"}}`.

docs/handlers/validate.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from entry import Context, FunctionError, handler
from handlers._limits import bounded, seconds
from handlers._schema_messages import in_words, path_of
from handlers._variables import exactly_one, json_variable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsonschema.exceptions import ValidationError

_MOST = 100  # errors that are reported
_COUNTED = 10_000  # errors after which nobody counts on


class Validate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The data and the schema: each is given, or a file passed in."""

    data: Any = msgspec.UNSET
    variable: str | msgspec.UnsetType = msgspec.UNSET
    schema: dict[str, Any] | bool | msgspec.UnsetType = msgspec.UNSET
    schema_variable: str | msgspec.UnsetType = msgspec.UNSET
    formats: bool = True
    report: bool = False
    timeout: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30

    def __post_init__(self) -> None:
        exactly_one(self, "data", "variable")
        exactly_one(self, "schema", "schema_variable")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What does not fit: where in the data, what is wrong, and the keyword of the schema with its place."""

    path: str
    message: str
    keyword: str
    schema: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the data fit. `errors` holds the first of them, `count` is their number."""

    valid: bool
    count: int
    errors: list[Problem]


@handler(codes=("validate.invalid", "validate.json", "validate.schema", "validate.timeout"))
def validate(data: Validate, ctx: Context) -> Verdict:
    given = data.data if data.data is not msgspec.UNSET else json_variable(ctx, str(data.variable), "validate.json")
    schema = data.schema
    if isinstance(schema, msgspec.UnsetType):
        schema = _schema_of(json_variable(ctx, str(data.schema_variable), "validate.schema"))
    verdict = _judged(given, schema, data, seconds(ctx, data.timeout))
    if not verdict.valid and not data.report:
        raise FunctionError("validate.invalid", _summary(verdict))
    return verdict


def _schema_of(value: object) -> dict[str, Any] | bool:
    if isinstance(value, dict | bool):
        return value
    raise FunctionError("validate.schema", "a schema is an object or a boolean")


def _judged(value: Any, schema: dict[str, Any] | bool, data: Validate, limit: float) -> Verdict:
    from referencing.exceptions import Unresolvable

    try:
        with bounded(limit):
            return _verdict(_validator(schema, formats=data.formats).iter_errors(value))
    except TimeoutError as error:
        code, problem = "validate.timeout", str(error)
    except Unresolvable as error:
        code, problem = "validate.schema", f"$ref {error.ref!r} leads nowhere: nothing is fetched"
    except RecursionError:
        code, problem = "validate.schema", "the data or the schema are nested too deeply, or a $ref leads to itself"
    except (FunctionError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001
        # Only what lies at keywords of a schema has been checked, and a $ref leads anywhere. The error's own words are
        # left out: they may hold the data.
        kind = type(error).__name__
        code, problem = (
            "validate.schema",
            f"a $ref leads to what is no schema, or a value in it cannot be used ({kind})",
        )
    raise FunctionError(code, problem)


def _validator(schema: dict[str, Any] | bool, *, formats: bool) -> Any:
    import re

    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY

    from handlers import _multiples
    from handlers._schema_messages import formats_of

    _multiples.install()
    named = schema.get("$schema", "") if isinstance(schema, dict) else ""
    kind: Any = validator_for(schema, default=None) if isinstance(named, str) else None
    if kind is None:
        if isinstance(schema, dict) and "$schema" in schema:
            raise FunctionError("validate.schema", "$schema names no draft that is known: 3, 4, 6, 7, 2019-09, 2020-12")
        kind = Draft202012Validator
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        problem = f"{path_of(error.absolute_path)}: {in_words(error)}"
    except (re.error, OverflowError) as error:
        problem = f"a pattern: {error}"
    else:
        return kind(schema, registry=REGISTRY, format_checker=formats_of(kind) if formats else None)
    raise FunctionError("validate.schema", problem)


def _verdict(errors: Iterable[ValidationError]) -> Verdict:
    found, count = list[Problem](), 0
    for count, error in enumerate(errors, 1):
        if count <= _MOST:
            place = "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_schema_path)
            found.append(
                Problem(
                    path=path_of(error.absolute_path),
                    message=in_words(error),
                    keyword=str(error.validator or ""),
                    schema=f"#/{place}",
                )
            )
        if count == _COUNTED:
            break
    return Verdict(valid=count == 0, count=count, errors=found)


def _summary(verdict: Verdict) -> str:
    shown = "\n".join(f"{each.path}: {each.message}" for each in verdict.errors)
    more = verdict.count - len(verdict.errors)
    return f"{shown}\nand {more} more" if more else shown
