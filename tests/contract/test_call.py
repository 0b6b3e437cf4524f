"""`fn call`: one run as a command, by the rules of docs/hosts.md."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import Target


def _start(
    target: Target, *words: str, environment: Mapping[str, str] | None = None, **streams: object
) -> subprocess.Popen[bytes]:
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
        [*target.command, "call", *words],
        cwd=target.directory,
        env={**target.environment, **(environment or {})},
        **streams,
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
    target: Target, *words: str, given: bytes = b"", environment: Mapping[str, str] | None = None
) -> tuple[int, bytes, str]:
    """Status, stdout, stderr."""
    process = _start(target, *words, environment=environment)
    output, log = process.communicate(given, timeout=60)
    return process.returncode, output, log.decode()


def _error(text: str) -> tuple[str, str]:
    """Code and message, after checking the form."""
    error = json.loads(text)
    assert list(error) == ["code", "message"]
    return error["code"], error["message"]


# ---- input and result ----


def test_stdin_to_stdout(target: Target) -> None:
    assert _call(target, "value", given=b'{"a":[1,2.5,null]}') == (0, b'{"a":[1,2.5,null]}', "")


@pytest.mark.parametrize("document", ['{"a":1}', "[1]", '"text"', "-2.5e3", "true", "null", ' {"a": 1}'])
def test_json_as_an_argument(target: Target, document: str) -> None:
    status, output, _ = _call(target, "value", "--input", document)
    assert (status, json.loads(output)) == (0, json.loads(document))


def test_files(target: Target, tmp_path: Path) -> None:
    (tmp_path / "2026.json").write_bytes(b"[7]")
    (tmp_path / "out").write_text("before")
    status, output, log = _call(target, "value", f"--input={tmp_path}/2026.json", "--output", f"{tmp_path}/out")
    assert (status, output, log) == (0, b"", "")
    assert (tmp_path / "out").read_bytes() == b"[7]"
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026.json", "out"]


def test_a_file_as_stdin_is_read_from_where_it_stands(target: Target, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"before[8]")
    with (tmp_path / "in").open("rb", buffering=0) as stream:
        stream.seek(6)
        process = _start(target, "value", stdin=stream)
        assert process.communicate(timeout=60)[0] == b"[8]"


def test_an_error_leaves_the_file_of_the_result_alone(target: Target, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before")
    status, _, _ = _call(target, "fault", "--output", f"{tmp_path}/out", given=b'{"do": "coded"}')
    assert status == 1
    assert (tmp_path / "out").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_is_followed(target: Target, tmp_path: Path) -> None:
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to("real")
    assert _call(target, "value", "--output", f"{tmp_path}/link", given=b"9")[0] == 0
    assert ((tmp_path / "real").read_text(), (tmp_path / "link").is_symlink()) == ("9", True)


def test_what_is_no_file_is_written_as_it_is(target: Target) -> None:
    assert _call(target, "value", "--output", "/dev/stdout", given=b"9") == (0, b"9", "")
    assert _call(target, "value", "--output", "/dev/null", given=b"9") == (0, b"", "")


@pytest.mark.parametrize("length", [0, 1, 4096, 65_537, 5_000_000])
def test_bytes_pass_unchanged(target: Target, length: int) -> None:
    document = os.urandom(length)
    assert _call(target, "raw", given=document) == (0, document, "")


def test_pipes(target: Target) -> None:
    first = _start(target, "value")
    second = _start(target, "value", stdin=first.stdout)
    assert first.stdin is not None
    first.stdin.write(b"[1]")
    first.stdin.close()
    assert second.communicate(timeout=60)[0] == b"[1]"
    assert first.wait(60) == 0


def test_a_terminal(target: Target) -> None:
    """The function is not in the terminal's group of processes: whoever reads there must not be it."""
    ours, theirs = pty.openpty()
    process = _start(target, "value", stdin=theirs, start_new_session=True)
    os.write(ours, b"[1,\n2]\n\x04")
    assert process.communicate(timeout=60)[0] == b"[1,2]"


def test_nobody_reads_the_result(target: Target) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = _start(target, "value", stdout=writer)
    _, log = process.communicate(b"1", timeout=60)
    assert process.returncode == 1
    assert _error(log.decode()) == ("fn.output.unwritable", "stdout: Broken pipe")
    os.close(writer)


def test_a_reader_who_does_not_read_does_not_keep_a_signal_away(target: Target) -> None:
    reader, writer = os.pipe()
    process = _start(target, "raw", stdout=writer)
    assert process.stdin is not None
    process.stdin.write(os.urandom(1_000_000))
    process.stdin.close()
    os.read(reader, 1)  # the result is being written
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 128 + signal.SIGTERM
    for end in (reader, writer):
        os.close(end)


# ---- the log ----


