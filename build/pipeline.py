"""Build the file: only what has changed, one build at a time; put nothing in place before it was seen to work."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from build import pack
from build.core.cache import digest
from build.core.configuration import BuildConfig, Contents
from build.core.console import step
from build.core.dates import source_date
from build.core.errors import BuildError
from build.core.paths import CACHE, ROOT, shown
from build.link import c_libraries, inputs, machine_libraries
from build.sbom import document
from build.snapshot.heap.capture import capture
from build.snapshot.heap.embed import Snap, embed
from build.snapshot.process.builder import build_snapshot
from build.snapshot.process.determinism import DifferenceError
from build.snapshot.suitability import UnsuitableError, refuse_unsuitable_imports
from build.toolchain.requirements import author_packages
from build.verify import verify
from entry.snapshot.audit_tables import DRAWS, EACH_TIME_ANOTHER

_SOURCES = [
    "entry", "build/core", "build/toolchain", "build/analysis", "build/archive", "build/link", "build/boot",
    "build/snapshot", "build/sbom", "build/pack.py", "build/pipeline.py", "build/verify.py", "pyproject.toml",
]  # fmt: skip


def builder_sources(root: Path = ROOT) -> list[Path | str]:
    """For the cache's key, all that a file depends on beside the handlers: names and files, and no others' files."""
    found = (path for name in _SOURCES for path in [root / name, *sorted((root / name).rglob("*"))])
    files = (path for path in found if path.is_file() and path.suffix not in (".md", ".pyc"))
    own = (path for path in files if not path.is_relative_to(root / "entry" / "testing"))
    return [part for path in own for part in (str(path.relative_to(root)), path)]


_STATIC = "static"  # beside a finished file of that link


class BuildResult(NamedTuple):
    """A finished file, the linker's map of it, and whether an image has to hold the time zones beside it."""

    file: Path
    link_map: Path
    needs_time_zones: bool


def build_file(
    handlers: Path, requirements: Path | None, output: Path, *, link: str = "auto", snapshot: str = "auto"
) -> Path:
    """Build the file of all handlers at `output`; raise BuildError and leave an earlier one as it was."""
    return build(handlers, requirements, output, link=link, snapshot=snapshot).file


def build(
    handlers: Path,
    requirements: Path | None,
    output: Path,
    *,
    link: str,
    snapshot: str,
    preload: bool = False,
    only: Sequence[str] = (),
    reproducible: bool = False,
    contents: Contents | None = None,
) -> BuildResult:
    """Build the file of the handlers named in `only`, or of all.

    `snapshot`: "auto", "required" or "none". `preload`: it also holds what handlers import inside functions.
    `reproducible`: the same bytes each time, in whatever folder, by whomever and when (docs/supply-chain.md).
    """
    contents = contents or Contents()
    print(f"building {shown(output)} from {shown(handlers)}", flush=True)
    date, packages = source_date(), author_packages(requirements)
    sources = [*builder_sources(), handlers, *([requirements] if requirements else []), *contents.hooks]

    def place(link: str) -> Path:
        kind = [link, "cold" if snapshot == "none" else "warm", "preloaded" if preload else "lean"]
        kind += ["reproducible" if reproducible else "drawn seed", str(date), *only, contents.key]
        return CACHE / "files" / digest([*sources, sys.version, " ".join(kind)])

    with _locked(CACHE / "lock"):
        finished = place(link)
        if link != "portable" and not (finished / "fn").exists():
            link = inputs.toolchain(link)
            finished = place(link)  # of another link, on a machine that lacks the toolchain of the static one
        if not (finished / "fn").exists():

            def build_linked(link: str, requested: str, why: str = "") -> UnsuitableError | None:
                work = CACHE / "work"
                shutil.rmtree(work, ignore_errors=True)
                work.mkdir(parents=True)
                config, index = pack.stage(
                    handlers, packages, work, link, preload=preload, only=only, contents=contents
                )
                if snapshot == "required":
                    possible = "static" if link == "static" else "portable"
                    refuse_unsuitable_imports(pack.imports_of(work)["refused"], possible)
                return _build(config, index, finished, why, snapshot=requested, reproducible=reproducible)

            _build_best(build_linked, finished, link, snapshot)
        elif snapshot == "required" and (finished / "unsuitable").exists():
            raise BuildError(*json.loads((finished / "unsuitable").read_text()))
        else:
            with step("file") as line:
                line.note("cached")
    for note in (finished / "notes").read_text().splitlines():
        print(f"  {note}", flush=True)
    put_in_place(finished / "fn", output, mode=0o755)
    put_in_place(finished / document.NAME, sbom_beside(output), mode=0o644)
    print(f"{shown(output)}: {output.stat().st_size / 1e6:.1f} MB", flush=True)
    return BuildResult(output, finished / "link.map", (finished / "time-zones").exists())


_NO_ZONES = (
    "warning: zoneinfo is used, and the file holds no time zones: add tzdata to the requirements, or see to it that "
    "/usr/share/zoneinfo is in the image"
)


