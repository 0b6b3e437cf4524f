"""Create and enter the build's own Python environment: `.venv`, with the hash-locked pins.

Use Debian's interpreter if there is one, since the static link takes it; elsewhere the one that the build was started
with, for the portable link. Run with the standard library of any Python from 3.9 on: `python3 build` does this first.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path

from build.core.cache import digest, locked
from build.core.console import step
from build.core.errors import BuildError
from build.core.paths import CACHE, ROOT
from build.core.process import run
from build.toolchain.debian import interpreter, is_debian, require_packages, versions
from build.toolchain.extensions import EXTENSIONS

PINS = Path(__file__).with_name("pins.txt")
VENV = ROOT / ".venv"
PYTHON = interpreter()
OLDEST = (3, 11)  # of other systems' interpreters

PACKAGES = [f"lib{PYTHON}-dev", f"{PYTHON}-venv", "gcc", "libc6-dev", "binutils"]  # for every link
STATIC = ["zlib1g-dev", "libexpat1-dev", "libzstd-dev", "dpkg-dev"]  # dpkg-dev: for the interpreter's source
_HEADERS = ["libc6-dev", "linux-libc-dev"]  # of the C library and the kernel
RUST = ["cargo-web", "rustc-web"]  # current Rust, in both releases; unless the machine has a cargo

_ASK = (
    "import json, os, sys, sysconfig; print(json.dumps([sys.version_info[:2], sysconfig.get_path('include'),"
    " bool(sysconfig.get_config_var('Py_ENABLE_SHARED'))]))"
)
_ELSEWHERE = (
    "install gcc, binutils, the static C library and the development package of Python "
    "(Fedora: gcc glibc-static python3-devel), or build on Debian 12 or 13"
)


def inside() -> bool:
    return Path(sys.prefix) == VENV


def prepare() -> None:
    """Create `.venv` unless it exists with these pins."""
    with step("environment") as line:
        interpreter, installed = Path(f"/usr/bin/{PYTHON}"), list[str]()
        if has_debian_python():
            installed = require_packages(PACKAGES, later_packages())
        else:
            interpreter = Path(sys.executable)
            _require_tools(interpreter)
        stamp, key = VENV / "pins", digest([PINS, str(interpreter)])
        with locked("environment") if _is_other(stamp, key) else nullcontext():
            if not _is_other(stamp, key):  # or not any more
                line.note("cached")
                return
            _make(interpreter)
            stamp.write_text(key)
        line.note(f"made{', installed ' + ' '.join(installed) if installed else ''}")


def _is_other(stamp: Path, key: str) -> bool:
    return not stamp.exists() or stamp.read_text() != key


def _make(interpreter: Path) -> None:
    run([interpreter, "-m", "venv", "--clear", VENV.resolve()], what="making .venv")  # venv itself takes no link
    install = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    install += ["--only-binary", ":all:", "--no-deps"]  # the pins are complete: nothing is left to find out
    run([VENV / "bin" / "python", *install, "-r", PINS], what="installing the pins")


def later_packages() -> list[str]:
    """Return the packages of all other steps of builds, so that a user is asked once."""
    rust = [] if shutil.which("cargo") else RUST
    return [*STATIC, *rust, *(package for one in EXTENSIONS.values() for package in one.packages)]


def headers() -> list[str]:
    """Return the versions of what all C sources include, for keys of the cache; nothing on other systems."""
    return [f"{name} {version}" for name, version in sorted(versions(_HEADERS).items())]


def has_debian_python() -> bool:
    """Tell whether this machine has the interpreter that the static link takes."""
    return is_debian() and PYTHON != "" and Path(f"/usr/bin/{PYTHON}").exists()


def _require_tools(interpreter: Path) -> None:
    """Raise BuildError for everything that a system other than Debian lacks."""
    version, include, is_shared = json.loads(run([interpreter, "-c", _ASK], what=f"asking {interpreter}"))
    missing = [name for name in ("gcc", "ld", "objcopy", "readelf") if not shutil.which(name)]
    if "gcc" not in missing and not Path(run(["gcc", "-print-file-name=libc.a"], what="gcc").strip()).is_absolute():
        missing.append("libc.a, the static C library")
    if not Path(include, "Python.h").exists():
        missing.append(f"{include}/Python.h")
    if tuple(version) < OLDEST:
        missing.append(f"Python {OLDEST[0]}.{OLDEST[1]} or newer ({interpreter} is {version[0]}.{version[1]})")
    elif not is_shared:
        missing.append(f"a shared libpython ({interpreter} was built without)")
    if missing:
        raise BuildError(f"this machine lacks {', '.join(missing)}", _ELSEWHERE)


def enter(arguments: list[str]) -> None:
    """Replace this process by the same command inside the environment."""
    CACHE.mkdir(parents=True, exist_ok=True)
    python = VENV / "bin" / "python"
    os.execve(python, [str(python), str(ROOT / "build"), *arguments], {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
