"""Two reproducible builds of one commit: other folder, other user, other time, other settings, the same bytes.

Needs root, to build as another user. Shared by both builds: the interpreter's source, orjson's library (compiled twice
in a case of its own), the packages of requirements, the environment of the pins and compressed blocks of modules. All
else is made twice: extension modules, byte code, archive, link, snapshot, image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from build.core.paths import CACHE
from build.toolchain import orjson
from build.toolchain.requirements import author_packages
from tests.conftest import ROOT

# What is downloaded: no server is trusted at another time. And what is compressed, which is found by its content.
_SHARED = ("orjson", "sdists", "python*-source", "blocks")
_NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
_LATER = ["faketime", "2031-05-05 05:05:05"]
_NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere", "CONTAINER_HOST": "unix:///nowhere"}
_OTHER_SETTINGS = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "Asia/Tokyo", **_NO_ENGINE}

_PACKAGES = Path("tests", "portable", "packages")
_OWNER = """
import os

from entry import handler

OWNER = [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups(), os.path.expanduser("~")]


@handler
def owner(data: object) -> list[object]:
    return OWNER
"""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Path]:
    """A copy of the repository that belongs to another user, at a path of another length."""
    assert os.geteuid() == 0, "building as another user needs root"
    with tempfile.TemporaryDirectory(prefix="fn-a-path-of-another-length-") as folder:
        Path(folder).chmod(0o755)
        copy = Path(folder) / "source"
        subprocess.run(["git", "clone", "-q", "--no-checkout", "--depth", "1", f"file://{ROOT}", copy], check=True)
        # Of what checks and tests keep, other processes have unfinished files, which are gone when they are copied.
        ignore = shutil.ignore_patterns(".git", ".cache", ".venv", "dist", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, copy, ignore=ignore, dirs_exist_ok=True)
        subprocess.run(["git", "-C", copy, "reset", "-q"], check=True)
        (copy / ".cache").mkdir()
        subprocess.run(["chown", "-R", "nobody", copy], check=True)
        packages = author_packages(ROOT / _PACKAGES / "requirements.txt")
        assert packages
        for kept in [ROOT / ".venv", packages, *(path for pattern in _SHARED for path in CACHE.glob(pattern))]:
            shutil.copytree(kept, copy / kept.relative_to(ROOT), symlinks=True, copy_function=_link_or_copy)
        shutil.chown(copy / ".cache" / "blocks", "nobody")  # where others are added
        yield copy


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy2(source, target)


def _image(root: Path, folder: Path) -> list[str]:
    """Return the words that make the file of the catalogue, and its image."""
    return ["image", "--link", "static", "--archive", str(folder / "image.tar")]


def _with_packages(root: Path, folder: Path) -> list[str]:
    """Return the words that make a file whose imports start threads, ask who the user is, and have code in Rust."""
    handlers = root / ".cache" / "with-packages" / "handlers"
    handlers.mkdir(parents=True, exist_ok=True)
    for source in ("with_numpy/numbers.py", "with_others/order.py"):
        shutil.copy(root / _PACKAGES / source, handlers)
    (handlers / "owner.py").write_text(_OWNER)
    requirements = root / _PACKAGES / "requirements.txt"
    return ["--link", "portable", "--handlers", str(handlers), "--requirements", str(requirements)]


def _options(folder: Path) -> list[str]:
    return ["--reproducible", "--snapshot", "required", "--output", str(folder / "fn")]


def _remove_left_memory_of_faketime() -> None:
    """That of processes that were killed: faketime fails where one with its own number has left some."""
    for memory in Path("/dev/shm").glob("*faketime_s*_*"):
        if not Path("/proc", memory.name.rpartition("_")[2]).exists():
            memory.unlink(missing_ok=True)


def _assert_the_same(words: Callable[[Path, Path], list[str]], elsewhere: Path, tmp_path: Path) -> None:
    """Build twice, at once; compare all that was made."""
    other = elsewhere / "made" / tmp_path.name
    ours = [sys.executable, str(ROOT / "build"), *words(ROOT, tmp_path), *_options(tmp_path)]
    _remove_left_memory_of_faketime()
    as_nobody = [*_LATER, *_NOBODY, "/usr/bin/env", "python3"]
    theirs = [*as_nobody, str(elsewhere / "build"), *words(elsewhere, other), *_options(other)]
    with subprocess.Popen(theirs, cwd="/", env=_OTHER_SETTINGS, umask=0o077) as second:
        subprocess.run(ours, env={**os.environ, **_NO_ENGINE}, check=True)
        assert second.wait() == 0
    assert (other / "fn").stat().st_uid != (tmp_path / "fn").stat().st_uid
    for made in (path for path in tmp_path.iterdir() if path.is_file()):
        assert made.read_bytes() == (other / made.name).read_bytes(), made.name


def test_the_same_bytes_of_a_static_file_and_of_its_image(elsewhere: Path, tmp_path: Path) -> None:
    """Layers, configuration, index."""
    _assert_the_same(_image, elsewhere, tmp_path)
    with tarfile.open(tmp_path / "image.tar") as image:
        (config,) = (json.loads(content.read()) for content in _configurations(image))
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    assert config["config"]["Labels"]["org.opencontainers.image.revision"].startswith(commit.stdout.strip())


def test_the_same_bytes_of_a_portable_file_with_numpy_and_pydantic(elsewhere: Path, tmp_path: Path) -> None:
    """The snapshot of its process, too."""
    _assert_the_same(_with_packages, elsewhere, tmp_path)


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
