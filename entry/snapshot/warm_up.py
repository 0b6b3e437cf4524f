"""Run handlers of our own before the snapshot: what the interpreter learns in a first run is then in the snapshot.

CPython 3.11 and later rewrite code as it runs (PEP 659) and fill caches of attributes; after a snapshot that has seen
runs, fewer pages are written, and so copied, in the runs to come. The exchange is a folder that the build provides.
"""

from __future__ import annotations

import _signal
import os
import sys

from ..api import registry, start
from ..api.context import Context
from ..api.errors import FunctionError
from ..frozen import IS_FILE
from ..runtime import ending
from ..runtime.app import main

if IS_FILE:
    import _fn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FOLDER = "/proc/self/cwd"  # the build starts the snapshot in it; input.json lies there. As long as /direktiv-data
_NAME = "warm-up"
_profiled: list[registry.Handler] = []  # made before the snapshot: making them writes what no run writes
_OF_HTTP, _OF_FUNCTION, _OF_IMPORTS = 1, 2, 5  # numbers of runs
_HEAD = b"/warm-up\0host\0localhost\0content-type\0application/json\0content-length\x0049\0"
_BODY = b'{"name": "warm-up", "list": [1, 2.5, null, true]}'
_ENVIRONMENT = {b"FN_HANDLER": _NAME.encode(), b"FN_DATA_DIR": FOLDER.encode(), b"PATH": b"/bin", b"HOME": b"/"}


def run(times: int) -> None:
    """Do what a run does a number of times, except leaving the process (_fn). No function of an author runs."""
    authors = start.take()
    undo = _settings_of_the_process()
    os.environb.update(_ENVIRONMENT)
    ending.hold_callbacks(held=True)
    for function in _functions():
        registry.handler(_NAME)(function)
        for _ in range(times):
            _fn.pretend_request(_NAME, _HEAD, _BODY)
            main()
        _fn.forget_request()
        for _ in range(times):  # last: code adapts to the types that it met last
            main()
        registry.remove(_NAME)
        _profiled.append(registry.Handler(_NAME, _unspecialised(function), {}))
    for name in _ENVIRONMENT:
        del os.environb[name]
    ending.hold_callbacks(held=False)
    undo()
    start.give_back(authors)


def _settings_of_the_process() -> Callable[[], None]:
    """Return a function that restores what a run sets up for itself to what it is now."""
    actions = {number: _signal.getsignal(number) for number in (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP)}
    finders = list(sys.meta_path)
    root = sys.modules["logging"].root if "logging" in sys.modules else None
    handlers, level = (list(root.handlers), root.level) if root else ([], 0)

    def undo() -> None:
        for number, action in actions.items():
            _signal.signal(number, action)
        sys.meta_path[:] = finders
        if root:
            root.handlers[:] = handlers
            root.setLevel(level)

    return undo


def profile(resume: Callable[[list[str], dict[bytes, bytes]], int], number: int) -> bool:
    """Do one whole run, profiled by build/boot/snapshot/heap/profile.c, which notes the memory that it touches.

    The runs: with plain JSON in the isolated host, in that of HTTP, and there in a function that parts from its
    template; then with types; at last handlers are imported once more. Does not return, but for False if there is no
    run of that number.
    """
    if number == _OF_IMPORTS:
        _import_again()
    handlers = [_profiled[0]] * _OF_FUNCTION + _profiled
    if number < len(handlers):
        registry.add(handlers[number])
        if number in (_OF_HTTP, _OF_FUNCTION):
            _fn.pretend_request(_NAME, _HEAD, _BODY)
        start.take()
        ending.hold_callbacks(held=True)
        for name, value in _ENVIRONMENT.items():
            os.putenv(name, value)  # for the settings, which are read in C
        resume(["fn"], dict(_ENVIRONMENT))
    return number < len(handlers)


def _import_again() -> None:
    """Run the module level of handlers again. What it calls is what their runs will call, if an author wants that."""
    for module in registry.modules():
        del sys.modules[module]
        try:
            registry.load(module)
        except FunctionError:
            continue  # it can be imported only once; its memory has been touched all the same
    _fn.exit_now(0)


def _unspecialised(function: Callable[..., object]) -> Callable[..., object]:
    """Return an unspecialised copy, in the state of a handler on its first call."""
    kind: Any = type(function)
    copy: Callable[..., object] = kind(function.__code__.replace(), function.__globals__)
    copy.__annotations__ = function.__annotations__
    return copy


def _functions() -> list[Callable[..., object]]:
    """Return our handlers: with plain JSON, then with types if a handler of the file has some. They do what most do."""

    def greet(data: dict[str, object], ctx: Context) -> dict[str, object]:
        name = data.get("name")
        if not isinstance(name, str):
            raise FunctionError(_NAME, "name: expected a string")
        ctx.log.info("warm-up %s", name)
        return {"greeting": f"Hello, {name}!", "numbers": [1, 2.5, None, True]}

    def typed(kind: type) -> Callable[..., object]:
        def greet_typed(data: Any, ctx: Context) -> object:
            ctx.log.info("warm-up %s", data.name)
            return [data, {"greeting": f"Hello, {data.name}!", "numbers": [1, 2.5, None, True]}]

        greet_typed.__annotations__["data"] = kind
        return greet_typed

    functions: list[Callable[..., object]] = [greet]
    fields = [("name", str), ("list", list)]
    modules = sys.modules  # an import would bring them into every file
    if "entry.codec.typed" in modules:
        functions.append(typed(modules["msgspec"].defstruct("Guest", fields)))
        if "dataclasses" in modules:
            functions.append(typed(modules["dataclasses"].make_dataclass("Guest", fields)))
    return functions
