"""The build's own Python environment: `.venv` of the toolchain's interpreter with the hash-locked pins.

Runs with the standard library of any Python from 3.9 on: it is what `python3 build` does first.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from build.debian import require_packages
from build.steps import CACHE, ROOT, BuildError, digest, run, step

PINS = ROOT / "build" / "pins.txt"
VENV = ROOT / ".venv"
PYTHON = "python3.11"

PACKAGES = [f"lib{PYTHON}-dev", f"{PYTHON}-venv", "gcc", "libc6-dev", "zlib1g-dev", "libexpat1-dev", "binutils"]
PACKAGES += ["dpkg-dev"]  # for the interpreter's source
RUST = ["cargo-web", "rustc-web"]  # current Rust, in Debian 12 as well; unless the machine has a cargo


def inside() -> bool:
    return Path(sys.prefix) == VENV


def prepare() -> None:
    """Makes `.venv` unless it is there and of these pins."""
    stamp, key = VENV / "pins", digest([PINS, PYTHON])
    with step("environment") as line:
        installed = require_packages(PACKAGES + ([] if shutil.which("cargo") else RUST))
        if stamp.exists() and stamp.read_text() == key:
            line.note("cached")
            return
        interpreter = Path(f"/usr/bin/{PYTHON}")
        if not interpreter.exists():
            raise BuildError(f"{interpreter} is not there", "the build needs Debian 12 (or its container image)")
        run([interpreter, "-m", "venv", "--clear", VENV], what="making .venv")
        install = [
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--require-hashes",
            "--only-binary",
            ":all:",
        ]
        run([VENV / "bin" / "python", *install, "-r", PINS], what="installing the pins")
        stamp.write_text(key)
        line.note(f"made{', installed ' + ' '.join(installed) if installed else ''}")


def enter(arguments: list[str]) -> None:
    """Replaces this process by the same command inside the environment."""
    CACHE.mkdir(exist_ok=True)
    python = VENV / "bin" / "python"
    os.execve(python, [str(python), str(ROOT / "build"), *arguments], {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


def author_packages(requirements: Path | None) -> Path | None:
    """The folder with the packages of an author's requirements file, installed apart from the build's own."""
    if requirements is None:
        return None
    target = CACHE / "requirements" / digest([requirements])[:16]
    with step("requirements") as line:
        if target.exists():
            line.note("cached")
            return target
        unfinished = target.with_suffix(f".{os.getpid()}.tmp")
        run(
            [
                VENV / "bin" / "python",
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--target",
                unfinished,
                "-r",
                requirements,
            ],
            what=f"installing {requirements}",
        )
        unfinished.rename(target)
        line.note(str(requirements))
    return target
