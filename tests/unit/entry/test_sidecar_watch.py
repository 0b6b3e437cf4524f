"""When the emulator of the sidecar begins to watch: before the function starts, unless it is to be late."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from entry.testing import Sidecar


def _function_that_has_ended(exchange: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(["/bin/sh", "-c", "echo 1 > output.json; : > done"], cwd=exchange)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    return process


def test_the_fastest_function_is_seen() -> None:
    report = Sidecar([], start=_function_that_has_ended).run(b"null")
    assert report.decision is not None
    assert report.decision.value == 1


def test_a_late_one_misses_it() -> None:
    report = Sidecar([], start=_function_that_has_ended, late=0.001).run(b"null")
    assert report.decision is None
    assert any("never seen (it was there before the watch began)" in warning for warning in report.warnings)
