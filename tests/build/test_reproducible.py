"""Two reproducible builds of one commit: other folder, other user, other time, other settings, the same bytes.

Needs root, to build as another user. Shared by both builds: the interpreter's source, orjson's library (compiled twice
in a case of its own) and the environment of the pins. All else is made twice: extension modules, archive, link, image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from build.core.paths import CACHE
from build.toolchain import orjson
from tests.conftest import ROOT

_SHARED = ("orjson", "sdists", "llhttp", "python*-source")  # what is downloaded: no server is trusted at another time
_NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
_LATER = ["faketime", "2031-05-05 05:05:05"]
_NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere", "CONTAINER_HOST": "unix:///nowhere"}
_OTHER_SETTINGS = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "Asia/Tokyo", **_NO_ENGINE}


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Path]:
    """A copy of the repository that belongs to another user, at a path of another length."""
    assert os.geteuid() == 0, "building as another user needs root"
    with tempfile.TemporaryDirectory(prefix="fn-a-path-of-another-length-") as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder) / "source"
        subprocess.run(["git", "clone", "-q", "--no-checkout", "--depth", "1", f"file://{ROOT}", copy], check=True)
        ignore = shutil.ignore_patterns(".git", ".cache", ".venv", "dist", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=ignore, dirs_exist_ok=True)
        subprocess.run(["git", "-C", copy, "reset", "-q"], check=True)
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


def _words(link: str, folder: Path) -> list[str]:
    output, archive = str(folder / "fn"), str(folder / "image.tar")
    return ["image", "--reproducible", "--link", link, "--output", output, "--archive", archive]


@pytest.mark.parametrize("link", ["static", "portable"])
def test_the_same_bytes(link: str, elsewhere: Path, tmp_path: Path) -> None:
    """Of the file, and of the archive with the image: layers, configuration, index. Both are built at once."""
    other = elsewhere / "made"
    ours = [sys.executable, str(ROOT / "build"), *_words(link, tmp_path)]
    theirs = [*_LATER, *_NOBODY, "/usr/bin/env", "python3", str(elsewhere / "build"), *_words(link, other)]
    with subprocess.Popen(theirs, cwd="/", env=_OTHER_SETTINGS, umask=0o077) as second:
        subprocess.run(ours, env={**os.environ, **_NO_ENGINE}, check=True)
        assert second.wait() == 0
    assert (other / "fn").stat().st_uid != (tmp_path / "fn").stat().st_uid
    for name in ("fn", "image.tar"):
        assert (tmp_path / name).read_bytes() == (other / name).read_bytes(), name
    with tarfile.open(tmp_path / "image.tar") as image:
        (config,) = (json.loads(content.read()) for content in _configurations(image))
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert config["config"]["Labels"]["org.opencontainers.image.revision"].startswith(commit.stdout.strip())


def _configurations(image: tarfile.TarFile) -> Iterator[IO[bytes]]:
    listed = image.extractfile("manifest.json")
    assert listed is not None
    for each in json.loads(listed.read()):
        found = image.extractfile(each["Config"])
        assert found is not None
        yield found


def test_the_library_in_rust_does_not_depend_on_its_folder(tmp_path: Path) -> None:
    library, _ = orjson.orjson_library()
    source = next(path for path in library.parent.glob("orjson-*") if path.is_dir())
    copy = shutil.copytree(source, tmp_path / "in" / "another" / "folder")
    assert orjson.compile_library(Path(copy)).read_bytes() == library.read_bytes()
