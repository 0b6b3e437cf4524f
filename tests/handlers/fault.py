"""Fails in the way that the input's `do` names."""

import contextlib
import ctypes
import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from entry import Context, FunctionError, handler


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def _recurse(depth: int = 0) -> int:
    return _recurse(depth + 1) + 1


def _recurse_in_c() -> None:
    """Overflows a C stack for real: a small one, and the limit of Python's own recursion is lifted."""
    sys.setrecursionlimit(10**9)
    nested: list[Any] = []
    for _ in range(10**6):
        nested = [nested]
    threading.stack_size(256 << 10)  # CPython 3.13 also limits recursion in C, for stacks of the usual size
    thread = threading.Thread(target=repr, args=(nested,))
    thread.start()
    thread.join()


def _eat_memory() -> None:
    hoard = []
    while True:
        hoard.append(bytes(1 << 24))


def _hoard() -> None:
    """Uses all memory that there is: unlike `memory`, page by page."""
    hoard = []
    while True:
        hoard.append(b"x" * (1 << 20))


def _fork_bomb() -> None:
    """As many processes as there may be, all of which stay."""
    while True:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)


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


def _fill_the_log() -> None:
    for _ in range(20_000):
        os.write(1, b"x" * 80 + b"\n")
    raise FunctionError("test.filled", "the log is full")


def _keep_the_disk_full() -> None:
    """Leaves a process that takes every block as soon as it is free."""
    filler = os.open(f"{os.environ['FN_DATA_DIR']}/filler", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    orphan = os.fork()
    if orphan == 0:
        os.setsid()
    end = time.monotonic() + 2
    while orphan == 0 and time.monotonic() < end:
        with contextlib.suppress(OSError):
            os.write(filler, bytes(4096))
    if orphan == 0:
        os._exit(0)
    time.sleep(0.2)
    raise FunctionError("test.full", "the disk is full, and stays so")


def _take_all_names() -> str:
    folder = os.environ["FN_DATA_DIR"]
    number = 0
    while True:
        try:
            os.close(os.open(f"{folder}/name-{number}", os.O_CREAT | os.O_WRONLY))
        except OSError:
            return "no name is left"
        number += 1


def _take_all_names_and_fail() -> None:
    raise FunctionError("test.full", _take_all_names())


def _tamper(how: str, end: str) -> str:
    """With the file that becomes the outcome."""
    outcome = Path(os.environ["FN_DATA_DIR"], ".outcome.fn")
    outcome.unlink()
    if how == "file":
        outcome.write_text("a" * 100_000)
    elif how == "link":
        outcome.symlink_to("input.json")
    elif how == "hard link":
        outcome.hardlink_to(outcome.with_name("input.json"))
    elif how == "folder":
        outcome.mkdir()
    if end == "error":
        raise FunctionError("test.tampered", how)
    return how


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


def _raise(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def _exec() -> None:
    os.execv("/fn-does-not-exist", ["fn"])


def _broken_stream() -> Iterator[bytes]:
    yield b"first"
    raise ValueError("the stream broke")


def _cycle() -> list[object]:
    ring: list[object] = []
    ring.append(ring)
    return ring


ACTIONS: dict[str, Callable[[], object]] = {
    "value error": _raise(ValueError("nope")),
    "empty error": _raise(ValueError()),
    "key error": _raise(KeyError("k")),
    "unprintable": _raise(Unprintable()),
    "keyboard interrupt": _raise(KeyboardInterrupt()),
    "generator exit": _raise(GeneratorExit()),
    "coded": _raise(FunctionError("test.coded", "50% done")),
    "uncoded": _raise(FunctionError(None, "not catchable")),
    "no message": _raise(FunctionError("test.silent", "")),
    "long message": _raise(FunctionError("test.long", "ä" * 3_000_000)),
    "surrogate message": _raise(FunctionError("test.odd", 'a\ud800b\x00\n"')),
    "memory error": _raise(MemoryError()),
    "sys.exit 0": lambda: sys.exit(0),
    "sys.exit 3": lambda: sys.exit(3),
    "os._exit 0": lambda: os._exit(0),
    "os._exit 9": lambda: os._exit(9),
    "exit in thread": _exit_in_thread,
    "recursion": _recurse,
    "c recursion": _recurse_in_c,
    "memory": _eat_memory,
    "hoard": _hoard,
    "fork bomb": _fork_bomb,
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
    "fill the log": _fill_the_log,
    "keep the disk full": _keep_the_disk_full,
    "open files": lambda: [number for number in range(100) if Path(f"/proc/self/fd/{number}").is_symlink()],
    "take all names": _take_all_names,
    "take all names and fail": _take_all_names_and_fail,
    **{
        f"tamper: {how}, {end}": functools.partial(_tamper, how, end)
        for how in ("nothing", "file", "link", "hard link", "folder")
        for end in ("output", "error")
    },
    "broken stream": _broken_stream,
    "not bytes": lambda: iter([b"a", "b"]),
    "no file": lambda: __import__("pathlib").Path("/does/not/exist"),
    "nan": lambda: {"rows": [{"price": 1.0}, {"price": float("nan")}]},
    "object": lambda: {"a": [object()]},
    "cycle": _cycle,
}


@handler(errors={KeyError: "test.notFound"})
def fault(data: dict[str, Any], ctx: Context) -> object:
    if "signal" in data:
        os.kill(os.getpid(), data["signal"])
        time.sleep(60)
    return ACTIONS[data["do"]]()
