"""What a snapshot would freeze is refused or reported as the file is built, with the handler's module and line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

_HANDLER = """
from entry import handler

@handler
def bad(data):
    return {}
"""


def _build(folder: Path, code: str, *, result: str = "1", **environment: str) -> subprocess.CompletedProcess[str]:
    handlers = folder / "handlers"
    handlers.mkdir()
    (handlers / "bad.py").write_text(f"{code}\n{_HANDLER.format(result)}")
    return subprocess.run(
        [sys.executable, str(ROOT / "build"), "--handlers", str(handlers), "--output", str(folder / "fn")],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()", "1 threads running"),
        ("import os\nkept = os.open('/', os.O_RDONLY)", "1 files or sockets open"),
        ("import socket\nkept = socket.socketpair()", "2 files or sockets open"),
        ("import os\nif not os.fork():\n    os.execv('/bin/sleep', ['sleep', '5'])", "child process running"),
        ("import random\nnumbers = random.Random()", "handlers.bad.numbers: a generator of random numbers"),
        ("import time\nloaded = time.time()", "two snapshots differ"),
    ],
)
def test_refused(tmp_path: Path, code: str, reason: str) -> None:
    done = _build(tmp_path, code)
    assert done.returncode == 1
    assert reason in done.stdout + done.stderr
    assert not (tmp_path / "fn").exists()


def test_reported_with_module_and_line(tmp_path: Path) -> None:
    code = "\n".join(
        [
            "import os, socket, subprocess",
            "HOME = os.environ.get('HOME')",
            "hosts = open('/etc/hostname').read()",
            "address = socket.getaddrinfo('127.0.0.1', 80)",
            "subprocess.run(['/bin/true'])",
        ]
    )
    done = _build(tmp_path, code)
    assert done.returncode == 0, done.stdout + done.stderr
    for line, what in (
        (2, "reads the environment variable HOME"),
        (3, "opens /etc/hostname"),
        (4, "looks a host name up"),
        (5, "starts a process"),
    ):
        assert f"warning: handlers/bad.py:{line}: {what} at import" in done.stdout


def test_what_only_the_rehearsal_freed_is_in_the_image(tmp_path: Path, exchange: Path) -> None:
    """The heap of the image leaves out what a rehearsal freed; here that is wrong, and the build finds out."""
    code = """
with open("/proc/self/cmdline", "rb") as file:
    rehearsed = b"rehearse" in file.read()
kept = [bytearray(b"%d" % number) * 1000 for number in range(100)]
if rehearsed:
    kept.clear()
"""
    done = _build(tmp_path, code, result="sum(map(sum, kept))")
    assert done.returncode == 0, done.stdout + done.stderr
    (exchange / "input.json").write_text("null")
    environment = {"FN_DATA_DIR": str(exchange), "FN_LOG_LEVEL": "debug"}
    subprocess.run([tmp_path / "fn"], env=environment, check=True)
    assert "warm boot" in (exchange / "out.log").read_text()
    expected = 1000 * sum(sum(b"%d" % number) for number in range(100))
    assert (exchange / "output.json").read_text() == str(expected)


def test_a_rehearsal_that_hands_unread_memory_to_the_kernel(tmp_path: Path, exchange: Path) -> None:
    """A rehearsal sees what is read by making it unreadable; a system call then fails, and the run is done without."""
    code = """
import os, sys
unread = bytes(range(256)) * 64

class Stream:
    def __init__(self, stream):
        self._stream = stream
    def __getattr__(self, name):
        return getattr(self._stream, name)
    def write(self, text):
        os.write(self._stream.fileno(), memoryview(unread)[12065:12075])
        return self._stream.write(text)

sys.stderr = Stream(sys.stderr)
"""
    done = _build(tmp_path, code, result="sys.stderr.write('a line')")
    assert done.returncode == 0, done.stdout + done.stderr
    (exchange / "input.json").write_text("null")
    subprocess.run([tmp_path / "fn"], env={"FN_DATA_DIR": str(exchange)}, check=True)
    assert (exchange / "out.log").read_text() == "!\"#$%&'()*a line\n"


def test_nothing_of_the_environment_is_in_the_file(tmp_path: Path) -> None:
    canary = "canary-" + os.urandom(12).hex()
    done = _build(tmp_path, "import os\nall_of_it = dict(os.environ)", FN_TEST_TOKEN=canary)
    assert done.returncode == 0, done.stdout + done.stderr
    assert canary.encode() not in (tmp_path / "fn").read_bytes()
