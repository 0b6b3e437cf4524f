"""Many lines, many kills, many runs, and sidecars that come late."""

from __future__ import annotations

import mmap
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from entry.testing import Sidecar
from entry.testing.inotify import Watch
from tests.conftest import Run, Start, Target, finish

_KILLS = int(os.environ.get("FN_TEST_KILLS", "200"))


def test_a_reader_sees_whole_lines_only(target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sidecar reads while lines are written, and takes what it finds at the end of the file for a line.

    A write that crosses the end of a page is two steps to a reader, in any file system that keeps the pages of a file.
    A machine under load may run the reader between them, once in thousands of runs; no line ends early elsewhere.
    """
    monkeypatch.chdir(target.directory)  # a run from source has the handlers of its directory
    report = Sidecar([*target.command, "talk"], target.environment).run(b'{"lines": 20000}', tmp_path)
    lines = [f"line {number}" for number in range(20_000)]
    assert (tmp_path / "out.log").read_text().splitlines() == lines
    assert [cut % mmap.PAGESIZE for cut in report.log_cuts] == [0] * len(report.log_cuts)
    if not report.log_cuts:
        assert report.warnings == []
        assert report.log == lines


def test_kills_at_random_moments_lose_no_run(file: Target, start: Start, exchange: Path) -> None:
    """The function is killed at any moment of its life; FN_TEST_KILLS sets how often (200 without it)."""
    moments = random.Random(20_000)
    codes: dict[str, int] = {}
    for _ in range(_KILLS):
        process = start(file, "fault", given={"do": "value error"})
        signal.sigtimedwait([], moments.uniform(0, 0.012))
        for child in _children(process.pid):
            _kill(child)
        result = finish(process, exchange)
        result.assert_announced()
        assert result.error is not None
        codes[result.error["code"]] = codes.get(result.error["code"], 0) + 1
        for path in exchange.iterdir():
            path.unlink()
    assert set(codes) <= {"fn.killed", "fn.exception"}
    assert sum(codes.values()) == _KILLS


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []  # the supervisor has ended


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it was faster


def test_many_at_once(file: Target, tmp_path: Path) -> None:
    processes = []
    for number in range(100):
        exchange = tmp_path / str(number)
        exchange.mkdir()
        (exchange / "input.json").write_text(f'{{"n": {number}}}')
        environment = {**file.environment, "FN_DATA_DIR": str(exchange)}
        processes.append(subprocess.Popen([*file.command, "value"], env=environment))
    assert [process.wait(60) for process in processes] == [0] * 100
    for number in range(100):
        assert (tmp_path / str(number) / "output.json").read_text() == f'{{"n":{number}}}'


def test_a_sidecar_that_is_there_in_time(file: Target) -> None:
    report = Sidecar([*file.command, "value"], file.environment).run(b'{"a": 1}')
    assert (report.done_seconds is not None, report.output) == (True, b'{"a":1}')


def test_a_sidecar_that_is_late_sees_nothing(file: Target, start: Start, exchange: Path) -> None:
    def end_first(_: Path) -> subprocess.Popen[bytes]:
        process = start(file, "value")
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return process

    report = Sidecar([], start=end_first, late=0.001).run(b'{"a": 1}', exchange)
    assert (report.done_seconds, (exchange / "done").exists()) == (None, True)


def test_an_outcome_is_announced_again_for_a_late_sidecar(file: Target, start: Start, exchange: Path) -> None:
    process = start(file, "value", given={"a": 1}, environment={"FN_LINGER": "600"})
    with Watch(exchange) as watch:
        while not (exchange / "done").exists():
            list(watch.events(1))
    with Watch(exchange) as late:
        while not any(event.name == "done" and event.appeared for event in late.events(60)):
            assert process.poll() is None
    process.terminate()
    result = finish(process, exchange)
    result.assert_announced()
    assert result.output == b'{"a":1}'


def test_settle_gives_a_slow_sidecar_time(file: Target, run: Run) -> None:
    """So much, at the least, from the last line of the log to `done`: by what the kernel knows of both files."""
    result = run(file, "talk", given={"lines": 20}, environment={"FN_SETTLE": "0.5"})
    result.assert_announced()
    written, announced = ((result.exchange / name).stat() for name in ("out.log", "done"))
    assert announced.st_ctime - written.st_mtime > 0.5 - 0.02  # its clock of files ticks 50 times a second at the least


def test_a_reader_of_the_tee_that_has_stopped(file: Target, start: Start, exchange: Path) -> None:
    process = start(file, "talk", given={"lines": 20_000}, environment={"FN_LOG_TEE": "1"})
    deadline = time.monotonic() + 30
    while not (exchange / "done").exists():
        assert time.monotonic() < deadline
        signal.sigtimedwait([], 0.01)
    result = finish(process, exchange)
    assert len(result.log.splitlines()) == 20_000


def test_a_handler_that_stops_itself_is_ended_by_the_timeout(target: Target, run: Run) -> None:
    result = run(target, "fault", given={"do": "stop"}, environment={"FN_TIMEOUT": "0.2"})
    result.assert_failed("fn.timeout")


def test_a_handler_that_becomes_another_program(target: Target, run: Run) -> None:
    result = run(target, "fault", given={"do": "become echo"})
    result.assert_failed("fn.exit")
    assert result.log == "another program\n"


def test_a_handler_that_kills_its_group(target: Target, run: Run) -> None:
    """The group is the function's own: the supervisor lives."""
    result = run(target, "fault", given={"do": "kill group"})
    result.assert_failed("fn.killed")


def test_threads_that_wait_for_each_other(target: Target, run: Run) -> None:
    result = run(target, "fault", given={"do": "deadlock"}, environment={"FN_TIMEOUT": "0.2"})
    result.assert_failed("fn.timeout")
