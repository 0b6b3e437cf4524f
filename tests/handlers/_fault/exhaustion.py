"""Use up what there is: the stack, memory, processes, the log, the disk."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from entry import FunctionError


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


ACTIONS: dict[str, Callable[[], object]] = {
    "recursion": _recurse,
    "c recursion": _recurse_in_c,
    "memory": _eat_memory,
    "hoard": _hoard,
    "fork bomb": _fork_bomb,
    "fill the log": _fill_the_log,
    "keep the disk full": _keep_the_disk_full,
    "take all names": _take_all_names,
    "take all names and fail": _take_all_names_and_fail,
}
