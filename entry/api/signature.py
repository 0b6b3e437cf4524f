"""Find out what a handler's signature asks for, and whether an input fits. Call no handler.

Read code objects, since `inspect` would double the time of a cold boot. Use it only for callables that have none.
"""

from __future__ import annotations

from . import errors
from .context import Context
from .errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..codec.typed import InputType

# The forms of plain JSON, with the names that a workflow's author knows them by; msgspec has the same.
_JSON_NAMES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    type(None): "null",
}


class Signature:
    """The parameters of a handler: its input and a Context, both optional.

    The annotation or the name `ctx` asks for a Context. Raise TypeError if a handler needs anything else, or an input
    of a type that JSON cannot become.
    """

    __slots__ = ("_form", "_typed", "annotation", "context_name", "input_name")

    def __init__(self, function: Callable[..., object]) -> None:
        self.input_name: str | None = None
        self.annotation: object = None  # of the input
        self.context_name: str | None = None
        for name, annotation, required in _parameters(function):
            if annotation is Context or name == "ctx":
                self.context_name = name
            elif self.input_name is None:
                self.input_name, self.annotation = name, annotation
            elif required:
                raise TypeError(f"{_named(function)}: a handler takes its input and a Context, not also {name!r}")
        is_json, self._form = _json_form(self.annotation)
        self._typed: InputType | None = None
        if not is_json:
            from ..codec.typed import InputType, complete  # msgspec: a handler of plain JSON starts without it

            self.annotation = complete(self.annotation, _namespace(function))
            try:
                self._typed = InputType(self.annotation)
            except (TypeError, ValueError) as error:
                raise TypeError(f"{_named(function)}: {self.input_name}: {error}") from None

    @property
    def is_typed(self) -> bool:
        """Tell whether the annotation asks for more than plain JSON."""
        return self._typed is not None

    def read(self, data: bytes | None) -> object:
        """Read the input, in the form that the annotation asks for; None: there is none, as if it were null.

        Raise fn.input.invalid if it is no JSON, fn.input.mismatch if it does not fit.
        """
        if self._form is bytes:
            return data or b""
        data = b"null" if data is None else data
        if self._typed:
            return self._typed.read(data)
        from ..codec.json import decode

        return _checked(decode(data), self._form)

    def bind(self, value: object, context: Context) -> dict[str, object]:
        """Return the arguments of a call."""
        arguments: dict[str, object] = {}
        if self.input_name:
            arguments[self.input_name] = value
        if self.context_name:
            arguments[self.context_name] = context
        return arguments


def _json_form(annotation: Any) -> tuple[bool, type | None]:
    """Tell whether an annotation asks for no more than plain JSON or bytes, and for which form of it; None: for any."""
    if _is_any(annotation):
        return True, None
    if annotation is bytes or (isinstance(annotation, type) and annotation in _JSON_NAMES):
        return True, annotation
    origin: object = getattr(annotation, "__origin__", None)
    inner: tuple[object, ...] = getattr(annotation, "__args__", ())
    if hasattr(annotation, "__metadata__"):  # limits
        return False, None
    if origin is dict and (not inner or (inner[0] is str and _is_any(inner[1]))):
        return True, dict
    if origin is list and (not inner or _is_any(inner[0])):
        return True, list
    return False, None


def _is_any(annotation: Any) -> bool:
    return (
        annotation is None
        or annotation is object
        or (getattr(annotation, "__module__", "") == "typing" and getattr(annotation, "__name__", "") == "Any")
    )


def _named(function: Callable[..., object]) -> str:
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', function)}"


def _parameters(function: Callable[..., object]) -> Iterator[tuple[str, object, bool]]:
    """Return name, annotation or None, and necessity of each named parameter."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_posonlyargcount or hasattr(function, "__wrapped__"):
        yield from _inspected(function)
        return
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if hasattr(function, "__self__"):
        names = names[1:]
    optional = set(getattr(function, "__kwdefaults__", None) or ())
    defaults = len(getattr(function, "__defaults__", None) or ())
    optional.update(code.co_varnames[code.co_argcount - defaults : code.co_argcount])
    annotations = getattr(function, "__annotations__", {})
    for name in names:
        yield name, _resolve(annotations.get(name), function), name not in optional


def _inspected(function: Callable[..., object]) -> Iterator[tuple[str, object, bool]]:
    from inspect import Parameter, signature

    for parameter in signature(function).parameters.values():
        if parameter.kind is Parameter.POSITIONAL_ONLY:
            raise TypeError(f"{function}: parameters of a handler are passed by name, {parameter.name!r} cannot be")
        if parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            annotation = None if parameter.annotation is Parameter.empty else parameter.annotation
            yield parameter.name, _resolve(annotation, function), parameter.default is Parameter.empty


def _resolve(annotation: object, function: Callable[..., object]) -> object:
    """Evaluate an annotation that is a text in the handler's module: `from __future__ import annotations`, quotes."""
    while isinstance(annotation, str):
        annotation = eval(annotation, _namespace(function))
    return annotation


def _namespace(function: Any) -> dict[str, Any]:
    """Return the names of the module in which the code of a callable is."""
    while inner := getattr(function, "__wrapped__", None) or (
        not hasattr(function, "__code__") and getattr(function, "func", None)  # of functools.partial
    ):
        function = inner
    code = function if hasattr(function, "__globals__") else type(function).__call__  # an object with `__call__`
    return getattr(code, "__globals__", {})


def _checked(value: Any, expected: type | None) -> object:
    """Return a value that has a form of JSON; raise fn.input.mismatch for another one."""
    if expected is None:
        return value
    fits = isinstance(value, (int, float) if expected is float else expected)
    got = _JSON_NAMES.get(type(value), type(value).__name__)
    if fits and (expected is bool or not isinstance(value, bool)):
        try:
            return float(value) if expected is float else value
        except OverflowError:
            got = f"another {got}"
    raise FunctionError(errors.INPUT_MISMATCH, f"$: expected {_JSON_NAMES[expected]}, got {got}")
