"""Register and find handlers by name. Run none."""

from __future__ import annotations

import sys

from . import errors, start
from .errors import FunctionError
from .handler_modules import PACKAGE, exists, module_index, modules_of_source
from .signature import Signature

TYPE_CHECKING = False  # type checkers know it; importing typing would slow down every cold boot
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TypeVar, overload

    Function = Callable[..., object]
    F = TypeVar("F", bound=Function)
else:

    def overload(function):
        return function


HOSTS = ("call", "serve")  # as the first argument they start no run of the isolated host (build/boot/hosts/host.c)


class Handler:
    """One registered handler: the function and what is known of it before it runs."""

    __slots__ = ("errors", "function", "line", "module", "name", "own_codes", "signature")

    def __init__(
        self,
        name: str,
        function: Function,
        mapping: Mapping[type[BaseException], str],
        own_codes: Sequence[str] = (),
        place: tuple[str, int] | None = None,
    ) -> None:
        """`place`: module and line that register it, by default where the function is defined."""
        self.name = name
        self.function = function
        self.errors = mapping
        self.own_codes = own_codes
        self.module: str = getattr(function, "__module__", "")
        self.line: int = getattr(getattr(function, "__code__", None), "co_firstlineno", 0)
        if place and place[0] != self.module:  # a function of another module, or what a decorator has made there
            self.module, self.line = place
        self.signature = Signature(function)

    @property
    def place(self) -> str:
        return f"{self.module.replace('.', '/')}.py:{self.line}"

    @property
    def codes(self) -> list[str]:
        """The codes that it declares, sorted: those that exceptions are mapped to, and those that it raises itself."""
        return sorted({*self.errors.values(), *self.own_codes})


_handlers: dict[str, Handler] = {}
_steps: dict[str, Callable[[], object]] = {}  # by module: a step before its handlers get their input


def canonical(name: str) -> str:
    """Return the one spelling of a name: `csv_to_json` and `csv-to-json` are the same handler."""
    return name.replace("_", "-")


@overload
def handler(name: F, /) -> F: ...
@overload
def handler(
    name: str | None = None, /, *, errors: Mapping[type[BaseException], str] | None = None, codes: Sequence[str] = ()
) -> Callable[[F], F]: ...
def handler(
    name: str | Function | None = None,
    /,
    *,
    errors: Mapping[type[BaseException], str] | None = None,
    codes: Sequence[str] = (),
) -> object:
    """Register a function as a handler: `@handler`, `@handler("name")`, `@handler(errors={KeyError: "notFound"})`.

    Without a name it gets the name of its file. `codes` declares the codes that it raises itself, for `fn --describe`.
    The function itself is returned unchanged. Raises ValueError for a name that is taken, TypeError for a signature
    that is not a handler's: both stop the build.
    """

    frame = sys._getframe(1)
    place = str(frame.f_globals.get("__name__")), frame.f_lineno

    def register(function: Function) -> Function:
        own_name = name if isinstance(name, str) else _file_name(place[0], function)
        added = Handler(canonical(own_name), function, dict(errors or {}), tuple(codes), place)
        if not added.name or added.name != added.name.strip() or added.name.startswith("-") or "/" in added.name:
            raise ValueError(f"{added.place}: {own_name!r} cannot be the name of a handler")
        if added.name in HOSTS:
            problem = f"`fn {added.name}` starts the file as another host; name the handler otherwise"
            raise ValueError(f"{added.place}: {own_name!r} cannot be the name of a handler: {problem}")
        if isinstance(codes, str) or not all(isinstance(code, str) and code for code in added.codes):
            raise TypeError(f'{added.place}: codes are texts that are not empty, several of them: codes=("a.b",)')
        for kind in added.errors:
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                raise TypeError(
                    f"{added.place}: errors: {kind!r} is no exception class, as in errors={{KeyError: ...}}"
                )
        add(added)
        return function

    return register(name) if callable(name) else register


def add(added: Handler) -> None:
    """Register a finished handler; raise ValueError if its name is taken."""
    taken = _handlers.get(added.name)
    if taken and (taken.module, taken.line) != (added.module, added.line):
        raise ValueError(
            f"two handlers are named {added.name!r}: {taken.place} and {added.place}; "
            f'give one of them another name: @handler("...")'
        )
    _handlers[added.name] = added


def before(module: str, step: Callable[[], object]) -> None:
    """Register a step that is done before a handler of this module gets its input."""
    _steps[module] = step


def step_before(found: Handler) -> Callable[[], object] | None:
    return _steps.get(found.module)


def remove(name: str) -> None:
    """Forget one handler."""
    del _handlers[canonical(name)]


def find(name: str | None) -> Handler:
    """Return the handler to run. Import only its module, if the index or the name of a file tells which that is.

    Raise fn.handler.unknown, fn.handler.ambiguous (no name, several handlers) or fn.handler.import.
    """
    index = module_index()
    if name is None:
        known = names()
        if len(known) != 1:
            raise FunctionError(errors.HANDLER_AMBIGUOUS, _choice(known))
        name = known[0]
    sought = canonical(name)
    module = index.get(sought) if index is not None else f"{PACKAGE}.{sought.replace('-', '_')}"
    if sought not in _handlers and module and (index is not None or exists(module)):
        load(module)
    if sought not in _handlers and index is None:
        load_all()
    found = _handlers.get(sought)
    if not found:
        raise FunctionError(errors.HANDLER_UNKNOWN, _unknown(name, index if index is not None else _handlers))
    return found


def registered() -> Iterable[Handler]:
    """Return the handlers that have been imported so far."""
    return tuple(_handlers.values())


def load(module: str) -> None:
    """Import one module of handlers; raise fn.handler.import with the cause and its place."""
    try:
        __import__(module)
    except (Exception, SystemExit) as error:
        raise FunctionError(errors.HANDLER_IMPORT, _import_failure(module, error)) from error


def load_all() -> dict[str, Handler]:
    """Import every module of handlers; return all handlers by name."""
    with start.Following():
        for module in modules():
            load(module)
    return dict(_handlers)


def modules() -> list[str]:
    """Return every module of handlers, imported or not."""
    index = module_index()
    return sorted(set(index.values())) if index is not None else modules_of_source()


def names() -> list[str]:
    """Return the names of all handlers; import them only if there is no index of a build."""
    index = module_index()
    return sorted(index if index is not None else load_all())


def _file_name(module: str, function: Function) -> str:
    name = module.rpartition(".")[2]
    return name if name != "__main__" else str(getattr(function, "__name__", name))


def _choice(names: list[str]) -> str:
    if not names:
        return "there is no handler: put a file with a function under @handler into handlers/"
    return f"several handlers: name one with FN_HANDLER or as the first argument: {', '.join(names)}"


def _unknown(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    known = sorted(names)
    close = get_close_matches(canonical(name), known, n=1)
    hint = f" (did you mean {close[0]!r}?)" if close else ""
    return f"no handler is named {name!r}{hint}; there is: {', '.join(known) or 'none'}"


def _import_failure(module: str, error: BaseException) -> str:
    place = f"{module.replace('.', '/')}.py"
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if trace.tb_frame.f_globals.get("__name__") == module and code.co_filename != "<string>":  # an annotation
            place = f"{module.replace('.', '/')}.py:{trace.tb_lineno}"
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.lineno:
        place = f"{error.filename}:{error.lineno}"
    return f"{place}: {type(error).__name__}: {error}"


def reset() -> None:
    """Forget every handler and start function, for tests."""
    _handlers.clear()
    start.reset()
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]
