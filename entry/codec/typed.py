"""Convert an input to its type with msgspec, if that is more than plain JSON; refuse what does not fit.

Imported by entry/api/signature.py for handlers whose annotation asks for it, and for no other: msgspec brings `typing`,
`decimal` and more with it. JSON is read by entry/codec/json.py, and msgspec sees values; where a type holds a Decimal,
msgspec reads the document once more.
"""

from __future__ import annotations

import gc
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec
from msgspec import inspect

from ..api import errors
from ..api.errors import FunctionError
from .value_path import path_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .value_path import Step

_TOO_DEEP = "$: nested too deeply"


class InputType:
    """An annotation, looked into once, when the handler is registered.

    Raises TypeError for a type that no JSON could become, or that could not be told from another one in a union.
    """

    __slots__ = ("_annotation", "_exact", "information")

    def __init__(self, annotation: Any) -> None:
        decoder = msgspec.json.Decoder(annotation)  # fills the caches of the classes in it, too
        self._annotation = annotation
        self.information = inspect.type_info(annotation)
        kinds = _kinds(self.information)
        for kind in kinds:
            name = _stranger(kind)
            if name:
                raise TypeError(f"{name} is no type that JSON can become: use a dataclass, TypedDict or msgspec.Struct")
        # As floats, numbers would have lost digits by the time they become Decimal.
        self._exact = decoder if any(isinstance(kind, inspect.DecimalType) for kind in kinds) else None

    def read(self, data: bytes) -> object:
        """Return the input as an object of its type; raise fn.input.invalid, or fn.input.mismatch with the path."""
        from .json import decode

        value = decode(data, as_decimals=self._exact is not None)
        collecting = gc.isenabled()
        gc.disable()  # nothing that is made here is garbage
        try:
            if not self._exact:
                return self.convert(value)
            exact = _at_any_depth(self._exact.decode, data)
            small = data.lower()
            if b"nan" in small or b"inf" in small or b"\\u" in small:
                _check_decimals(exact)
            return exact
        except msgspec.ValidationError as error:
            problem, cause = str(error), error.__cause__
        except RecursionError:
            raise FunctionError(errors.INPUT_MISMATCH, _TOO_DEEP) from None
        finally:
            if collecting:
                gc.enable()
        from .validation_errors import describe

        raise FunctionError(errors.INPUT_MISMATCH, describe(problem, value, self)) from cause

    def convert(self, value: object) -> object:
        """Convert a decoded value; raise msgspec.ValidationError."""

        def convert(value: object) -> object:
            return msgspec.convert(value, self._annotation, str_keys=True)

        return _at_any_depth(convert, value)


def complete(annotation: object, names: dict[str, Any]) -> object:
    """Return an annotation with the texts inside of it evaluated, such as that of `list["Guest"]`."""
    holder = SimpleNamespace(__annotations__={"input": annotation})
    return get_type_hints(holder, names, include_extras=True)["input"]


def _at_any_depth(function: Callable[[Any], object], value: Any) -> object:
    """Call a function of msgspec: a document may be deeper than the interpreter lets it go."""
    try:
        return function(value)
    except RecursionError:
        from .room import with_room

        return with_room(function, value)


def _check_decimals(value: object) -> None:
    """Raise fn.input.mismatch for a Decimal that is no number: msgspec reads the texts `NaN` and `Infinity`."""
    left: list[tuple[Any, list[Step]]] = [(value, [])]
    while left:
        each, steps = left.pop()
        if isinstance(each, Decimal):
            if not each.is_finite():
                problem = f"{path_of(steps)}: expected decimal such as 12.50, got another str"
                raise FunctionError(errors.INPUT_MISMATCH, problem)
        elif isinstance(each, dict):
            left += ((item, [*steps, str(key)]) for key, item in each.items())
            left += ((key, [*steps, str(key)]) for key in each)
        elif isinstance(each, set | frozenset):
            left += ((item, [*steps, None]) for item in each)  # in no order
        elif isinstance(each, list | tuple):
            left += ((item, [*steps, step]) for step, item in enumerate(each))
        else:
            names: Any = getattr(each, "__struct_fields__", None) or getattr(each, "__dataclass_fields__", ())
            shown: Any = getattr(each, "__struct_encode_fields__", names)
            left += ((getattr(each, name, None), [*steps, step]) for name, step in zip(names, shown, strict=True))


def _stranger(kind: inspect.Type) -> str:
    """Return the name of a type that no JSON becomes."""
    if isinstance(kind, inspect.CustomType) and kind.cls is not object:
        return kind.cls.__qualname__
    return "msgspec.Raw" if isinstance(kind, inspect.RawType) else ""


def _kinds(information: inspect.Type) -> list[inspect.Type]:
    """Return all types that are part of one."""
    found: list[inspect.Type] = []
    left: list[Any] = [information]
    seen: set[int] = set()  # types refer to themselves, and are equal to others
    while left:
        each = left.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        if isinstance(each, inspect.Type):
            found.append(each)
        if isinstance(each, inspect.Type | inspect.Field):
            left.extend(getattr(each, name) for name in each.__struct_fields__)
        elif isinstance(each, tuple):
            left.extend(each)
    return found
