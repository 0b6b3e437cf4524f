"""What all steps of the build share: one line of progress each, errors with a next step, running a program."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"


class BuildError(Exception):
    """What stopped the build, and what to do about it."""

    def __init__(self, problem: str, advice: str = "") -> None:
        super().__init__(problem)
        self.advice = advice


class Step:
    """The line of one step: its result is added by `note`."""

    def __init__(self) -> None:
        self.result = ""

    def note(self, result: str) -> None:
        self.result = result


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Prints `name`, then its result and the seconds it took; on a terminal the seconds as they pass, too."""
    started, current, ended = time.monotonic(), Step(), threading.Event()

    def count() -> None:
        while not ended.wait(1):
            print(f"  {name} ... {time.monotonic() - started:.0f} s", end="\r", flush=True)

    counter = threading.Thread(target=count, daemon=True)
    if sys.stdout.isatty():
        print(f"  {name} ...", end="\r", flush=True)
        counter.start()
    outcome = f"{'failed after':<60}"
    try:
        yield current
        outcome = f"{current.result:<60}"
    finally:
        ended.set()
        if counter.ident:
            counter.join()
        print(f"  {name:<12} {outcome} {time.monotonic() - started:6.1f} s", flush=True)


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, environment: Mapping[str, str] | None = None, what: str
) -> str:
    """Runs a program and returns what it printed; raises BuildError with its last lines."""
    try:
        done = subprocess.run(
            [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise BuildError(f"{what}: {error.filename} is not installed") from None
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines()[-25:]
        raise BuildError(f"{what} failed (status {done.returncode})", "\n".join(lines))
    return done.stdout


def source_date() -> int | None:
    """The moment that SOURCE_DATE_EPOCH gives for what is made, in seconds since 1970; raises BuildError.

    Source: the specification of reproducible-builds.org.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given and not re.fullmatch(r"\d{1,11}", given, re.ASCII):
        raise BuildError(f"SOURCE_DATE_EPOCH: expected seconds since 1970, got {given!r}")
    return int(given) if given else None


def digest(parts: Iterable[Path | str]) -> str:
    """A key for the cache: over texts, and over the names and contents of files and folders."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            total.update(f"text {part}\0".encode())
            continue
        files = sorted(path for path in part.rglob("*") if path.is_file()) if part.is_dir() else [part]
        for path in files:
            if "__pycache__" not in path.parts:
                total.update(f"file {path.relative_to(part.parent)}\0".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
