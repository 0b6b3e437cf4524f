"""What is left at the end of a run: files, threads, callbacks, hooks."""

import atexit
import concurrent.futures.process
import concurrent.futures.thread
import gc
import io
import sys
import tempfile
import threading
import time
import weakref
import zipfile
from collections.abc import Callable
from typing import Any

from .shared import folder, kept


class _Target:
    pass


def _text_file() -> str:
    kept.append((folder() / "kept.txt").open("w"))
    kept[-1].write("kept")
    return "written"


def _other_files() -> str:
    import gzip

    kept.append(gzip.open(folder() / "kept.gz", "wt"))  # noqa: SIM115
    kept[-1].write("packed")
    kept.append(zipfile.ZipFile(folder() / "kept.zip", "w"))
    kept[-1].writestr("name", "zipped")
    kept.append(tempfile.NamedTemporaryFile(dir=folder()))  # noqa: SIM115
    ring: list[Any] = [(folder() / "ring.bin").open("wb")]
    ring[0].write(b"in a cycle")
    ring.append(ring)
    gc.disable()
    detached = io.TextIOWrapper(io.BytesIO())
    detached.detach()
    kept.append(detached)
    return "written"


def _register() -> str:
    atexit.register(print, "first registered", flush=True)
    atexit.register(print, "last registered")
    kept.append(_Target())
    weakref.finalize(kept[-1], print, "finalized")
    return "registered"


def _callback_that_fails() -> str:
    atexit.register(print, "and the next is called")
    atexit.register(lambda: 1 / 0)
    return "registered"


def _non_daemon() -> str:
    def work() -> None:
        main.join()
        print("the thread ends", flush=True)
        atexit.register(print, "registered by the thread", flush=True)

    main = threading.current_thread()
    threading.Thread(target=work).start()
    return "returned"


def _pool_not_shut() -> str:
    def work() -> None:
        time.sleep(0.2)
        print("the pool's work ends", flush=True)

    pool = concurrent.futures.thread.ThreadPoolExecutor(1)
    pool.submit(work)
    kept.append(pool)
    return "returned"


def _endless(*, stubborn: bool) -> str:
    atexit.register(print, "the callback", flush=True)
    if stubborn:
        atexit.register(threading.Event().wait)
    else:
        threading.Thread(target=threading.Event().wait).start()
    print("waiting", flush=True)
    return "returned"


def _daemon() -> str:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return "returned"


def _thread_and_failure() -> None:
    _non_daemon()
    raise KeyError("failed")


def _own_hook() -> None:
    sys.excepthook = lambda kind, error, trace: print(f"own hook: {kind.__name__}")
    raise ValueError("for the hook")


def _hook_that_fails() -> None:
    def hook(*error: object) -> None:
        raise KeyError("in the hook")

    sys.excepthook = hook
    raise ValueError("for the hook")


ACTIONS: dict[str, Callable[[], object]] = {
    "exit": lambda: exit(3),
    "quit": quit,
    "text file": _text_file,
    "other files": _other_files,
    "register": _register,
    "callback that fails": _callback_that_fails,
    "non-daemon": _non_daemon,
    "pool not shut": _pool_not_shut,
    "endless thread": lambda: _endless(stubborn=False),
    "endless callback": lambda: _endless(stubborn=True),
    "daemon": _daemon,
    "thread and failure": _thread_and_failure,
    "own hook": _own_hook,
    "hook that fails": _hook_that_fails,
    "environment": lambda: sys.executable,
}
