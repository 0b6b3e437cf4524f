"""Turn signals that ask a run to end into an exception in the handler. Start and end nothing.

They are the run's alone. A process that the handler forks has the signal actions of any other program from its first
moment on, so `Process.terminate()` ends it.
"""

from __future__ import annotations

import _signal
import posix  # what `os` is made of: importing that takes a sixth of a cold boot
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMES: dict[int, str] = {_signal.SIGTERM: "SIGTERM", _signal.SIGINT: "SIGINT", _signal.SIGHUP: "SIGHUP"}
_OF_A_PROGRAM: dict[int, Any] = {
    _signal.SIGTERM: _signal.SIG_DFL,
    _signal.SIGHUP: _signal.SIG_DFL,
    _signal.SIGINT: _signal.default_int_handler,
}


class Terminated(KeyboardInterrupt):
    """Raised in the handler when the run is asked to end, so that its `finally` blocks run.

    A KeyboardInterrupt, since event loops let that out of whatever task or callback it was raised in; any other
    exception would end a task in the background, and the run would go on.
    """


class Requests:
    """Requests to end the run: signals that raise Terminated while the handler runs, and are noted at other times."""

    def __init__(self) -> None:
        self.signal = 0
        self._armed = False

    def listen(self) -> None:
        for number in NAMES:
            _signal.signal(number, self._arrived)

    def arm(self) -> None:
        self._armed = True
        self.check()

    def disarm(self) -> None:
        self._armed = False

    def check(self) -> None:
        if self.signal:
            raise Terminated

    def _arrived(self, number: int, frame: object) -> None:
        self.signal = number
        if self._armed:
            self._armed = False  # once: what the handler does on its way out is not interrupted again
            raise Terminated


_held: dict[int, set[int]] = {}  # by thread: the signals that it held back before it forked


def _before_fork() -> None:
    """Hold the signals back: CPython drops those that a child gets before it has begun to run."""
    _held[get_ident()] = _signal.pthread_sigmask(_signal.SIG_BLOCK, NAMES)


def _after_fork() -> None:
    _signal.pthread_sigmask(_signal.SIG_SETMASK, _held.pop(get_ident()))


def _in_child() -> None:
    for number, action in _OF_A_PROGRAM.items():
        if isinstance(getattr(_signal.getsignal(number), "__self__", None), Requests):
            _signal.signal(number, action)
    _after_fork()
    _held.clear()


# Imported before any handler: these are the last steps before a fork, and the first ones after it.
posix.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
