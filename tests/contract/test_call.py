"""`fn call`: one run as a command, by the rules of docs/hosts.md, against the built file."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT, Target


def _start(
    file: Target, *words: str, environment: Mapping[str, str] | None = None, **streams: object
) -> subprocess.Popen[bytes]:
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
        [*file.command, "call", *words], env={**file.environment, **(environment or {})}, **streams
    )
    _started.append(process)
    return process


_started: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    for process in _started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
    _started.clear()


def _call(
    file: Target, *words: str, given: bytes = b"", environment: Mapping[str, str] | None = None
) -> tuple[int, bytes, str]:
    """Status, stdout, stderr."""
    process = _start(file, *words, environment=environment)
    output, log = process.communicate(given, timeout=60)
    return process.returncode, output, log.decode()


def _error(text: str) -> tuple[str, str]:
    """Code and message, after checking the form."""
    error = json.loads(text)
    assert list(error) == ["code", "message"]
    return error["code"], error["message"]


# ---- input and result ----


def test_stdin_to_stdout(file: Target) -> None:
    assert _call(file, "value", given=b'{"a":[1,2.5,null]}') == (0, b'{"a":[1,2.5,null]}', "")


@pytest.mark.parametrize("document", ['{"a":1}', "[1]", '"text"', "-2.5e3", "true", "null", ' {"a": 1}'])
def test_json_as_an_argument(file: Target, document: str) -> None:
    status, output, _ = _call(file, "value", "--input", document)
    assert (status, json.loads(output)) == (0, json.loads(document))


def test_files(file: Target, tmp_path: Path) -> None:
    (tmp_path / "2026.json").write_bytes(b"[7]")
    (tmp_path / "out").write_text("before")
    status, output, log = _call(file, "value", f"--input={tmp_path}/2026.json", "--output", f"{tmp_path}/out")
    assert (status, output, log) == (0, b"", "")
    assert (tmp_path / "out").read_bytes() == b"[7]"
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026.json", "out"]


def test_a_file_as_stdin_is_read_from_where_it_stands(file: Target, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"before[8]")
    with (tmp_path / "in").open("rb", buffering=0) as stream:
        stream.seek(6)
        process = _start(file, "value", stdin=stream)
        assert process.communicate(timeout=60)[0] == b"[8]"


def test_an_error_leaves_the_file_of_the_result_alone(file: Target, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before")
    status, _, _ = _call(file, "fault", "--output", f"{tmp_path}/out", given=b'{"do": "coded"}')
    assert status == 1
    assert (tmp_path / "out").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_is_followed(file: Target, tmp_path: Path) -> None:
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to("real")
    assert _call(file, "value", "--output", f"{tmp_path}/link", given=b"9")[0] == 0
    assert ((tmp_path / "real").read_text(), (tmp_path / "link").is_symlink()) == ("9", True)


def test_what_is_no_file_is_written_as_it_is(file: Target) -> None:
    assert _call(file, "value", "--output", "/dev/stdout", given=b"9") == (0, b"9", "")
    assert _call(file, "value", "--output", "/dev/null", given=b"9") == (0, b"", "")


@pytest.mark.parametrize("length", [0, 1, 4096, 65_537, 5_000_000])
def test_bytes_pass_unchanged(file: Target, length: int) -> None:
    document = os.urandom(length)
    assert _call(file, "raw", given=document) == (0, document, "")


def test_pipes(file: Target) -> None:
    first = _start(file, "value")
    second = _start(file, "value", stdin=first.stdout)
    assert first.stdin is not None
    first.stdin.write(b"[1]")
    first.stdin.close()
    assert second.communicate(timeout=60)[0] == b"[1]"
    assert first.wait(60) == 0


def test_a_terminal(file: Target) -> None:
    """The function is not in the terminal's group of processes: whoever reads there must not be it."""
    ours, theirs = pty.openpty()
    process = _start(file, "value", stdin=theirs, start_new_session=True)
    os.write(ours, b"[1,\n2]\n\x04")
    assert process.communicate(timeout=60)[0] == b"[1,2]"


def test_nobody_reads_the_result(file: Target) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = _start(file, "value", stdout=writer)
    _, log = process.communicate(b"1", timeout=60)
    assert process.returncode == 1
    assert _error(log.decode()) == ("fn.output.unwritable", "stdout: Broken pipe")
    os.close(writer)


def test_a_reader_who_does_not_read_does_not_keep_a_signal_away(file: Target) -> None:
    reader, writer = os.pipe()
    process = _start(file, "raw", stdout=writer)
    assert process.stdin is not None
    process.stdin.write(os.urandom(1_000_000))
    process.stdin.close()
    os.read(reader, 1)  # the result is being written
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    for end in (reader, writer):
        os.close(end)


# ---- the log ----


def test_the_log_goes_to_stderr(file: Target) -> None:
    assert _call(file, "talk", given=b'{"lines": 3}') == (0, b"3", "line 0\nline 1\nline 2\n")


