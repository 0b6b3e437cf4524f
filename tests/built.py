"""A file of handlers that a test makes up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.conftest import ROOT, Target


def built(folder: Path, sources: Mapping[str, str], *options: str) -> Target:
    """The file of these handlers, given as the texts of modules by their path below the folder of handlers."""
    return built_saying(folder, sources, *options)[0]


def built_saying(folder: Path, sources: Mapping[str, str], *options: str) -> tuple[Target, str]:
    """The same, and what the build has said."""
    handlers, file = folder / "handlers", folder / "fn"
    for name, text in sources.items():
        (handlers / name).parent.mkdir(parents=True, exist_ok=True)
        (handlers / name).write_text(text)
    command = [sys.executable, str(ROOT / "build"), "--handlers", str(handlers), "--output", str(file), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Target("built", (str(file),)), done.stdout
