"""One run on one exchange at a time: a second one touches nothing, whoever starts it and however."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from entry.testing.inotify import Watch
from tests.conftest import TARGETS, Run, Start, Target, finish, wait_for_log

_COUNTS = {"warm": 1000, "source": 40}
_PAIRS = [(target, _COUNTS[target.name]) for target in TARGETS if target.name in _COUNTS]


def _state(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.lstat().st_ino, path.lstat().st_mtime_ns) for path in folder.iterdir()}


def test_a_second_run_is_refused(target: Target, start: Start, exchange: Path) -> None:
    first = start(target, "fault", given={"do": "tidy up"})
    wait_for_log(exchange, first, "waiting")
    before = _state(exchange)
    second = start(target, "value")
    _, said = second.communicate(timeout=60)
    assert second.returncode == 1
    assert f"fn: the exchange directory {exchange} is in use by another run" in said.decode()
    assert _state(exchange) == before
    first.send_signal(signal.SIGTERM)
    result = finish(first, exchange)
    assert "tidied up" in result.log
    result.assert_announced()


def test_a_run_after_one_that_was_killed(target: Target, start: Start, run: Run, exchange: Path) -> None:
    """A container starts again: nothing that the first run has left behind holds the exchange, an orphan neither."""
    first = start(target, "fault", given={"do": "orphan, then wait"})
    wait_for_log(exchange, first, "the orphan lives")
    first.kill()
    first.wait()
    result = run(target, "value", given={"a": 1})
    result.assert_announced()
    assert result.output == b'{"a":1}'


def _end(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _judge(exchange: Path, statuses: list[int], output: object, log: str) -> None:
    assert sorted(statuses) in ([0, 0], [0, 1]), statuses
    assert sorted(path.name for path in exchange.iterdir()) == ["done", "input.json", "out.log", "output.json"]
    assert json.loads((exchange / "output.json").read_text()) == output
    assert (exchange / "out.log").read_text() == log


@pytest.mark.parametrize(("target", "pairs"), _PAIRS, ids=lambda value: getattr(value, "name", str(value)))
def test_pairs_that_start_together(target: Target, pairs: int, exchange: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(target.directory)
    environment = {**target.environment, "FN_DATA_DIR": str(exchange)}
    silent = [(os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)]
    command = [*target.command, "talk"]
    refused = 0
    with Watch(exchange) as watch:
        for _ in range(pairs):
            (exchange / "input.json").write_text('{"lines": 1}')
            pair = [os.posix_spawn(command[0], command, environment, file_actions=silent) for _ in range(2)]
            statuses = [_end(pid) for pid in pair]
            _judge(exchange, statuses, 1, (exchange / "out.log").read_text())
            assert (exchange / "out.log").read_text().count("\n") == 1
            announced = [event for event in watch.events(0) if event.name == "done" and event.appeared]
            assert len(announced) == 1
            refused += sum(statuses)
            for path in exchange.iterdir():
                path.unlink()
            list(watch.events(0))
    assert refused > pairs // 10, refused  # they did meet


def test_a_handler_cannot_start_its_own_exchange_again(target: Target, run: Run) -> None:
    given = {
        "do": "second runs",
        "command": target.inside,
        "handler": "value",
        "environment": dict(target.environment),
    }
    result = run(target, "life", given=given)
    assert result.error is None, (result.error, result.log)
    assert json.loads(result.output or b"") == {"statuses": [1] * 5, "said": [True] * 5, "untouched": True}
    result.assert_announced()


def test_a_handler_may_start_a_run_on_another_exchange(target: Target, run: Run) -> None:
    given = {"do": "another exchange", "command": target.inside, "folder": "/dev/shm"}
    result = run(target, "life", given=given)
    assert result.error is None, (result.error, result.log)
    assert json.loads(result.output or b"") == {"status": 0, "output": '{"inner":1}', "error": ""}


def test_a_directory_that_cannot_be_listed(file: Target, run: Run, exchange: Path) -> None:
    """It cannot be locked: the run goes on."""
    for folder in (exchange, *exchange.parents[:3], *Path(file.command[0]).parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    exchange.chmod(0o333)
    setpriv = shutil.which("setpriv")
    assert setpriv
    nobody = (setpriv, "--reuid=65532", "--regid=65532", "--clear-groups")
    result = run(file, "value", given={"a": 1}, prefix=nobody)
    exchange.chmod(0o777)
    result.assert_announced()
    assert result.output == b'{"a":1}'


@pytest.mark.parametrize("words", [["-timeout", "5", "value"], ["-c", "print(1)"]])
def test_a_typing_mistake_is_still_announced(target: Target, run: Run, words: list[str]) -> None:
    """Who was started by no run has an exchange that waits for an outcome."""
    result = run(target, *words, given={"a": 1})
    assert result.error is not None
    assert result.error["code"] == "fn.usage"
    result.assert_announced()