def test_the_log_goes_to_stderr(target: Target) -> None:
    assert _call(target, "talk", given=b'{"lines": 3}') == (0, b"3", "line 0\nline 1\nline 2\n")


def test_nothing_of_the_log_is_lost_when_it_is_read_slowly(target: Target) -> None:
    reader, writer = os.pipe()
    process = _start(target, "talk", "--input", '{"lines": 100000}', stderr=writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as log:
        first = log.readline()
        assert first == b"line 0\n"
        assert process.stdout is not None
        assert log.read().splitlines()[-1] == b"line 99999"
    assert process.communicate(timeout=60)[0] == b"100000"


def test_a_log_that_nobody_reads_does_not_stop_the_clock(target: Target) -> None:
    reader, writer = os.pipe()
    process = _start(target, "talk", "--timeout", "0.5", "--input", '{"lines": 1000000}', stderr=writer)
    os.close(writer)
    assert process.stdout is not None
    with os.fdopen(reader, "rb") as log:
        log.readline()
        time.sleep(1)  # as a reader who does something else: the deadline passes
        _error(log.read().splitlines()[-1].decode())
    assert process.wait(60) == 124


def test_the_log_as_a_file(target: Target, tmp_path: Path) -> None:
    assert _call(target, "talk", "--log", f"{tmp_path}/log", given=b'{"lines": 2}') == (0, b"2", "")
    assert (tmp_path / "log").read_text() == "line 0\nline 1\n"


def test_quiet(target: Target) -> None:
    assert _call(target, "talk", "--quiet", given=b'{"all": true, "lines": 2}') == (0, b"2", "")


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
    found, output, log = _call(
        target, "fault", "--error", f"{tmp_path}/error", given=json.dumps({"do": action}).encode()
    )
    assert (found, output) == (status, b"")
    assert _error(log.splitlines()[-1])[0] == code
    assert (tmp_path / "error").read_text() == log.splitlines()[-1]


@pytest.mark.parametrize("action", ["orphan", "threads", "fork", "close everything", "wander"])
def test_what_is_left_behind(target: Target, action: str) -> None:
    status, output, _ = _call(target, "fault", given=json.dumps({"do": action}).encode())
    assert status == 0
    assert json.loads(output)


def test_quiet_still_tells_the_error(target: Target) -> None:
    status, output, log = _call(target, "fault", "--quiet", given=b'{"do": "value error"}')
    assert (status, output) == (1, b"")
    assert _error(log) == ("fn.exception", "ValueError: nope")


@pytest.mark.parametrize("action", ["tidy up", "spin", "deaf"])
def test_timeout(target: Target, action: str) -> None:
    status, _, log = _call(target, "fault", "--timeout", "0.3", "--input", json.dumps({"do": action}))
    assert status == 124
    assert _error(log.splitlines()[-1])[0] == "fn.timeout"


def test_the_timeout_counts_while_the_input_is_read(target: Target) -> None:
    process = _start(target, "value", environment={"FN_TIMEOUT": "0.3"})
    assert process.wait(60) == 124
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("action", ["tidy up", "deaf"])
def test_requests_to_end(target: Target, number: signal.Signals, action: str) -> None:
    process = _start(target, "fault", "--input", json.dumps({"do": action}))
    assert process.stderr is not None
    assert process.stderr.readline() == b"waiting\n"
    process.send_signal(number)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert _error(log.decode().splitlines()[-1])[0] == "fn.terminated"


def test_a_signal_while_the_input_is_read(target: Target) -> None:
    process = _start(target, "value")
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
    status, output, log = _call(target, *words, given=b"1", environment=environment)
    assert (status, output) == (2, b"")
    assert expected in _error(log)[1]


def test_the_handler_is_named_by_the_environment(target: Target) -> None:
    assert _call(target, given=b"5", environment={"FN_HANDLER": "value"}) == (0, b"5", "")
    assert _call(target, "--", "value", given=b"5", environment={"FN_HANDLER": "no-such"}) == (0, b"5", "")


@pytest.mark.parametrize(
    ("place", "code"),
    [("no-such-file", "fn.input.missing"), (".", "fn.input.unreadable"), ("/", "fn.input.unreadable")],
)
def test_an_input_that_cannot_be_read(target: Target, tmp_path: Path, place: str, code: str) -> None:
    status, _, log = _call(target, "value", "--input", str(tmp_path / place))
    assert (status, _error(log)[0]) == (1, code)


def test_a_result_that_cannot_be_written(target: Target, tmp_path: Path) -> None:
    status, _, log = _call(target, "value", "--output", f"{tmp_path}/no/out", given=b"1")
    assert (status, _error(log)[0]) == (1, "fn.output.unwritable")


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
    status, output, _ = _call(target, "slow-start", "--timeout", "100", given=b"{}", environment={"GREETING": "now"})
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
