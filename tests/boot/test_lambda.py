"""The host of Lambda under the sanitizers, with functions in C, against the emulator and against an API gone mad."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from entry.testing import Lambda
from tests.boot.peer import Peer
from tests.boot.serving import until
from tests.ports import nobody_listens

Start = Callable[..., Lambda]
_PATH = os.environ["PATH"]


@pytest.fixture
def begin(program: Path) -> Iterator[Start]:
    """Starts functions; neither the sanitizers nor the service have anything to complain of at the end."""
    with ExitStack() as stack:
        started: list[Lambda] = []

        def make(handler: str, **options: object) -> Lambda:
            options.setdefault("timeout", 60)
            function = Lambda([program], handler, {"PATH": _PATH}, **options)  # type: ignore[arg-type]
            started.append(stack.enter_context(function))
            return function

        yield make
        for each in started:
            assert each.warnings == []
            assert [line for line in each.log if "ERROR: " in line or "runtime error" in line] == []


@pytest.mark.parametrize(
    ("handler", "result", "kind"),
    [
        ("output", b'{"a":1}', ""),
        ("echo", b"[1]", ""),
        ("error", None, "Function.CD"),
        ("status 7", None, "Function.Exit"),
        ("signal 9", None, "Function.Killed"),
        ("signal 11", None, "Function.Killed"),
        ("overwrite", None, "Function.Exit"),
        ("orphan", b"3", ""),
        ("stay", b"4", ""),
        ("flood", b"2", ""),
        ("fill", None, "Function.OutputUnwritable"),
    ],
)
def test_outcomes(begin: Start, handler: str, result: bytes | None, kind: str) -> None:
    function = begin(handler)
    for _ in range(2):
        answer = function.invoke(b"[1]")
        assert (answer.payload, answer.error_type) == (result, kind)
    assert function.end() == 0
    assert function.starts == 1


def test_a_request_to_end_while_a_handler_runs(begin: Start) -> None:
    function = begin("begin", freezes=False)
    found = []
    thread = threading.Thread(target=lambda: found.append(function.invoke(1)))
    thread.start()
    until(lambda: any("it has begun" in line for line in function.log))
    function.process.send_signal(signal.SIGTERM)
    thread.join(60)
    assert found[0].error_type == "Function.Terminated"
    assert function.process.wait(60) == 0


def test_a_process_that_dies_while_it_waits_is_replaced(begin: Start) -> None:
    function = begin("output", freezes=False)
    for _ in range(3):
        assert function.wait_until_ready()
        process = function.process.pid
        children = Path(f"/proc/{process}/task/{process}/children")
        (waiting,) = children.read_text().split()
        os.kill(int(waiting), signal.SIGKILL)
        until(lambda at=children, before=waiting: at.read_text().split() not in ([], [before]))  # type: ignore[misc]
        assert function.invoke(1).payload == b'{"a":1}'
    assert function.starts == 1


_EVENT = b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: %s\r\nContent-Length: 2\r\n\r\n{}"
_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


def _run(program: Path, *answers: bytes) -> tuple[int, bytes, list[bytes]]:
    """Its status, its log, and the requests that it made of an API that answers so."""
    peer = Peer(*answers)
    variables = {"PATH": _PATH, "AWS_LAMBDA_RUNTIME_API": peer.address, "_HANDLER": "output"}
    try:
        done = subprocess.run([program], env=variables, capture_output=True, timeout=60, check=False)
    finally:
        peer.close()
    assert done.stderr == b""
    return done.returncode, done.stdout, peer.requests


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        _EVENT % b"../../../etc",
        _EVENT % b"a%0d%0aX:",
        _EVENT % b"",
        _EVENT % (b"a" * 65),
    ],
)
def test_answers_that_are_no_invocation(program: Path, answer: bytes) -> None:
    status, log, requests = _run(program, answer)
    assert (status, len(requests)) == (1, 1)
    assert b"there is no next invocation" in log


@pytest.mark.parametrize("status", [b"400 Bad Request", b"500 Error"])
def test_an_outcome_that_is_not_taken(program: Path, status: bytes) -> None:
    refusal = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
    ended, log, requests = _run(program, _EVENT % b"a-1", refusal, b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n")
    assert requests[1].endswith(b'\r\n\r\n{"a":1}')
    assert b"POST /2018-06-01/runtime/invocation/a-1/response HTTP/1.1" in requests[1]
    assert (ended, b"did not take the outcome" in log) == (1, True)
    assert len(requests) == (3 if status.startswith(b"400") else 2)


def test_an_api_that_goes_away(program: Path) -> None:
    status, log, requests = _run(program, _EVENT % b"a-1", _ACCEPTED, b"")
    assert (status, len(requests)) == (1, 3)
    assert b"cannot be reached" in log


def test_a_deadline_of_nonsense(program: Path) -> None:
    for value in (b"soon", b"-1", b"99999999999999999999", b""):
        answer = (_EVENT % b"a-1").replace(
            b"\r\nContent", b"\r\nLambda-Runtime-Deadline-Ms: " + value + b"\r\nContent", 1
        )
        _, _, requests = _run(program, answer, b"HTTP/1.1 500 Error\r\nContent-Length: 0\r\n\r\n")
        assert requests[1].endswith(b'\r\n\r\n{"a":1}')


def test_many_in_a_row_leave_nothing_behind(begin: Start) -> None:
    function = begin("output", freezes=False)
    function.invoke(1)
    files = Path(f"/proc/{function.process.pid}/fd")
    open_files = len(list(files.iterdir()))
    for _ in range(200):
        assert function.invoke(b"x" * 1000).payload
    until(lambda: len(list(files.iterdir())) == open_files)
    assert function.starts == 1


def test_nobody_listens(program: Path) -> None:
    with nobody_listens() as port:
        variables = {"PATH": _PATH, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}"}
        done = subprocess.run([program], env=variables, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"cannot be reached" in done.stdout
