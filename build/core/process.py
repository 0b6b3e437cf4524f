"""Run programs."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from build.core.errors import BuildError


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None, what: str
) -> str:
    """Run a program and return its output; raise BuildError with the last lines if it fails.

    It has nothing to read, and may print what is no text: handlers that it imports do either.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="backslashreplace", check=False,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise BuildError(f"{what}: {error.filename} is not installed") from None
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()[-25:]
        raise BuildError(f"{what} failed (status {done.returncode})", "\n".join(lines))
    return done.stdout
