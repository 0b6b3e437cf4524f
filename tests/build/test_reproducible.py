"""Two reproducible builds of one source: other folder, other user, other time, other settings, the same bytes.

Needs root, to build as another user. Shared by both builds: the interpreter's source, orjson's library (compiled twice
in a case of its own) and the environment of the pins. All else is made twice: extension modules, archive, link, image.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from build import crates
from build.steps import CACHE
from tests.conftest import ROOT

_SHARED = ("orjson", "python*-source")
_NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
_LATER = ["faketime", "2031-05-05 05:05:05"]
_OTHER_SETTINGS = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "Asia/Tokyo"}


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Path]:
    """A copy of the repository that belongs to another user, at a path of another length."""
    assert os.geteuid() == 0, "building as another user needs root"
    with tempfile.TemporaryDirectory(prefix="fn-a-path-of-another-length-") as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder) / "source"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".cache", ".venv", "dist", "__pycache__"))
        (copy / ".cache").mkdir()
        subprocess.run(["chown", "-R", "nobody", copy], check=True)
        for kept in [ROOT / ".venv", *(path for pattern in _SHARED for path in CACHE.glob(pattern))]:
            shutil.copytree(kept, copy / kept.relative_to(ROOT), symlinks=True, copy_function=_link_or_copy)
        yield copy


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)


@pytest.mark.parametrize("link", ["static", "portable"])
def test_the_same_bytes(link: str, elsewhere: Path, tmp_path: Path) -> None:
    words = ["--reproducible", "--link", link, "--output"]
    subprocess.run([sys.executable, ROOT / "build", *words, tmp_path / "fn"], check=True)
    other = elsewhere / "made" / "fn"
    subprocess.run(
        [*_LATER, *_NOBODY, "/usr/bin/env", "python3", elsewhere / "build", *words, other],
        cwd="/", env=_OTHER_SETTINGS, umask=0o077, check=True,
    )  # fmt: skip
    assert other.stat().st_uid != (tmp_path / "fn").stat().st_uid
    assert (tmp_path / "fn").read_bytes() == other.read_bytes()


def test_the_library_in_rust_does_not_depend_on_its_folder(tmp_path: Path) -> None:
    library, _ = crates.orjson_library()
    source = next(path for path in library.parent.glob("orjson-*") if path.is_dir())
    copy = shutil.copytree(source, tmp_path / "in" / "another" / "folder")
    assert crates.compile_library(Path(copy)).read_bytes() == library.read_bytes()
