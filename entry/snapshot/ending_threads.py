"""Give threads that imports have told to end, but not joined, the time to do so: a timer that was cancelled, a pool."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading

_PATIENCE = 1.0  # seconds for a thread that does not end
_LOOKS, _LOOKS_MOST = 100, 3000  # in that time; and if it is at work whenever one looks


def let_threads_end(*, looks: bool = False) -> None:
    """Wait for each thread but the main one; return when none is left, or one stays: no snapshot is taken then.

    With `looks`, the time during which the machine lets a thread wait that could go on does not count; without, nothing
    is done that may be another number of times in the next capture, in which threads take turns.
    """
    if "threading" not in sys.modules:
        return
    threading = sys.modules["threading"]
    for thread in threading.enumerate():
        if thread is threading.main_thread() or isinstance(thread, threading._DummyThread):
            continue
        if looks:
            _wait_for(thread)
        else:
            thread.join(_PATIENCE)
        if thread.is_alive():
            return


def _wait_for(thread: threading.Thread) -> None:
    idle = 0
    for _ in range(_LOOKS_MOST):
        thread.join(_PATIENCE / _LOOKS)
        idle += not _is_at_work(thread.native_id)
        if idle == _LOOKS or not thread.is_alive():
            return


def _is_at_work(number: int | None) -> bool:
    """Tell whether the kernel has a thread run, or would have, if there were a processor for it."""
    try:
        with open(f"/proc/self/task/{number}/stat", encoding="utf-8", errors="replace") as file:
            return not file.read().rpartition(") ")[2].startswith("S")
    except OSError:  # it has ended
        return True
