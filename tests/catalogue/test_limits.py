"""handlers/_limits.py: a limit of time that holds where an exception gets lost."""

from __future__ import annotations

import signal

import pytest

from handlers._limits import time_limit


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
