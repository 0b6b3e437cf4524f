"""The cache of finished files: where each lies, with all that belongs to it, and what its key depends on."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from build.core.cache import digest
from build.core.configuration import EVERY_TRICK, BuildConfig, Contents, Tricks
from build.core.dates import source_date
from build.core.errors import BuildError
from build.core.paths import CACHE, ROOT
from build.sbom import document
from build.snapshot.suitability import UnsuitableError

_SOURCES = [
    "entry", "build/core", "build/toolchain", "build/analysis", "build/archive", "build/link", "build/boot",
    "build/snapshot", "build/sbom", "build/finished.py", "build/pipeline.py", "build/verify.py", "pyproject.toml",
]  # fmt: skip
_WEEK = 7 * 24 * 3600


def builder_sources(root: Path = ROOT) -> list[Path | str]:
    """Return all that a file depends on beside the handlers, for the cache's key: names and files."""
    found = (path for name in _SOURCES for path in [root / name, *sorted((root / name).rglob("*"))])
    files = (path for path in found if path.is_file() and path.suffix not in (".md", ".pyc"))
    own = (path for path in files if not path.is_relative_to(root / "entry" / "testing"))
    return [part for path in own for part in (str(path.relative_to(root)), path)]


@dataclass(frozen=True)
class Request:
    """What somebody wants built. `snapshot`: "auto", "required" or "none"; see `build.pipeline.build` for the rest."""

    handlers: Path
    requirements: Path | None
    link: str
    snapshot: str
    preload: bool
    only: Sequence[str]
    reproducible: bool
    contents: Contents
    tricks: Tricks = EVERY_TRICK

    def with_link(self, link: str) -> Request:
        return replace(self, link=link)


class Finished:
    """A folder of the cache with a finished file and what belongs to it; empty while there is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "fn"
        self.sbom = folder / document.NAME
        self.link_map = folder / "link.map"
        self._notes, self._unsuitable = folder / "notes", folder / "unsuitable"
        self._zones, self._static = folder / "time-zones", folder / "static"

    @classmethod
    def of(cls, request: Request) -> Finished:
        sources = [*builder_sources(), request.handlers, *([request.requirements] if request.requirements else [])]
        kind = [request.link, "cold" if request.snapshot == "none" else "warm"]
        kind += ["preloaded" if request.preload else "lean"]
        kind += ["reproducible" if request.reproducible else "drawn seed", str(source_date())]
        kind += [*request.only, request.contents.key, *request.tricks.left_out]
        key = digest([*sources, *request.contents.hooks, sys.version, " ".join(kind)])
        return cls(CACHE / "files" / key)

    @property
    def exists(self) -> bool:
        return self.file.exists()

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

    def keep(
        self, config: BuildConfig, link: str, notes: Sequence[str], unsuitable: UnsuitableError | None, *, zones: bool
    ) -> None:
        """Move a file that was built and verified here, and remove those built more than a week ago."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.parent.glob("*"):
            if old.stat().st_mtime < self.folder.stat().st_mtime - _WEEK:
                shutil.rmtree(old)
        if unsuitable:
            self._unsuitable.write_text(json.dumps([str(unsuitable), unsuitable.advice]))
        self._notes.write_text("\n".join(notes))
        (config.work / "link" / "link.map").rename(self.link_map)
        (config.work / document.NAME).rename(self.sbom)
        for mark, is_set in ((self._zones, zones), (self._static, link == "static")):
            if is_set:
                mark.touch()
        config.output.rename(self.file)

    def set_aside(self) -> Finished:
        """Move the folder beside its place; return where it is now."""
        aside = Finished(self.folder.with_name(f"{self.folder.name}.aside"))
        aside.remove()
        self.folder.rename(aside.folder)
        return aside

    def take_place_of(self, other: Finished) -> None:
        other.remove()
        self.folder.rename(other.folder)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def put_in_place(finished: Path, output: Path, *, mode: int) -> None:
    """Write a copy by one whole write, which Linux then keeps, and maps, in large pages; nobody sees it half done."""
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    unfinished.write_bytes(finished.read_bytes())
    unfinished.chmod(mode)
    unfinished.rename(output)


@contextmanager
def locked() -> Iterator[None]:
    """Let one build at a time work in the cache."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
