"""The end of a run is the end of a program under CPython: within the limits of the run, and before it is announced."""

from __future__ import annotations

import gzip
import io
import signal
import zipfile
from pathlib import Path

import pytest

from tests.conftest import Result, Run, Start, Target, finish, wait_for_log


def _taken(result: Result, name: str) -> bytes:
    path = result.exchange / name
    content = path.read_bytes()
    path.unlink()
    return content


def test_a_text_file_that_was_left_open(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "text file"})
    assert _taken(result, "kept.txt") == b"kept"
    assert result.log == ""
    result.assert_announced()


def test_other_files_that_were_left_open(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "other files"})
    assert gzip.decompress(_taken(result, "kept.gz")) == b"packed"
    assert zipfile.ZipFile(io.BytesIO(_taken(result, "kept.zip"))).read("name") == b"zipped"
    assert _taken(result, "ring.bin") == b"in a cycle"
    assert result.log == ""
    result.assert_announced()  # the temporary file is gone


def test_callbacks_are_called_last_first(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "register"}, environment={"LIFE_SAYS": "1"})
    assert result.log.splitlines() == ["finalized", "last registered", "first registered", "registered at import"]
    assert result.output == b'"registered"'
    result.assert_announced()


def test_a_callback_that_fails(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "callback that fails"})
    assert result.output == b'"registered"'
    assert "ZeroDivisionError" in result.log
    assert "and the next is called" in result.log
    result.assert_announced()


def test_threads_are_joined(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "non-daemon"})
    assert result.log.splitlines() == ["the thread ends", "registered by the thread"]
    assert result.output == b'"returned"'
    result.assert_announced()


def test_the_work_of_a_pool_is_done(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "pool not shut"})
    assert result.log == "the pool's work ends\n"
    result.assert_announced()


def test_a_daemon_is_not_waited_for(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "daemon"})
    assert result.output == b'"returned"'
    result.assert_announced()


def test_a_failure_ends_so_too(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "thread and failure"})
    assert result.error is not None
    assert result.error["code"] == "life.failed"
    assert result.log.splitlines() == ["the thread ends", "registered by the thread"]
    result.assert_announced()


@pytest.mark.parametrize("what", ["endless thread", "endless callback"])
def test_an_end_that_takes_too_long(target: Target, run: Run, what: str) -> None:
    result = run(target, "life", "--timeout", "1", given={"do": what})
    assert result.error is not None
    assert result.error["code"] == "fn.timeout"
    assert "the callback" in result.log or "waiting" not in result.log  # a slow machine may not get so far
    result.assert_announced()


@pytest.mark.parametrize("what", ["endless thread", "endless callback"])
def test_a_request_while_it_ends(target: Target, start: Start, exchange: Path, what: str) -> None:
    process = start(target, "life", given={"do": what})
    wait_for_log(exchange, process, "waiting")
    process.send_signal(signal.SIGTERM)
    result = finish(process, exchange)
    assert result.error is not None
    assert result.error["code"] == "fn.terminated"
    result.assert_announced()


@pytest.mark.parametrize("call", ["exit", "quit"])
def test_exit_and_quit(target: Target, run: Run, call: str) -> None:
    result = run(target, "life", given={"do": call})
    code = "3" if call == "exit" else "None"
    assert result.error == {
        "code": "fn.exit",
        "message": f"the handler called sys.exit({code}): it must return or raise",
    }
    result.assert_announced()


def test_an_excepthook_of_the_author(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "own hook"})
    assert result.error == {"code": "fn.exception", "message": "ValueError: for the hook"}
    assert result.log == "own hook: ValueError\n"


def test_an_excepthook_that_fails(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "hook that fails"})
    assert result.error == {"code": "fn.exception", "message": "ValueError: for the hook"}
    for text in ("sys.excepthook failed", "KeyError: 'in the hook'", "ValueError: for the hook"):
        assert text in result.log
