"""End, leave or lose the process, or do not let it end."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path


def _segfault() -> None:
    ctypes.string_at(0)


def _exit_in_thread() -> None:
    threading.Thread(target=os._exit, args=(7,)).start()
    time.sleep(60)


def _leave_threads() -> str:
    for _ in range(4):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    return "threads left"


def _leave_orphan() -> str:
    """A grandchild in a session of its own that holds the log open."""
    if os.fork() == 0:
        os.setsid()
        os.write(1, b"the orphan lives\n")
        time.sleep(20)
        os._exit(0)
    return "orphan left"


def _leave_orphan_and_wait() -> None:
    _leave_orphan()
    time.sleep(60)


def _fork_and_return() -> str:
    os.fork()
    return "returned once"


def _die_while_writing() -> None:
    sys.stdout.write("half a line, then")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def _close_everything() -> str:
    os.closerange(0, 256)
    return "closed"


def _wander() -> str:
    os.chdir("/")
    os.umask(0o777)
    return "wandered"


def _swallow_termination() -> None:
    while True:
        try:
            time.sleep(60)
        except BaseException as error:
            print(f"swallowed {type(error).__name__}", flush=True)


def _tidy_up() -> None:
    try:
        print("waiting", flush=True)
        time.sleep(60)
    finally:
        print("tidied up", flush=True)


def _spin() -> None:
    print("waiting", flush=True)
    while True:
        pass


def _deaf() -> None:
    """Blocks every signal, as C code may: no request reaches the handler."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    print("waiting", flush=True)
    while True:
        time.sleep(60)


def _deadlock() -> None:
    first, second = threading.Lock(), threading.Lock()

    def wait(mine: threading.Lock, other: threading.Lock, ready: threading.Barrier) -> None:
        with mine:
            ready.wait()
            other.acquire()

    ready = threading.Barrier(2)
    thread = threading.Thread(target=wait, args=(first, second, ready))
    thread.start()
    wait(second, first, ready)


def _exec() -> None:
    os.execv("/fn-does-not-exist", ["fn"])


ACTIONS: dict[str, Callable[[], object]] = {
    "sys.exit 0": lambda: sys.exit(0),
    "sys.exit 3": lambda: sys.exit(3),
    "os._exit 0": lambda: os._exit(0),
    "os._exit 9": lambda: os._exit(9),
    "exit in thread": _exit_in_thread,
    "segfault": _segfault,
    "threads": _leave_threads,
    "orphan": _leave_orphan,
    "orphan, then wait": _leave_orphan_and_wait,
    "fork": _fork_and_return,
    "die while writing": _die_while_writing,
    "close everything": _close_everything,
    "wander": _wander,
    "swallow": _swallow_termination,
    "tidy up": _tidy_up,
    "spin": _spin,
    "deaf": _deaf,
    "exec": _exec,
    "become echo": lambda: os.execv("/bin/echo", ["echo", "another program"]),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "kill group": lambda: os.killpg(0, signal.SIGKILL),
    "deadlock": _deadlock,
    "ask": lambda: subprocess.run(["/bin/sh", "-c", "read answer < /dev/tty"], check=True),
    "open files": lambda: [number for number in range(100) if Path(f"/proc/self/fd/{number}").is_symlink()],
}
