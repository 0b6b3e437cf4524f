"""The cache of finished files: where each lies, with all that belongs to it, and what its key depends on.

Several builds use it at a time: a folder appears whole, and goes only while nobody copies from it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from build.core.cache import digest, lock_unless_taken, locked, locked_one
from build.core.configuration import EVERY_TRICK, BuildConfig, Contents, Tricks
from build.core.dates import source_date
from build.core.errors import BuildError
from build.core.paths import CACHE, ROOT
from build.link import machine_files
from build.sbom import document
from build.snapshot.suitability import UnsuitableError
from build.toolchain.requirement_files import key_of

_SOURCES = [
    "entry", "build/core", "build/toolchain", "build/analysis", "build/archive", "build/link", "build/boot",
    "build/snapshot", "build/sbom", "build/finished.py", "build/pipeline.py", "build/verify.py", "pyproject.toml",
]  # fmt: skip
_ROOM = 4 << 30  # bytes of all finished files
_AT_A_TIME = ("work-1", "work-2")  # builds, each in a folder of its own


def builder_sources(root: Path = ROOT) -> list[Path | str]:
    """Return all that a file depends on beside the handlers, for the cache's key: names and files."""
    found = (path for name in _SOURCES for path in [root / name, *sorted((root / name).rglob("*"))])
    # Not even unfinished byte code of another process, which is gone when it is read.
    found = (path for path in found if "__pycache__" not in path.parts and path.suffix not in (".md", ".pyc"))
    files = (path for path in found if path.is_file())
    own = (path for path in files if not path.is_relative_to(root / "entry" / "testing"))
    return [part for path in own for part in (str(path.relative_to(root)), path)]


@cache
def _builder() -> str:
    """Return the digest of these sources when they were first asked for: this process has loaded those."""
    return digest(builder_sources())


@dataclass(frozen=True)
class Request:
    """What somebody wants built.

    `snapshot`: "auto", "required" or "none". `preload`: it also holds what handlers import inside functions. `only`:
    names of handlers, instead of all. `reproducible`: the same bytes each time, in whatever folder, by whomever and
    when, as whenever SOURCE_DATE_EPOCH is set (docs/supply-chain.md).
    """

    handlers: Path
    requirements: Path | None = None
    link: str = "auto"
    snapshot: str = "auto"
    preload: bool = False
    only: Sequence[str] = ()
    reproducible: bool = field(default_factory=lambda: source_date() is not None)
    contents: Contents = field(default_factory=Contents)
    tricks: Tricks = EVERY_TRICK

    def with_link(self, link: str) -> Request:
        return replace(self, link=link)


