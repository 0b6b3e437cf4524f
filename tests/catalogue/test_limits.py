"""handlers/_limits.py: a limit of time that holds where an exception gets lost."""

from __future__ import annotations

import contextlib
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import FrameType

import pytest

from handlers._limits import bounded, time_limit


class _Busy:
    """What is raised while this is being destroyed is lost, as in a callback of the collector."""

    lost = False

    def __del__(self) -> None:
        try:
            while True:
                pass
        finally:
            _Busy.lost = True


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_expiry_that_gets_lost_comes_again() -> None:
    with pytest.raises(TimeoutError, match=r"longer than 0\.01 s"), time_limit(0.01):
        busy = _Busy()
        del busy
        assert _Busy.lost
        while True:
            pass


def test_nothing_comes_after_the_block() -> None:
    handler = signal.getsignal(signal.SIGALRM)
    with time_limit(60):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is handler


@pytest.mark.parametrize("limit", [time_limit, bounded])
def test_an_expiry_while_the_block_is_left_is_no_second_one(
    limit: Callable[[float], AbstractContextManager[None]],
) -> None:
    """What was made in the block is freed there, which may take longer than the next expiry."""
    left = []

    def expire_on_leaving(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is contextlib._GeneratorContextManager.__exit__.__code__:
            left.append(frame)
            signal.raise_signal(signal.SIGALRM)

    handler, memory = signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_DATA)
    try:
        with pytest.raises(TimeoutError, match="longer than 60 s"), limit(60):
            sys.setprofile(expire_on_leaving)
            signal.raise_signal(signal.SIGALRM)  # the time is over
    finally:
        sys.setprofile(None)
    assert left
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert resource.getrlimit(resource.RLIMIT_DATA) == memory
