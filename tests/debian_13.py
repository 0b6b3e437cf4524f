"""Debian 13, with its CPython 3.13 and its libc: the same sources, built and examined in a root of its own. Needs root.

python3 build test --debian-13                  every group of cases that has to do with the system, none skipped
python3 build test --debian-13 tests/faults     what pytest is asked for
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from build.core.console import step
from tests.conftest import ROOT
from tests.debian_root import debian_root

_HOME = "source"  # in the root: a copy of these sources, with a cache and an environment of its own
_OWN = shutil.ignore_patterns(".cache", ".venv", ".git", "dist", "__pycache__", ".*_cache", ".hypothesis")
_REACHING = re.compile(r"(https?|no)_proxy|PIP_\w+", re.IGNORECASE)  # how this machine reaches the package registries

# Changes root with the mounts of a container's; they end with the namespace. The root is one: bubblewrap exchanges it.
_INSIDE = """
mount --rbind "$0" "$0" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
  mount -t tmpfs tmpfs "$0/tmp" && exec chroot "$0" "$@"
"""
_FIRST = ("nice", "-n", "-4")  # what takes longest of all tests: beside it, others can wait
# The build installs what it needs; these are for tests.
_PACKAGES = (
    "python3", "bubblewrap", "busybox-static", "faketime", "file", "musl", "openssl", "qemu-user-static", "strace",
)  # fmt: skip
_FILES = {"fn": "", "fn-portable": " --link portable"}
# In a folder that other users can reach, as in build/dev/test.py.
_PYTEST = "umask 022 && mkdir -p /tmp/tests && .venv/bin/python -m compileall -q build entry && "
_PYTEST += ".venv/bin/python -m pytest -q --basetemp=/tmp/tests/all "
_PYTEST += "-p tests.workers --numprocesses=2 --dist=loadscope --no-loadscope-reorder"
# Where a release has mechanisms of its own: the interpreter, its memory, the loader, libc.
SYSTEM = ("tests/contract", "tests/snapshot", "tests/faults", "tests/life", "tests/portable")


def build_there() -> Path:
    """Return the root, with the files of the tests built in it from the sources of this moment."""
    with step("debian 13"):
        root = debian_root("trixie", _PACKAGES)  # kept between sessions, and with it what is built there
    home = root / _HOME
    _bring_sources(home)
    for name, options in _FILES.items():
        line = f"python3 build --handlers tests/handlers --output .cache/tests/{name}{options}"
        _run(root, line)
        file = home / ".cache" / "tests" / name
        asked = subprocess.run([file, "--version"], env={}, capture_output=True, text=True, check=True)
        assert "(Python 3.13." in asked.stdout  # asked out here, where there is no Python 3.13
    return root


def run_there(root: Path, words: Sequence[str]) -> None:
    """Run pytest in the root."""
    _run(root, f'{_PYTEST} "$@"', *words)


def _bring_sources(home: Path) -> None:
    """Copy those of this moment, and no others; what a build has made there stays."""
    home.mkdir(exist_ok=True)
    for entry in home.iterdir():
        if entry.name not in (".cache", ".venv"):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    shutil.copytree(ROOT, home, ignore=_OWN, dirs_exist_ok=True)


def _run(root: Path, line: str, *arguments: str) -> None:
    """Run a line of shell in the copy of the sources, and show what it prints."""
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", root / "etc" / name)
    inside = ["sh", "-c", f"cd /{_HOME} && {line}", "sh", *arguments]
    words = [*_FIRST, "unshare", "--mount", "sh", "-c", _INSIDE, str(root), *inside]
    done = subprocess.run(words, env=_environment(), stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"on Debian 13: {line}"


def _environment() -> Mapping[str, str]:
    reaching = {name: value for name, value in os.environ.items() if _REACHING.fullmatch(name)}
    own = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
    return {**reaching, **own, "DPKG_FORCE": "unsafe-io"}  # dpkg waits for no disk


if __name__ == "__main__":
    run_there(build_there(), sys.argv[1:] or SYSTEM)
