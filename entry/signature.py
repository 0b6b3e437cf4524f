"""What a handler's signature asks for, and whether an input fits it. Calls no handler.

Reads code objects itself: `inspect` would double the time of a cold boot. It is used for callables that have none.
"""

from __future__ import annotations

from . import errors
from .context import Context
from .errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The forms of input that are checked here, with the names that a workflow's author knows them by.
_JSON_NAMES: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


class Signature:
    """The parameters of a handler: its input and a Context, both optional.

    A Context is asked for by annotation or by the name `ctx`. Raises TypeError when a handler needs anything else.
    """

    __slots__ = ("context_name", "input_name", "input_type")

    def __init__(self, function: Callable[..., object]) -> None:
        self.input_name: str | None = None
        self.input_type: object = None
        self.context_name: str | None = None
        for name, annotation, required in _parameters(function):
            if annotation is Context or name == "ctx":
                self.context_name = name
            elif self.input_name is None:
                self.input_name, self.input_type = name, getattr(annotation, "__origin__", annotation)
            elif required:
                where = f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', function)}"
                raise TypeError(f"{where}: a handler takes its input and a Context, not also {name!r}")

    @property
    def wants_bytes(self) -> bool:
        return self.input_type is bytes

    def bind(self, value: object, context: Context) -> dict[str, object]:
        """The arguments of one call; raises fn.input.mismatch when the input does not fit the annotation."""
        arguments: dict[str, object] = {}
        if self.input_name:
            _check(value, self.input_type)
            arguments[self.input_name] = value
        if self.context_name:
            arguments[self.context_name] = context
        return arguments


def _parameters(function: Callable[..., object]) -> Iterator[tuple[str, object, bool]]:
    """Name, annotation or None, and whether it is required, of each named parameter."""
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
    """Annotations are strings under `from __future__ import annotations`; their names are the handler module's own."""
    if not isinstance(annotation, str):
        return annotation
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return eval(annotation, getattr(function, "__globals__", {}))


def _check(value: object, wanted: object) -> None:
    if not isinstance(wanted, type) or wanted not in _JSON_NAMES:
        return
    fits = isinstance(value, (int, float) if wanted is float else wanted)
    if fits and (wanted is bool or not isinstance(value, bool)):
        return
    got = _JSON_NAMES.get(type(value), type(value).__name__)
    raise FunctionError(errors.INPUT_MISMATCH, f"$: expected {_JSON_NAMES[wanted]}, got {got}")