class Finished:
    """A folder of the cache with a finished file and what belongs to it; empty while there is none.

    Its key does not know which of the machine's libraries a link will take: they are noted beside the file, and after
    an update of one, a build makes the file anew in the same place.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "fn"
        self.sbom = folder / document.NAME
        self.link_map = folder / "link.map"
        self._notes, self._unsuitable = folder / "notes", folder / "unsuitable"
        self._zones, self._static = folder / "time-zones", folder / "static"
        self._machine_files = folder / machine_files.NAME

    @classmethod
    def of(cls, request: Request) -> Finished:
        packages = key_of(request.requirements) if request.requirements else []
        sources = [_builder(), request.handlers, *packages]
        kind = [request.link, "cold" if request.snapshot == "none" else "warm"]
        kind += ["preloaded" if request.preload else "lean"]
        kind += ["reproducible" if request.reproducible else "drawn seed", str(source_date())]
        kind += [*request.only, request.contents.key, *request.tricks.left_out]
        key = digest([*sources, *request.contents.hooks, sys.version, " ".join(kind)])
        return cls(CACHE / "files" / key)

    @property
    def lock(self) -> str:
        """The lock for whoever builds it: others that want the same wait, and have it then."""
        return f"files-{self.folder.name[:2]}"

    @property
    def exists(self) -> bool:
        """Whether the file is there, of the libraries that the machine has now."""
        return self.file.exists() and machine_files.are_as_noted(self._machine_files)

    @property
    def is_static(self) -> bool:
        return self._static.exists()

    @property
    def needs_time_zones(self) -> bool:
        """Whether an image of the file has to hold the time zones beside it."""
        return self._zones.exists()

    @property
    def notes(self) -> list[str]:
        return self._notes.read_text().splitlines()

    def require_snapshot(self) -> None:
        """Raise BuildError if the file has no snapshot, although one was tried."""
        if self._unsuitable.exists():
            raise BuildError(*json.loads(self._unsuitable.read_text()))

    @contextmanager
    def in_use(self) -> Iterator[bool]:
        """Keep the folder from being removed; tell whether the file is there. This use is the latest."""
        try:
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            yield False
            return
        try:
            fcntl.flock(folder, fcntl.LOCK_SH)  # whoever removes it does so in a moment
            is_there = self.exists
            if is_there:
                os.utime(folder)
            yield is_there
        finally:
            os.close(folder)

    def fill(
        self, config: BuildConfig, link: str, notes: Sequence[str], unsuitable: UnsuitableError | None, *, zones: bool
    ) -> None:
        """Move a file that was built and verified here, with all that belongs to it."""
        self.folder.mkdir()
        if unsuitable:
            self._unsuitable.write_text(json.dumps([str(unsuitable), unsuitable.advice]))
        self._notes.write_text("\n".join(notes))
        (config.work / "link" / "link.map").rename(self.link_map)
        (config.work / document.NAME).rename(self.sbom)
        (config.work / machine_files.NAME).rename(self._machine_files)
        for mark, is_set in ((self._zones, zones), (self._static, link == "static")):
            if is_set:
                mark.touch()
        config.output.rename(self.file)

    def keep(self, made: Finished) -> None:
        """Move what was made to its place in the cache, and make room for it: one build at a time."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with locked("files"):
            if self.folder.exists():  # of libraries that the machine had before
                _remove(self.folder, wait=True)
            made.folder.rename(self.folder)
            _make_room(self.folder)


def _make_room(newest: Path) -> None:
    """Remove the files that were used longest ago until the others have room; none that is in use, nor the newest."""
    found = list[tuple[float, Path, int]]()
    for folder in newest.parent.iterdir():
        with suppress(FileNotFoundError):  # somebody empties the cache
            found.append((folder.stat().st_mtime, folder, sum(path.stat().st_size for path in folder.iterdir())))
    too_many = sum(size for _, _, size in found) - _ROOM
    for _, folder, size in sorted(found):
        if too_many > 0 and folder != newest and _remove(folder):
            too_many -= size


def _remove(folder: Path, *, wait: bool = False) -> bool:
    """Remove a folder unless somebody uses it, or once nobody does; tell whether it is gone."""
    gone = folder.with_name(f"{folder.name}.gone")
    shutil.rmtree(gone, ignore_errors=True)  # of a build that was killed
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return True
    try:
        if wait:
            fcntl.flock(opened, fcntl.LOCK_EX)
        elif not lock_unless_taken(opened):
            return False
        folder.rename(gone)
    finally:
        os.close(opened)
    shutil.rmtree(gone, ignore_errors=True)
    return True


@contextmanager
def work_folder() -> Iterator[Path]:
    """Lend an empty folder to build in; where too many builds are at work, wait for one."""
    with locked_one(_AT_A_TIME) as name:
        folder = CACHE / "work" / name.rpartition("-")[2]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder


def put_in_place(finished: Path, output: Path, *, mode: int) -> None:
    """Write a copy by one whole write, which Linux then keeps, and maps, in large pages; nobody sees it half done."""
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    unfinished.write_bytes(finished.read_bytes())
    unfinished.chmod(mode)
    unfinished.rename(output)
