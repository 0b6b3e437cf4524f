"""Run programs."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from build.core import session
from build.core.errors import BuildError


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None, what: str
) -> str:
    """Run a program and return its output; raise BuildError with the last lines if it fails.

    It has nothing to read, and may print what is no text: programs of authors do either.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="backslashreplace", check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise _missing(error, what) from None
    return _output(session.Ended(done.returncode, done.stdout, done.stderr), what)


def run_imports(
    command: Sequence[str | Path], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None, what: str
) -> str:
    """Run a program that imports what authors wrote, as `run` does others; wait for nothing that it leaves behind."""
    try:
        return _output(session.run(command, cwd=cwd, environment=environment), what)
    except FileNotFoundError as error:
        raise _missing(error, what) from None


def _missing(error: FileNotFoundError, what: str) -> BuildError:
    return BuildError(f"{what}: {error.filename} is not installed")


def _output(ended: session.Ended, what: str) -> str:
    if ended.status:
        lines = (ended.stdout + ended.stderr).strip().splitlines()[-25:]
        raise BuildError(f"{what} failed (status {ended.status})", "\n".join(lines))
    return ended.stdout
