"""The keyword `multipleOf`, of numbers as they are written: 4.02 is a multiple of 0.01, which no float tells.

Imported where a schema is used.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from jsonschema import validators
from jsonschema.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator


def install() -> None:
    """Have every draft judge so: also a part of a schema that names another draft by its `$schema`."""
    for kind in validators._META_SCHEMAS.values():
        for keyword in ("multipleOf", "divisibleBy"):
            if keyword in kind.VALIDATORS:
                kind.VALIDATORS[keyword] = _multiple_of


def _multiple_of(validator: Any, step: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "number") and (_exact(instance) / _exact(step)).denominator != 1:
        yield ValidationError("not a multiple")


def _exact(number: float) -> Fraction:
    """Return the number that was written: the shortest that is read as this float."""
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)
