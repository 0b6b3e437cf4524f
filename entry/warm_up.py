"""Runs of a handler of our own before the snapshot: what the interpreter learns in a first run is then in the image.

CPython 3.11 and later rewrite code as it runs (PEP 659) and fill caches of attributes; in an image that has seen runs,
fewer pages are written, and so copied, in the runs to come. The exchange is a folder that the build provides.
"""

from __future__ import annotations

import _signal
import os
import sys

from . import registry
from .__main__ import main
from .context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

FOLDER = "/proc/self/cwd"  # the build starts the snapshot in it; input.json lies there. As long as /direktiv-data
_NAME = "warm-up"
_TIMES = 20  # specialisation needs 8 runs or more of a piece of code
_ENVIRONMENT = {b"FN_HANDLER": _NAME.encode(), b"FN_DATA_DIR": FOLDER.encode(), b"PATH": b"/bin", b"HOME": b"/"}


def run() -> None:
    """Does what a run does, a number of times, but for leaving the process (_fn). No function of an author runs."""
    authors = registry.take_start_functions()
    undo = _settings_of_the_process()
    os.environb.update(_ENVIRONMENT)
    for handler in _handlers():
        registry.handler(_NAME)(handler)
        for _ in range(_TIMES):
            main([])
        registry.remove(_NAME)
    for name in _ENVIRONMENT:
        del os.environb[name]
    undo()
    for function in authors:
        registry.on_start(function)


def _settings_of_the_process() -> Callable[[], None]:
    """What a run sets up for itself; returns a function that puts it back as it is now."""
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


def rehearse(resume: Callable[[list[str], dict[bytes, bytes]], int]) -> None:
    """One whole run, seen by build/boot/rehearse.c, which notes the memory that it writes; does not return."""
    registry.handler(_NAME)(_handlers()[-1])
    registry.take_start_functions()
    resume(["fn"], dict(_ENVIRONMENT))


def _handlers() -> list[Callable[..., object]]:
    """Ours: with plain JSON, and with types where a handler of the file has some."""

    def greet(data: dict[str, object], ctx: Context) -> dict[str, object]:
        ctx.log.info("warm-up %s", data["name"])
        return {"greeting": f"Hello, {data['name']}!", "numbers": [1, 2.5, None, True]}

    def greet_typed(data: Any, ctx: Context) -> object:
        ctx.log.info("warm-up %s", data.name)
        return [data, {"greeting": f"Hello, {data.name}!", "numbers": [1, 2.5, None, True]}]

    if "entry.typed" not in sys.modules:
        return [greet]
    msgspec = sys.modules["msgspec"]  # which an import would bring into every file
    greet_typed.__annotations__["data"] = msgspec.defstruct("Guest", [("name", str), ("list", list)])
    return [greet, greet_typed]
