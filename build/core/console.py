"""Print one line of progress for each step of the build."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


def counted(count: int, noun: str) -> str:
    """Return a number of things: `no errors`, `1 error`, `2 errors`."""
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


class Step:
    """The line of a step; `note` adds its result."""

    def __init__(self) -> None:
        self.result = ""

    def note(self, result: str) -> None:
        self.result = result


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Print `name`, its result and its duration; on a terminal, count the seconds meanwhile."""
    started, current, ended = time.monotonic(), Step(), threading.Event()

    def count() -> None:
        while not ended.wait(1):
            print(f"  {name} ... {time.monotonic() - started:.0f} s", end="\r", flush=True)

    counter = threading.Thread(target=count, daemon=True)
    if sys.stdout.isatty():
        print(f"  {name} ...", end="\r", flush=True)
        counter.start()
    outcome = f"{'failed after':<60}"
    try:
        yield current
        outcome = f"{current.result:<60}"
    finally:
        ended.set()
        if counter.ident:
            counter.join()
        print(f"  {name:<12} {outcome} {time.monotonic() - started:6.1f} s", flush=True)
