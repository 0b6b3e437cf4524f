"""Give threads that imports have told to end, but not joined, the time to do so: a timer that was cancelled, a pool."""

from __future__ import annotations

import sys

_PATIENCE = 1.0  # seconds for a thread that does not end


def let_threads_end() -> None:
    """Wait for each thread but the main one; return when none is left, or one stays: no snapshot is taken then."""
    if "threading" not in sys.modules:
        return
    threading = sys.modules["threading"]
    for thread in threading.enumerate():
        if thread is threading.main_thread() or isinstance(thread, threading._DummyThread):
            continue
        thread.join(_PATIENCE)
        if thread.is_alive():
            return
