"""`fn call`: one run as a command, by the rules of docs/hosts.md."""

from __future__ import annotations

import json
import os
import pty
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import Target
from tests.contract.calling import call, error_of, start

# ---- input and result ----


def test_stdin_to_stdout(target: Target) -> None:
    assert call(target, "value", given=b'{"a":[1,2.5,null]}') == (0, b'{"a":[1,2.5,null]}', "")


@pytest.mark.parametrize("document", ['{"a":1}', "[1]", '"text"', "-2.5e3", "true", "null", ' {"a": 1}'])
def test_json_as_an_argument(target: Target, document: str) -> None:
    status, output, _ = call(target, "value", "--input", document)
    assert (status, json.loads(output)) == (0, json.loads(document))


def test_files(target: Target, tmp_path: Path) -> None:
    (tmp_path / "2026.json").write_bytes(b"[7]")
    (tmp_path / "out").write_text("before")
    status, output, log = call(target, "value", f"--input={tmp_path}/2026.json", "--output", f"{tmp_path}/out")
    assert (status, output, log) == (0, b"", "")
    assert (tmp_path / "out").read_bytes() == b"[7]"
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026.json", "out"]


def test_a_file_as_stdin_is_read_from_where_it_stands(target: Target, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"before[8]")
    with (tmp_path / "in").open("rb", buffering=0) as stream:
        stream.seek(6)
        process = start(target, "value", stdin=stream)
        assert process.communicate(timeout=60)[0] == b"[8]"


def test_an_error_leaves_the_file_of_the_result_alone(target: Target, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("before")
    status, _, _ = call(target, "fault", "--output", f"{tmp_path}/out", given=b'{"do": "coded"}')
    assert status == 1
    assert (tmp_path / "out").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_is_followed(target: Target, tmp_path: Path) -> None:
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to("real")
    assert call(target, "value", "--output", f"{tmp_path}/link", given=b"9")[0] == 0
    assert ((tmp_path / "real").read_text(), (tmp_path / "link").is_symlink()) == ("9", True)


def test_what_is_no_file_is_written_as_it_is(target: Target) -> None:
    assert call(target, "value", "--output", "/dev/stdout", given=b"9") == (0, b"9", "")
    assert call(target, "value", "--output", "/dev/null", given=b"9") == (0, b"", "")


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("option", ["--output", "--log", "--error"])
def test_a_name_of_a_stream_is_that_stream(target: Target, tmp_path: Path, option: str, name: str) -> None:
    """Here it is a file, which others write to as well: what they write, before and after, stays."""
    given = {"--output": ("value", b"9", b"9"), "--log": ("talk", b'{"lines": 1}', b"line 0\n1")}
    handler, document, expected = given.get(option, ("fault", b'{"do": "coded"}', b'{"code":"test.coded"'))
    with (tmp_path / "both").open("w+b", buffering=0) as both:
        both.write(b"before ")
        process = start(target, handler, option, name, stdout=both)
        process.communicate(document, timeout=60)
        both.write(b" after")
    written = (tmp_path / "both").read_bytes()
    assert written.startswith(b"before " + expected)
    assert written.endswith(b" after")


@pytest.mark.parametrize("length", [0, 1, 4096, 65_537, 5_000_000])
def test_bytes_pass_unchanged(target: Target, length: int) -> None:
    document = os.urandom(length)
    assert call(target, "raw", given=document) == (0, document, "")


def test_pipes(target: Target) -> None:
    first = start(target, "value")
    second = start(target, "value", stdin=first.stdout)
    assert first.stdin is not None
    first.stdin.write(b"[1]")
    first.stdin.close()
    assert second.communicate(timeout=60)[0] == b"[1]"
    assert first.wait(60) == 0


def test_a_terminal(target: Target) -> None:
    """The function is not in the terminal's group of processes: whoever reads there must not be it."""
    ours, theirs = pty.openpty()
    process = start(target, "value", stdin=theirs, start_new_session=True)
    os.write(ours, b"[1,\n2]\n\x04")
    assert process.communicate(timeout=60)[0] == b"[1,2]"


def test_nobody_reads_the_result(target: Target) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = start(target, "value", stdout=writer)
    _, log = process.communicate(b"1", timeout=60)
    assert process.returncode == 1
    assert error_of(log.decode()) == ("fn.output.unwritable", "stdout: Broken pipe")
    os.close(writer)


def test_a_reader_who_does_not_read_does_not_keep_a_signal_away(target: Target) -> None:
    reader, writer = os.pipe()
    process = start(target, "raw", stdout=writer)
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
    assert call(target, "talk", given=b'{"lines": 3}') == (0, b"3", "line 0\nline 1\nline 2\n")


def test_nothing_of_the_log_is_lost_when_it_is_read_slowly(target: Target) -> None:
    reader, writer = os.pipe()
    process = start(target, "talk", "--input", '{"lines": 100000}', stderr=writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as log:
        first = log.readline()
        assert first == b"line 0\n"
        assert process.stdout is not None
        assert log.read().splitlines()[-1] == b"line 99999"
    assert process.communicate(timeout=60)[0] == b"100000"


def test_a_log_that_nobody_reads_does_not_stop_the_clock(target: Target) -> None:
    reader, writer = os.pipe()
    process = start(target, "talk", "--timeout", "0.5", "--input", '{"lines": 1000000}', stderr=writer)
    os.close(writer)
    assert process.stdout is not None
    with os.fdopen(reader, "rb") as log:
        first = log.readline()
        time.sleep(1)  # as a reader who does something else: the deadline passes
        error_of((first + log.read()).splitlines()[-1].decode())  # the only line, where the boot took until then
    assert process.wait(60) == 124


def test_the_log_as_a_file(target: Target, tmp_path: Path) -> None:
    assert call(target, "talk", "--log", f"{tmp_path}/log", given=b'{"lines": 2}') == (0, b"2", "")
    assert (tmp_path / "log").read_text() == "line 0\nline 1\n"


def test_quiet(target: Target) -> None:
    assert call(target, "talk", "--quiet", given=b'{"all": true, "lines": 2}') == (0, b"2", "")
