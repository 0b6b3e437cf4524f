"""What depends on which of two processes comes first: strace holds a system call of one of them back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from entry.testing.inotify import Watch
from tests.conftest import TARGETS, Run, Start, Target, finish
from tests.seccomp import MEMFD_CREATE, forbid

pytestmark = pytest.mark.needs("strace")

_PORTABLE = next(target for target in TARGETS if target.name == "portable-cold")
_SLOW_SUPERVISOR = ("strace", "-o", "/dev/null", "-e", "inject=openat,newfstatat:delay_enter=100000")


@pytest.mark.parametrize("place", ["finished", "missing"])
def test_a_run_that_is_called_off_leaves_nothing_unpacked(run: Run, exchange: Path, tmp_path: Path, place: str) -> None:
    """However far the function has come by then: without files in memory it wants a folder for its libraries."""
    (exchange / "done").touch()
    chosen = str(exchange if place == "finished" else tmp_path / "none")
    result = run(
        _PORTABLE, "value", prefix=_SLOW_SUPERVISOR, preexec_fn=forbid(MEMFD_CREATE),
        environment={"FN_DATA_DIR": chosen, "TMPDIR": str(exchange) if place == "missing" else ""},
    )  # fmt: skip
    assert result.status == (place == "missing")
    assert [path.name for path in exchange.iterdir()] == ["done"]


def test_a_supervisor_that_dies_at_once_leaves_no_function(
    file: Target, start: Start, exchange: Path, tmp_path: Path
) -> None:
    """The kernel has not yet been asked to end one with the other."""
    trace = tmp_path / "trace"
    slow_function = (
        "strace",
        "-f",
        "-o",
        str(trace),
        "-e",
        "trace=execve,prctl",
        "-e",
        "inject=prctl:delay_enter=500000",
    )
    process = start(file, "fault", given={"do": "swallow"}, prefix=slow_function)
    _wait_for(exchange / ".outcome.fn")
    os.kill(int(trace.read_text().split()[0]), signal.SIGKILL)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.terminate()  # which ends what it traces
        raise


def test_the_number_of_a_function_that_has_ended_is_not_used(
    file: Target, start: Start, exchange: Path, tmp_path: Path
) -> None:
    """It may be another process's by then: a supervisor can linger for long."""
    trace = tmp_path / "trace"
    traced = ("strace", "-o", str(trace), "-e", "trace=kill,wait4")
    process = start(file, "value", "--linger", "60", given=1, prefix=traced)
    _wait_for(exchange / "done")
    while not (reaped := re.search(r"^wait4\(-1, .* = (\d\d+)$", trace.read_text(), re.MULTILINE)):
        signal.sigtimedwait([], 0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for number in (signal.SIGUSR1, signal.SIGTERM):
        os.kill(int(children[0]), number)
    finish(process, exchange).assert_announced()
    assert f"kill({reaped[1]}," not in trace.read_text()[reaped.end() :]


def _wait_for(path: Path) -> None:
    with Watch(path.parent) as watch:
        while not path.exists():
            list(watch.events(1))