def _build_best(
    build: Callable[[str, str, str], UnsuitableError | None], finished: Path, link: str, snapshot: str
) -> None:
    """Build a static file; where its heap cannot be a snapshot, but a portable file's process can, a portable one.

    Raise UnsuitableError when neither can, and a snapshot is required.
    """
    if link != "auto":
        build(link, snapshot, "")
        return
    problem = build(link, "none" if snapshot == "none" else "auto", "")
    if problem and (finished / _STATIC).exists():
        static = finished.with_name(f"{finished.name}.static")
        shutil.rmtree(static, ignore_errors=True)
        finished.rename(static)
        why = f"a static file would boot cold ({problem}); {inputs.COST_OF_PORTABLE}"
        still = build("portable", "auto", why)
        shutil.rmtree(finished if still else static)
        if still:
            static.rename(finished)
        problem = still and problem
    if problem and snapshot == "required":
        shutil.rmtree(finished)
        raise problem


def _build(
    config: BuildConfig, index: dict[str, str], finished: Path, why: str, *, snapshot: str, reproducible: bool
) -> UnsuitableError | None:
    """Build one file with all that belongs to it; why it has no snapshot, unless none is requested."""
    link, reason = pack.pack(config)
    why = why or reason
    notes = [f"link         {link}: {why}"] if why else []
    imports = pack.imports_of(config.work)
    notes += [f"printed      {place}: {line}" for place, line in imports["printed"]]
    if pack.lacks_time_zones(config):
        notes.append(_NO_ZONES)
    finish = _finish if link == "static" else _finish_portable
    try:
        unsuitable = finish(config, imports["refused"], requested=snapshot, reproducible=reproducible)
    except DifferenceError as error:
        raise _naming_suspects(error, imports["reported"]) from None
    if isinstance(unsuitable, DifferenceError):
        unsuitable = _naming_suspects(unsuitable, imports["reported"])
    if unsuitable:
        notes += [f"snapshot     none, each run boots cold: {unsuitable}", f"             {unsuitable.advice}"]
    elif snapshot != "none":
        notes += [f"warning: {place}: {words}" for place, words in imports["reported"] if not words.startswith(DRAWS)]
    with step("check") as line:
        line.note(verify(config.output, index, is_warm=snapshot != "none" and not unsuitable))
    for old in finished.parent.glob("*"):
        if old.stat().st_mtime < finished.parent.stat().st_mtime - 7 * 24 * 3600:
            shutil.rmtree(old)
    finished.mkdir(parents=True, exist_ok=True)
    if unsuitable:
        (finished / "unsuitable").write_text(json.dumps([str(unsuitable), unsuitable.advice]))
    (finished / "notes").write_text("\n".join(notes))
    (config.work / "link" / "link.map").rename(finished / "link.map")
    if pack.needs_time_zones(config):
        (finished / "time-zones").touch()
    (config.work / document.NAME).rename(finished / document.NAME)
    if link == "static":
        (finished / _STATIC).touch()
    config.output.rename(finished / "fn")
    return unsuitable


def _naming_suspects(error: DifferenceError, reported: Sequence[tuple[str, str]]) -> DifferenceError:
    """Return the same error with the imports that read what differs each time."""
    suspects = [
        f"{place}: {words.partition(': ')[0]}" for place, words in reported if words.startswith(EACH_TIME_ANOTHER)
    ]
    return DifferenceError(str(error), "\n             ".join([error.advice, *suspects]))


def _finish(
    config: BuildConfig, refused: Sequence[tuple[str, str]], *, requested: str, reproducible: bool
) -> UnsuitableError | None:
    """Take the snapshot of the linked file and seals it; why it goes without one, unless that is asked for."""
    linked = config.output.rename(config.work / "linked")
    link_map = config.work / "link" / "link.map"
    snap = Snap.read(link_map)
    image, unsuitable = None, None
    if requested != "none":
        with step("snapshot") as line:
            try:
                refuse_unsuitable_imports(refused, "static")
                image = capture(linked, snap, config.work, reproducible=reproducible)
                line.note(f"{len(image) / 1e6:.1f} MB")
            except UnsuitableError as error:
                if requested == "required":
                    raise
                unsuitable = error
                line.note("none (see below)")
    embed(linked, config.output, image, snap, c_libraries.read(link_map))
    return unsuitable


def _finish_portable(
    config: BuildConfig, refused: Sequence[tuple[str, str]], *, requested: str, reproducible: bool
) -> UnsuitableError | None:
    """Return the same for a portable file."""
    if requested == "none":
        return None
    linked = config.output.rename(config.work / "linked")
    loader, libc = machine_libraries.loader_and_libc()
    with step("snapshot") as line:
        try:
            refuse_unsuitable_imports(refused, "portable")
            if reproducible:
                raise UnsuitableError(
                    "the snapshot of a process differs from folder to folder",
                    "build without --reproducible to boot warm, or with --link static where that is possible",
                )
            file, length = build_snapshot(linked, config.work, loader=loader, libc=libc, reproducible=reproducible)
        except UnsuitableError as error:
            if requested == "required":
                raise
            line.note("none (see below)")
            linked.rename(config.output)
            return error
        line.note(f"{length / 1e6:.1f} MB")
    config.output.write_bytes(file)
    config.output.chmod(0o755)
    return None


def sbom_beside(file: Path) -> Path:
    """Return the path of the SBOM beside a file."""
    return file.with_name(f"{file.name}.cdx.json")


def put_in_place(finished: Path, output: Path, *, mode: int) -> None:
    """Write a copy by one whole write, which Linux then keeps, and maps, in large pages; nobody sees it half done."""
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    unfinished.write_bytes(finished.read_bytes())
    unfinished.chmod(mode)
    unfinished.rename(output)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One build at a time works in the cache."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
