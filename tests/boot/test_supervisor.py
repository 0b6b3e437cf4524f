"""The supervisor under the address and undefined-behaviour sanitizers, and under valgrind: not one complaint."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from entry.testing.inotify import Watch
from tests.boot.building import SANITIZERS, build
from tests.seccomp import FALLOCATE, forbid


@dataclass(frozen=True)
class Built:
    """A build of the supervisor, and what it is started with."""

    name: str
    program: Path
    prefix: tuple[str, ...] = ()


@pytest.fixture(scope="module", params=["sanitizers", "valgrind"])
def built(request: pytest.FixtureRequest) -> Built:
    if request.param == "sanitizers":
        return Built("sanitizers", build(*SANITIZERS))
    valgrind = ("valgrind", "-q", "--error-exitcode=97", "--leak-check=full", "--trace-children=yes", "--vgdb=no")
    return Built("valgrind", build(), valgrind)


def _start(
    built: Built, exchange: Path, *words: str, before: Callable[[], None] | None = None, **environment: str
) -> subprocess.Popen[bytes]:
    with _complaints(exchange).open("wb") as complaints:  # no pipe: an orphan would hold it open
        return subprocess.Popen(
            [*built.prefix, built.program, *words],
            env={"FN_DATA_DIR": str(exchange), "PATH": os.environ["PATH"], **environment},
            stderr=complaints,
            preexec_fn=before,
        )


def _complaints(exchange: Path) -> Path:
    return exchange.with_name(f"{exchange.name}.complaints")


def _finish(process: subprocess.Popen[bytes], exchange: Path) -> dict[str, str] | str:
    assert process.wait(60) == 0
    assert _complaints(exchange).read_bytes() == b""
    assert (exchange / "done").exists()
    names = {path.name for path in exchange.iterdir()} - {"done", "out.log", "input.bin"}
    assert names in ({"output.json"}, {"error.json"})
    name = names.pop()
    text = (exchange / name).read_text()
    return text if name == "output.json" else dict(json.loads(text))


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        (("output",), '{"a":1}'),
        (("error",), {"code": "c.d", "message": "m"}),
        (("flood",), "2"),
        (("orphan",), "3"),
        (("stay",), "4"),
        (("overwrite",), "fn.exit"),
        (("status", "7"), "fn.exit"),
        (("lie",), "fn.output.unwritable"),
        (("signal", str(int(signal.SIGKILL))), "fn.killed"),
        (("signal", str(int(signal.SIGUSR1))), "fn.killed"),
        (("wait", "--timeout", "0.1"), "fn.timeout"),
        (("hang", "--timeout", "0.1"), "fn.timeout"),
        (("output", "--settle", "0.05", "--linger", "0.2"), '{"a":1}'),
    ],
)
def test_endings(built: Built, tmp_path: Path, words: tuple[str, ...], outcome: object) -> None:
    found = _finish(_start(built, tmp_path, *words, FN_LOG_TEE="0"), tmp_path)
    assert (found["code"] if isinstance(found, dict) and isinstance(outcome, str) else found) == outcome


@pytest.mark.parametrize(
    ("word", "outcome"), [("output", '{"a":1}'), ("error", {"code": "c.d", "message": "m"}), ("status", "fn.exit")]
)
def test_room_that_is_written(built: Built, tmp_path: Path, word: str, outcome: object) -> None:
    process = _start(built, tmp_path, word, "7", before=forbid(FALLOCATE, errno.EOPNOTSUPP))
    found = _finish(process, tmp_path)
    assert (found["code"] if isinstance(found, dict) and isinstance(outcome, str) else found) == outcome


def test_folders_that_are_put_aside(built: Built, tmp_path: Path) -> None:
    for number in range(3):
        for name in ("output.json", "error.json"):
            (tmp_path / name / f"of {number}").mkdir(parents=True)
        assert _start(built, tmp_path, "error").wait(60) == 0
        assert _complaints(tmp_path).read_bytes() == b""
        (tmp_path / "error.json").unlink()
        (tmp_path / "done").unlink()
    for name in ("output.json", "error.json"):
        for number, end in enumerate((".stale", ".stale.1", ".stale.2")):
            assert (tmp_path / f"{name}{end}" / f"of {number}").is_dir()


def test_any_bytes_as_a_log(built: Built, tmp_path: Path) -> None:
    document = tmp_path / "input.bin"
    document.write_bytes(bytes(range(256)) * 700 + b"\xf0\x9f\x98")
    assert _finish(_start(built, tmp_path, "copy", str(document)), tmp_path) == "1"
    (tmp_path / "out.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_requests_to_end(built: Built, tmp_path: Path, number: signal.Signals) -> None:
    with Watch(tmp_path) as watch:
        process = _start(built, tmp_path, "wait")
        while not (tmp_path / ".outcome.fn").exists():
            list(watch.events(1))
    process.send_signal(number)
    found = _finish(process, tmp_path)
    assert isinstance(found, dict)
    assert found["code"] == "fn.terminated"


def test_without_an_exchange(built: Built, tmp_path: Path) -> None:
    process = _start(built, tmp_path / "none", "output")
    assert process.wait(60) == 1
    complaints = _complaints(tmp_path / "none").read_bytes()
    assert b"cannot open the exchange directory" in complaints
    assert b"ERROR" not in complaints


def _call(built: Built, folder: Path, handler: str, *words: str, given: bytes = b"") -> tuple[int, bytes, bytes]:
    """Status, result, log."""
    with (folder / "log").open("wb") as log:  # no pipe: an orphan would hold it open
        done = subprocess.run(
            [*built.prefix, built.program, "call", handler, *words],
            env={"PATH": os.environ["PATH"]},
            input=given,
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
            timeout=60,
        )
    return done.returncode, done.stdout, (folder / "log").read_bytes()


@pytest.mark.parametrize(
    ("handler", "words", "status", "output"),
    [
        ("output", (), 0, b'{"a":1}'),
        ("flood", ("--quiet",), 0, b"2"),
        ("orphan", (), 0, b"3"),
        ("stay", ("--input", "{}"), 0, b"4"),
        ("error", (), 1, b""),
        ("overwrite", (), 1, b""),
        ("status 7", (), 1, b""),
        ("lie", (), 1, b""),
        ("signal 9", (), 128 + 9, b""),
        ("hang", ("--timeout", "0.1"), 124, b""),
        ("output", ("--colour",), 2, b""),
        ("output", ("--input", "/no/such/file"), 1, b""),
    ],
)
def test_calls(built: Built, tmp_path: Path, handler: str, words: tuple[str, ...], status: int, output: bytes) -> None:
    found, result, log = _call(built, tmp_path, handler, *words)
    assert (found, result) == (status, output)
    assert b"ERROR" not in log
    assert b"==" not in log
    if status:
        assert list(json.loads(log.splitlines()[-1])) == ["code", "message"]


def test_a_call_with_any_bytes(built: Built, tmp_path: Path) -> None:
    status, output, log = _call(built, tmp_path, "copy x", given=bytes(range(256)) * 1700 + b"\xf0\x9f\x98")
    assert (status, output) == (0, b"1")
    log.decode("utf-8")
