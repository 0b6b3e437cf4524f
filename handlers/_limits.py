"""Bound what work on somebody else's template, expression, schema or server may take: seconds, memory.

Both are limits of the kernel, so they hold inside of C code, too. They work in the main thread only.
"""

from __future__ import annotations

from contextlib import _GeneratorContextManager, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from entry import Context

MEMORY = 256 << 20  # bytes: a small function has as much in all
_MARGIN = 0.5  # seconds that a run keeps to report what was reached
_EDGES = (_GeneratorContextManager.__enter__.__code__, _GeneratorContextManager.__exit__.__code__)
_AGAIN = 0.1  # seconds to the next try: what is raised inside of a destructor or a collector's callback is lost


class _ExpiredError(BaseException):
    """Not an Exception: what is bounded may catch those."""


def seconds(ctx: Context, limit: float) -> float:
    """Return the limit in seconds, or what the run has left if that is less."""
    return max(0.001, min(limit, ctx.remaining() - _MARGIN))


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeoutError if its block takes longer."""
    import signal

    def expire(number: int, frame: FrameType | None) -> None:
        if not _is_at_the_edge(frame):
            raise _ExpiredError

    handler = signal.signal(signal.SIGALRM, expire)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except _ExpiredError:
        raise TimeoutError(f"it took longer than {seconds:g} s") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)  # in case a second signal met the first attempt
        signal.signal(signal.SIGALRM, handler)


def _is_at_the_edge(frame: FrameType | None) -> bool:
    """Tell whether a block is being entered or left.

    What is raised there would not meet the `finally` that stops the clock. Freeing what the block has made takes long
    enough for a second expiry.
    """
    own = (time_limit.__wrapped__.__code__, bounded.__wrapped__.__code__)  # type: ignore[attr-defined]
    while frame:
        if frame.f_code in _EDGES and frame.f_locals["self"].gen.gi_code in own:
            return True
        frame = frame.f_back
    return False


@contextmanager
def bounded(seconds: float, memory: int = MEMORY) -> Iterator[None]:
    """Raise TimeoutError, or MemoryError if its block wants more bytes than there were before."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    most = _data_in_use() + memory
    most = most if before[1] == resource.RLIM_INFINITY else min(most, before[1])
    with time_limit(seconds):
        resource.setrlimit(resource.RLIMIT_DATA, (most, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, before)


def _data_in_use() -> int:
    """Return the bytes that count for RLIMIT_DATA; without /proc the most that was ever in memory, which is near."""
    import resource

    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  (no pathlib for one line)
            return int(file.read().split()[5]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