def test_nothing_of_the_log_is_lost_when_it_is_read_slowly(file: Target) -> None:
    reader, writer = os.pipe()
    process = _start(file, "talk", "--input", '{"lines": 100000}', stderr=writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as log:
        first = log.readline()
        assert first == b"line 0\n"
        assert process.stdout is not None
        assert log.read().splitlines()[-1] == b"line 99999"
    assert process.communicate(timeout=60)[0] == b"100000"


def test_a_log_that_nobody_reads_does_not_stop_the_clock(file: Target) -> None:
    reader, writer = os.pipe()
    process = _start(file, "talk", "--timeout", "0.5", "--input", '{"lines": 1000000}', stderr=writer)
    os.close(writer)
    assert process.stdout is not None
    with os.fdopen(reader, "rb") as log:
        log.readline()
        time.sleep(1)  # as a reader who does something else: the deadline passes
        _error(log.read().splitlines()[-1].decode())
    assert process.wait(60) == 124


def test_the_log_as_a_file(file: Target, tmp_path: Path) -> None:
    assert _call(file, "talk", "--log", f"{tmp_path}/log", given=b'{"lines": 2}') == (0, b"2", "")
    assert (tmp_path / "log").read_text() == "line 0\nline 1\n"


def test_quiet(file: Target) -> None:
    assert _call(file, "talk", "--quiet", given=b'{"all": true, "lines": 2}') == (0, b"2", "")


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
def test_errors(file: Target, tmp_path: Path, action: str, status: int, code: str) -> None:
    found, output, log = _call(file, "fault", "--error", f"{tmp_path}/error", given=json.dumps({"do": action}).encode())
    assert (found, output) == (status, b"")
    assert _error(log.splitlines()[-1])[0] == code
    assert (tmp_path / "error").read_text() == log.splitlines()[-1]


@pytest.mark.parametrize("action", ["orphan", "threads", "fork", "close everything", "wander"])
def test_what_is_left_behind(file: Target, action: str) -> None:
    status, output, _ = _call(file, "fault", given=json.dumps({"do": action}).encode())
    assert status == 0
    assert json.loads(output)


def test_quiet_still_tells_the_error(file: Target) -> None:
    status, output, log = _call(file, "fault", "--quiet", given=b'{"do": "value error"}')
    assert (status, output) == (1, b"")
    assert _error(log) == ("fn.exception", "ValueError: nope")


@pytest.mark.parametrize("action", ["tidy up", "spin", "deaf"])
def test_timeout(file: Target, action: str) -> None:
    status, _, log = _call(file, "fault", "--timeout", "0.3", "--input", json.dumps({"do": action}))
    assert status == 124
    assert _error(log.splitlines()[-1])[0] == "fn.timeout"


def test_the_timeout_counts_while_the_input_is_read(file: Target) -> None:
    process = _start(file, "value", environment={"FN_TIMEOUT": "0.3"})
    assert process.wait(60) == 124
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("action", ["tidy up", "deaf"])
def test_requests_to_end(file: Target, number: signal.Signals, action: str) -> None:
    process = _start(file, "fault", "--input", json.dumps({"do": action}))
    assert process.stderr is not None
    assert process.stderr.readline() == b"waiting\n"
    process.send_signal(number)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert _error(log.decode().splitlines()[-1])[0] == "fn.terminated"


def test_a_signal_while_the_input_is_read(file: Target) -> None:
    process = _start(file, "value")
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
def test_a_wrong_call(file: Target, words: list[str], environment: dict[str, str], expected: str) -> None:
    status, output, log = _call(file, *words, given=b"1", environment=environment)
    assert (status, output) == (2, b"")
    assert expected in _error(log)[1]


def test_the_handler_is_named_by_the_environment(file: Target) -> None:
    assert _call(file, given=b"5", environment={"FN_HANDLER": "value"}) == (0, b"5", "")
    assert _call(file, "--", "value", given=b"5", environment={"FN_HANDLER": "no-such"}) == (0, b"5", "")


@pytest.mark.parametrize(
    ("place", "code"),
    [("no-such-file", "fn.input.missing"), (".", "fn.input.unreadable"), ("/", "fn.input.unreadable")],
)
def test_an_input_that_cannot_be_read(file: Target, tmp_path: Path, place: str, code: str) -> None:
    status, _, log = _call(file, "value", "--input", str(tmp_path / place))
    assert (status, _error(log)[0]) == (1, code)


def test_a_result_that_cannot_be_written(file: Target, tmp_path: Path) -> None:
    status, _, log = _call(file, "value", "--output", f"{tmp_path}/no/out", given=b"1")
    assert (status, _error(log)[0]) == (1, "fn.output.unwritable")


def test_closed_streams(file: Target, tmp_path: Path) -> None:
    script = f"exec {file.command[0]} call value --input 5 --output {tmp_path}/out <&- >&- 2>&-"
    assert subprocess.run(["/bin/sh", "-c", script], env=dict(file.environment), check=False).returncode == 0
    assert (tmp_path / "out").read_text() == "5"


def test_types_and_start_functions(file: Target) -> None:
    status, output, _ = _call(file, "slow-start", "--timeout", "100", given=b"{}", environment={"GREETING": "now"})
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
    assert _error(reason.decode())[0] == "test.long"


def test_a_result_for_tekton(file: Target, tmp_path: Path) -> None:
    mounts = ("--bind", str(tmp_path), "/tekton/results")
    words = ("raw", "--input", "/tekton/results/in", "--output", "/tekton/results/x")
    (tmp_path / "in").write_bytes(b"a" * 4096)
    assert _in_a_bare_root(file, *words, mounts=mounts).returncode == 0
    assert (tmp_path / "x").read_bytes() == b"a" * 4096
    (tmp_path / "in").write_bytes(b"b" * 4097)
    done = _in_a_bare_root(file, *words, mounts=mounts)
    assert done.returncode == 1
    assert "Tekton takes 4096 at the most" in _error(done.stderr.decode())[1]
    assert (tmp_path / "x").read_bytes() == b"a" * 4096


def test_not_from_source() -> None:
    environment = {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "entry", "call", "value"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (done.returncode, b"build the file" in done.stderr) == (2, True)
