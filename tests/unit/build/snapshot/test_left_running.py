"""A snapshot builder that fails and leaves processes behind: the build says so, and waits for none of them."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from build.snapshot.heap import capture as heap
from build.snapshot.process import capture as process
from build.snapshot.suitability import UnsuitableError

# What it starts has all that the builder has, also the socket over which a capture is asked.
_BUILDER = """\
#!/bin/sh
exec 3<&0
{how} sh -c 'echo $$ > {number}; exec sleep 1000' &
while ! [ -s {number} ]; do :; done
echo it has failed >&2
exit 1
"""
_Failing = Callable[[str], Path]


def _of_heap(builder: Path, work: Path) -> None:
    heap._start(builder, 0, work, b"", "capture")


def _of_process(builder: Path, work: Path) -> None:
    process.capture(builder, 0, 0, work, profiled=False)


def _keepers(builder: Path, work: Path) -> None:
    assert process.keepers(builder, 0, 0, [1], work) == []
    raise UnsuitableError("it has failed")


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[_Failing]:
    """Make a builder that starts a process in some way and fails; end that process in the end, if it is still there."""
    number = tmp_path / "number"

    def make(how: str) -> Path:
        builder = tmp_path / "builder"
        builder.write_text(_BUILDER.format(how=how, number=number))
        builder.chmod(0o755)
        return builder

    yield make
    left = _left(number)
    if left is not None:
        signal.pidfd_send_signal(left, signal.SIGKILL)
        os.close(left)


def _left(number: Path) -> int | None:
    """Return a descriptor of the process that was left behind, unless it is gone."""
    try:
        return os.pidfd_open(int(number.read_text()))
    except ProcessLookupError:
        return None


@pytest.mark.parametrize("capture", [_of_heap, _of_process, _keepers])
def test_what_it_leaves_is_killed(capture: Callable[[Path, Path], None], failing: _Failing, tmp_path: Path) -> None:
    with pytest.raises(UnsuitableError, match="it has failed"):
        capture(failing(""), tmp_path)
    left = _left(tmp_path / "number")
    if left is not None:  # it was killed a moment ago
        assert select.select([left], [], [], 60)[0]
        os.close(left)


@pytest.mark.parametrize("capture", [_of_heap, _of_process, _keepers])
def test_a_daemon_is_not_waited_for(capture: Callable[[Path, Path], None], failing: _Failing, tmp_path: Path) -> None:
    with pytest.raises(UnsuitableError, match="it has failed"):
        capture(failing("setsid"), tmp_path)
    left = _left(tmp_path / "number")
    assert left is not None
    os.close(left)
