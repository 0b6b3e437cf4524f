"""All checks and tests: types, lint, then pytest with the files that the tests run. Builds what they need first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from build.debian import require_packages
from build.make import make
from build.steps import CACHE, ROOT, BuildError, run, step

TEST_FILE = CACHE / "tests" / "fn"
PORTABLE_FILE = CACHE / "tests" / "fn-portable"
PACKAGES = ["valgrind", "util-linux", "libc6-dev", "file", "openssl", "qemu-user-static", "debootstrap"]


def test(words: list[str]) -> int:
    """The exit status of pytest; raises BuildError when a check finds something."""
    with step("packages") as line:
        installed = require_packages(PACKAGES)
        line.note(", ".join(installed) or "cached")
    _check("types", "mypy")
    _check("lint", "ruff", "check")
    _check("format", "ruff", "format", "--check")
    make(ROOT / "handlers", None, ROOT / "dist" / "fn")
    make(ROOT / "tests" / "handlers", None, TEST_FILE)
    make(ROOT / "tests" / "handlers", None, PORTABLE_FILE, link="portable")
    files = {"FN_TEST_FILE": str(TEST_FILE), "FN_TEST_PORTABLE_FILE": str(PORTABLE_FILE)}
    environment = {**os.environ, **files, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environment, check=False)
    return done.returncode


def _check(name: str, *words: str | Path) -> None:
    with step(name) as line:
        try:
            found = run([sys.executable, "-m", *words], cwd=ROOT, what=name)
        except BuildError as error:
            raise BuildError(f"{name}: something was found", error.advice) from None
        line.note(found.strip().splitlines()[-1])
