"""Watches what the imports of handlers do while a snapshot is prepared: it would be frozen into every run.

Refused: generators of random numbers that were seeded. Reported: reads of the environment, files, network, processes.
Threads, open files and children that an import leaves behind are refused by build/boot/snapshot/capture/capture.c.
Build time only.
"""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager

from ..api.errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

_ADVICE = "it happens once, when the file is built: move it into the handler or under @on_start"
_OTHERS = (  # where the code of the standard library and of entry/ is: in the file, or on this machine
    contextmanager.__code__.co_filename.removesuffix("contextlib.py"),
    FunctionError.__init__.__code__.co_filename.removesuffix("api/errors.py"),
)
_EVENTS = {
    "socket.connect": "connects to a network address",
    "socket.getaddrinfo": "looks a host name up",
    "socket.bind": "listens on a network address",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.fork": "starts a process",
    "os.posix_spawn": "starts a process",
    "_thread.start_new_thread": "starts a thread",
}


def _print(place: str, what: str) -> None:
    print(f"{place}: {what}", file=sys.stderr)


@contextmanager
def imports(tell: Callable[[str, str], None] = _print) -> Iterator[None]:
    """Tells what imports do that a snapshot freezes, each once, with its place; refuses by SystemExit.

    The audit hook stays: build/boot/interpreter/init.c takes it out before the snapshot.
    """
    environ: Any = type(os.environ)
    reported: set[tuple[str, str]] = set()
    read = environ.__getitem__

    def report(what: str) -> None:
        place = _place(sys._getframe(2))
        if place and (place, what) not in reported:
            reported.add((place, what))
            tell(place, f"{what} at import: {_ADVICE}")

    def reading(self: Any, name: str) -> str:
        report(f"reads the environment variable {name}")
        value: str = read(self, name)
        return value

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if not watching:
            return
        if event == "open" and not str(arguments[0]).startswith("/fn/"):
            report(f"opens {arguments[0]}")
        elif event in _EVENTS:
            report(_EVENTS[event])

    watching = True
    sys.addaudithook(hear)
    os.environ["HOME"] = "/"  # without it sysconfig asks libc for the user, and so does zoneinfo, which imports it
    environ.__getitem__ = reading
    try:
        yield
    finally:
        environ.__getitem__ = read
        watching = False
        if os.environ.get("HOME") == "/":
            del os.environ["HOME"]
    _refuse_generators(tell)


def _place(frame: FrameType | None) -> str:
    """The innermost line of an author's code; none when the standard library acts as it is imported itself."""
    while frame:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib"):
            return ""
        if not code.co_filename.startswith(("<frozen ", *_OTHERS)):
            return f"{code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def _refuse_generators(tell: Callable[[str, str], None]) -> None:
    random: Any = sys.modules.get("random")
    if not random:
        return
    seeded = [
        found
        for found in gc.get_objects()
        if isinstance(found, random.Random) and not isinstance(found, random.SystemRandom) and found is not random._inst
    ]
    for generator in seeded:
        names = [
            f"{module.__name__}.{name}"
            for module in list(sys.modules.values())
            for name, value in vars(module).items()
            if value is generator
        ]
        tell(
            names[0] if names else "an import",
            "a generator of random numbers is made at import: every run would draw the same numbers; make it in the "
            "handler or under @on_start",
        )
    if seeded:
        raise SystemExit(1)
