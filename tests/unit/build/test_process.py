"""Programs that the build starts may print what is no text, and have nothing to read: handlers do both at import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from build.core.errors import BuildError
from build.core.process import run
from tests.conftest import ROOT

_ODD = "import sys; print(repr(sys.stdin.read())); sys.stdout.flush(); sys.stdout.buffer.write(b'caf\\xe9\\n')"
_HANDLER = f"{_ODD}\nfrom entry import handler\n\n\n@handler\ndef odd(data: object) -> object:\n    return data\n"


def _with_input(code: str) -> str:
    """What a process of Python prints that has a line waiting to be read, as a build in a pipe of commands has."""
    words = [sys.executable, "-c", code]
    return subprocess.run(words, input="given", cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_a_program_that_prints_and_reads() -> None:
    code = f"from build.core.process import run; print(run({[sys.executable, '-c', _ODD]}, what='it'))"
    assert _with_input(code) == "''\ncaf\\xe9\n\n"


def test_a_program_that_fails_with_what_is_no_text() -> None:
    with pytest.raises(BuildError, match="it failed") as raised:
        run([sys.executable, "-c", f"{_ODD}; sys.exit(3)"], what="it")
    assert raised.value.advice == "''\ncaf\\xe9"


def test_a_handler_that_does_so_at_import_is_staged(tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "odd.py").write_text(_HANDLER)
    folders = f"Path({str(tmp_path / 'handlers')!r}), None, Path({str(tmp_path / 'work')!r})"
    code = "from pathlib import Path; from build.analysis.staging.stage import stage; "
    assert "handlers     odd " in _with_input(f"{code} stage({folders}, 'auto', preload=False)")
