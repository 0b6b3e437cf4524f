"""`fn call`: how it ends, the error and the exit status of each, and what engines make of that."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Target
from tests.contract.calling import call, error_of, start

# ---- errors and statuses ----


@pytest.mark.parametrize(
    ("action", "status", "code"),
    [
        ("coded", 1, "test.coded"),
        ("uncoded", 1, ""),
        ("value error", 1, "fn.exception"),
        ("sys.exit 3", 1, "fn.exit"),
        ("os._exit 9", 1, "fn.exit"),
        ("exit in thread", 1, "fn.exit"),
        ("segfault", 128 + signal.SIGSEGV, "fn.killed"),
        ("kill group", 128 + signal.SIGKILL, "fn.killed"),
        ("broken stream", 1, "fn.exception"),
        ("nan", 1, "fn.output.unserializable"),
        ("long message", 1, "test.long"),
    ],
)
def test_errors(target: Target, tmp_path: Path, action: str, status: int, code: str) -> None:
    found, output, log = call(
        target, "fault", "--error", f"{tmp_path}/error", given=json.dumps({"do": action}).encode()
    )
    assert (found, output) == (status, b"")
    assert error_of(log.splitlines()[-1])[0] == code
    assert (tmp_path / "error").read_text() == log.splitlines()[-1]


@pytest.mark.parametrize("action", ["orphan", "threads", "fork", "close everything", "wander"])
def test_what_is_left_behind(target: Target, action: str) -> None:
    status, output, _ = call(target, "fault", given=json.dumps({"do": action}).encode())
    assert status == 0
    assert json.loads(output)


def test_quiet_still_tells_the_error(target: Target) -> None:
    status, output, log = call(target, "fault", "--quiet", given=b'{"do": "value error"}')
    assert (status, output) == (1, b"")
    assert error_of(log) == ("fn.exception", "ValueError: nope")


@pytest.mark.parametrize("action", ["tidy up", "spin", "deaf"])
def test_timeout(target: Target, action: str) -> None:
    status, _, log = call(target, "fault", "--timeout", "0.3", "--input", json.dumps({"do": action}))
    assert status == 124
    assert error_of(log.splitlines()[-1])[0] == "fn.timeout"


def _holds_back_sigterm(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    blocked = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(blocked.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("option", ["--output", "--log", "--error"])
@pytest.mark.parametrize("how", ["the timeout", "a signal", "a reader"])
def test_a_pipe_that_nobody_reads_does_not_hold_the_run(target: Target, tmp_path: Path, option: str, how: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    limit = ["--timeout", "2"] if how == "the timeout" else []
    handler = "fault" if option == "--error" else "value"
    words = [handler, "--input", '{"do": "coded"}', option, str(tmp_path / "pipe"), *limit]
    process = start(target, *words)
    if how == "a reader":
        (tmp_path / "pipe").read_bytes()
        assert process.wait(60) == (option == "--error")
        return
    if how == "a signal":
        while not _holds_back_sigterm(process.pid):
            assert process.poll() is None
        process.terminate()
    _, log = process.communicate(timeout=60)
    expected = {"the timeout": (124, "fn.timeout"), "a signal": (143, "fn.terminated")}[how]
    if option != "--error":
        assert (process.returncode, error_of(log.decode().splitlines()[-1])[0]) == expected


@pytest.mark.parametrize("files", range(5, 16))
def test_no_input_is_lost_where_few_files_may_be_open(target: Target, files: int) -> None:
    process = start(target, "raw", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
    output, log = process.communicate(b"input", timeout=60)
    if process.returncode == 0:
        assert output == b"input"
    else:
        assert output == b""
        assert error_of(log.decode().splitlines()[-1])[0] in ("fn.boot", "fn.input.unreadable", "fn.output.unwritable")


def test_no_file_of_the_handler_gets_its_result(target: Target) -> None:
    """Which has closed the descriptor for it: the number may be one of the handler's files by then."""
    status, output, log = call(target, "fault", given=b'{"do": "result without descriptor"}')
    assert (status, output) == (1, b"")
    code, message = error_of(log)
    assert code == "fn.output.unwritable"
    assert "the handler has closed descriptor" in message


def test_the_timeout_counts_while_the_input_is_read(target: Target) -> None:
    process = start(target, "value", environment={"FN_TIMEOUT": "0.3"})
    assert process.wait(60) == 124
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("action", ["tidy up", "deaf"])
def test_requests_to_end(target: Target, number: signal.Signals, action: str) -> None:
    process = start(target, "fault", "--input", json.dumps({"do": action}))
    assert process.stderr is not None
    assert process.stderr.readline() == b"waiting\n"
    process.send_signal(number)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert error_of(log.decode().splitlines()[-1])[0] == "fn.terminated"


