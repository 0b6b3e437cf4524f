"""What a restored process has of its own: random numbers of libraries and of the kernel, clocks that cost no call."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run, Target
from tests.portable.conftest import COLD, File

_SAME_NUMBER = ("unshare", "--pid", "--fork", "--kill-child")  # of the process, in each run
_CLOCKS = "import time; [time.time() - time.monotonic() for _ in range({})]"
_READINGS = 1000


@pytest.mark.parametrize("boot", ["warm", "cold"])
def test_no_two_runs_draw_the_same(file: File, run: Run, exchange: Path, boot: str) -> None:
    """OpenSSL's, the one inside cryptography and the machine's, and what the kernel gives each process."""
    target = Target(boot, (str(file("with_others")),), COLD.environment if boot == "cold" else {})
    found = []
    for _ in range(2):
        result = run(target, "drawn", given={}, environment={"FN_LOG_LEVEL": "debug"}, prefix=_SAME_NUMBER)
        assert f"fn: {boot} boot" in result.log
        found.append(json.loads(result.output or b""))
        shutil.rmtree(exchange)
        exchange.mkdir()
    assert [name for name in found[0] if found[0][name] == found[1][name]] == []


def _calls(trace: Path) -> int:
    return sum("clock_gettime(" in line for line in trace.read_text().splitlines())


def test_clocks_are_read_in_the_process(file: File, run: Run, tmp_path: Path) -> None:
    """By the kernel's functions for that, found anew in each run: as under CPython, where the machine has them."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    words = ("strace", "-qq", "-f", "-e", "trace=clock_gettime", "-o")
    target = Target("warm", (str(file("with_others")),))
    result = run(target, "clocks", given=_READINGS, environment={"FN_LOG_LEVEL": "debug"}, prefix=(*words, str(ours)))
    assert "fn: warm boot" in result.log
    assert result.output == b"true"
    subprocess.run([*words, theirs, sys.executable, "-c", _CLOCKS.format(_READINGS)], check=True)
    assert _calls(ours) < _calls(theirs) + _READINGS // 10
