"""The same sources on Debian 13, with its CPython 3.13: built and examined there, in a root of its own. Needs root.

Its lines are this session's: it takes minutes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

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
_PACKAGES = ("python3", "bubblewrap")  # the build installs what it needs; bubblewrap is for roots of its own
_BUILD = "python3 build --handlers tests/handlers --output .cache/tests"
# An emulated processor needs a package more, and each refusal a build of its own: nothing in them is of a release.
_CASES = ".venv/bin/python -m pytest -q tests/contract tests/snapshot -k 'not emulated and not test_refusals'"


def test_builds_and_keeps_the_contract(capfd: pytest.CaptureFixture[str]) -> None:
    with capfd.disabled():
        print()
        root = _debian_13()
        home = root / _HOME
        _bring_sources(home)
        _run(root, f"{_BUILD}/fn", folder=f"/{_HOME}")
        _run(root, f"{_BUILD}/fn-portable --link portable", folder=f"/{_HOME}")
        for name in ("fn", "fn-portable"):  # asked out here, where there is no Python 3.13
            file = home / ".cache" / "tests" / name
            asked = subprocess.run([file, "--version"], env={}, capture_output=True, text=True, check=True)
            assert "(Python 3.13." in asked.stdout
        _run(root, _CASES, folder=f"/{_HOME}")


def _debian_13() -> Path:
    """A root whose builds are kept between sessions."""
    with step("debian 13"):
        return debian_root("trixie", _PACKAGES)


def _bring_sources(home: Path) -> None:
    """Those of this moment, and no others; what a build has made there stays."""
    home.mkdir(exist_ok=True)
    for entry in home.iterdir():
        if entry.name not in (".cache", ".venv"):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    shutil.copytree(ROOT, home, ignore=_OWN, dirs_exist_ok=True)


def _run(root: Path, line: str, *, folder: str = "/") -> None:
    """Runs a line of shell inside the root, and shows what it prints."""
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", root / "etc" / name)
    words = ["unshare", "--mount", "sh", "-c", _INSIDE, str(root), "sh", "-c", f"cd {folder} && {line}"]
    done = subprocess.run(words, env=_environment(), stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, f"on Debian 13: {line}"


def _environment() -> Mapping[str, str]:
    reaching = {name: value for name, value in os.environ.items() if _REACHING.fullmatch(name)}
    own = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
    return {**reaching, **own, "DPKG_FORCE": "unsafe-io"}  # dpkg waits for no disk