def test_a_signal_while_the_input_is_read(target: Target) -> None:
    process = start(target, "value")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not children.read_text():  # the supervisor is there
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        (["value", "--colour"], {}, "--colour: no such option"),
        (["value", "--input"], {}, "--input: a value is missing"),
        (["value", "--output="], {}, "--output: the value is empty"),
        (["value", "raw"], {}, "one handler can be named"),
        (["value", "--timeout", "soon"], {}, "--timeout: expected seconds"),
        (["value"], {"FN_TIMEOUT": "-1"}, "FN_TIMEOUT: expected seconds"),
        (["value"], {"FN_LOG_LEVEL": "loud"}, "FN_LOG_LEVEL: expected one of"),
        (["x" * 300], {}, "no handler has so long a name"),
        (["valeu"], {}, "did you mean 'value'?"),
        ([], {}, "several handlers"),
    ],
)
def test_a_wrong_call(target: Target, words: list[str], environment: dict[str, str], expected: str) -> None:
    status, output, log = call(target, *words, given=b"1", environment=environment)
    assert (status, output) == (2, b"")
    assert expected in error_of(log)[1]


def test_the_handler_is_named_by_the_environment(target: Target) -> None:
    assert call(target, given=b"5", environment={"FN_HANDLER": "value"}) == (0, b"5", "")
    assert call(target, "--", "value", given=b"5", environment={"FN_HANDLER": "no-such"}) == (0, b"5", "")


@pytest.mark.parametrize(
    ("place", "code"),
    [("no-such-file", "fn.input.missing"), (".", "fn.input.unreadable"), ("/", "fn.input.unreadable")],
)
def test_an_input_that_cannot_be_read(target: Target, tmp_path: Path, place: str, code: str) -> None:
    status, _, log = call(target, "value", "--input", str(tmp_path / place))
    assert (status, error_of(log)[0]) == (1, code)


def test_a_result_that_cannot_be_written(target: Target, tmp_path: Path) -> None:
    status, _, log = call(target, "value", "--output", f"{tmp_path}/no/out", given=b"1")
    assert (status, error_of(log)[0]) == (1, "fn.output.unwritable")


def test_closed_streams(target: Target, tmp_path: Path) -> None:
    script = f"exec {' '.join(target.command)} call value --input 5 --output {tmp_path}/out <&- >&- 2>&-"
    assert (
        subprocess.run(
            ["/bin/sh", "-c", script], cwd=target.directory, env=dict(target.environment), check=False
        ).returncode
        == 0
    )
    assert (tmp_path / "out").read_text() == "5"


def test_types_and_start_functions(target: Target) -> None:
    status, output, _ = call(target, "slow-start", "--timeout", "100", given=b"{}", environment={"GREETING": "now"})
    assert status == 0
    assert json.loads(output) == {"seen": ["now"], "handler": "slow-start", "timed": True}


# ---- engines ----


def _in_a_bare_root(file: Target, *words: str, mounts: tuple[str, ...] = ()) -> subprocess.CompletedProcess[bytes]:
    """In a root with nothing but the file and what is mounted."""
    program = file.command[0]
    command = ["bwrap", "--unshare-pid", "--dev", "/dev", "--proc", "/proc", "--ro-bind", program, "/fn", *mounts]
    for name, value in file.environment.items():
        command += ["--setenv", name, value]
    return subprocess.run([*command, "/fn", "call", *words], input=b"", capture_output=True, check=False, timeout=60)


def test_the_reason_is_where_kubernetes_looks(file: Target, tmp_path: Path) -> None:
    (tmp_path / "termination").write_text("of an earlier container")
    mounts = ("--bind", f"{tmp_path}/termination", "/dev/termination-log")
    words = ("fault", "--input", '{"do": "long message"}')
    done = _in_a_bare_root(file, *words, mounts=mounts)
    assert done.returncode == 1, done.stderr
    reason = (tmp_path / "termination").read_bytes()
    assert len(reason) <= 4096
    assert error_of(reason.decode())[0] == "test.long"


def test_a_result_for_tekton(file: Target, tmp_path: Path) -> None:
    mounts = ("--bind", str(tmp_path), "/tekton/results")
    words = ("raw", "--input", "/tekton/results/in", "--output", "/tekton/results/x")
    (tmp_path / "in").write_bytes(b"a" * 4096)
    assert _in_a_bare_root(file, *words, mounts=mounts).returncode == 0
    assert (tmp_path / "x").read_bytes() == b"a" * 4096
    (tmp_path / "in").write_bytes(b"b" * 4097)
    done = _in_a_bare_root(file, *words, mounts=mounts)
    assert done.returncode == 1
    assert "Tekton takes 4096 at the most" in error_of(done.stderr.decode())[1]
    assert (tmp_path / "x").read_bytes() == b"a" * 4096
