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
    return 1
"""


def _build(folder: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    handlers = folder / "handlers"
    handlers.mkdir()
    (handlers / "bad.py").write_text(f"{code}\n{_HANDLER}")
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


def test_nothing_of_the_environment_is_in_the_file(tmp_path: Path) -> None:
    canary = "canary-" + os.urandom(12).hex()
    done = _build(tmp_path, "import os\nall_of_it = dict(os.environ)", FN_TEST_TOKEN=canary)
    assert done.returncode == 0, done.stdout + done.stderr
    assert canary.encode() not in (tmp_path / "fn").read_bytes()
