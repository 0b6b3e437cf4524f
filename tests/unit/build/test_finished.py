"""The cache of finished files: what belongs to one is kept with it; there is room for the latest, and those in use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from build import finished
from build.core.configuration import BuildConfig, Contents
from build.core.errors import BuildError
from build.finished import Finished, Request
from build.link import machine_files
from build.sbom import document
from build.snapshot.suitability import UnsuitableError


def _kept(
    folder: Path,
    name: str = "key",
    *,
    unsuitable: UnsuitableError | None = None,
    zones: bool = False,
    libraries: Sequence[Path] = (),
) -> Finished:
    work = folder / "work" / name
    (work / "link").mkdir(parents=True)
    (work / "fn").write_text("the file")
    (work / "link" / "link.map").write_text("the map")
    (work / document.NAME).write_text("the SBOM")
    machine_files.note(libraries, work / machine_files.NAME)
    config = BuildConfig(work, work, work / "fn", None, [], [], [], [], "static", False, Contents())
    made, kept = Finished(work / "finished"), Finished(folder / "files" / name)
    made.fill(config, "static", ["one note", "another"], unsuitable, zones=zones)
    kept.keep(made)
    return kept


def test_all_that_belongs_to_a_file_is_kept(tmp_path: Path) -> None:
    assert not Finished(tmp_path / "files" / "key").exists
    kept = _kept(tmp_path, zones=True)
    assert kept.exists and kept.is_static and kept.needs_time_zones
    assert kept.notes == ["one note", "another"]
    texts = [path.read_text() for path in (kept.file, kept.link_map, kept.sbom)]
    assert texts == ["the file", "the map", "the SBOM"]
    kept.require_snapshot()


def test_why_there_is_no_snapshot_is_known_later(tmp_path: Path) -> None:
    kept = _kept(tmp_path, unsuitable=UnsuitableError("two snapshots differ", "do otherwise"))
    assert not kept.needs_time_zones
    with pytest.raises(BuildError, match="two snapshots differ") as raised:
        Finished(kept.folder).require_snapshot()
    assert raised.value.advice == "do otherwise"


def test_a_file_of_a_library_that_was_updated_is_made_anew(tmp_path: Path) -> None:
    library, other = tmp_path / "libcrypto.a", tmp_path / "libz.so.1.2"
    library.write_text("before")
    other.touch()
    kept = _kept(tmp_path, libraries=[library, other])
    assert _is_found(kept)
    library.write_text("after.")
    os.utime(library, ns=(0, 0))
    assert not _is_found(kept)
    shutil.rmtree(tmp_path / "work")
    assert _kept(tmp_path, libraries=[library, other]).folder == kept.folder
    assert _is_found(kept)
    other.unlink()
    assert not _is_found(kept)


def _is_found(file: Finished) -> bool:
    with file.in_use() as is_there:
        assert is_there == file.exists
        return is_there


@pytest.fixture
def room_for_three(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Room for three files with what belongs to them, and a bit more."""
    measured = _kept(tmp_path / "measured")
    monkeypatch.setattr(finished, "_ROOM", int(3.5 * sum(path.stat().st_size for path in measured.folder.iterdir())))


def _aged(file: Finished, age: int) -> Finished:
    """The same, last used some hours ago."""
    used = file.file.stat().st_mtime - age * 3600
    os.utime(file.folder, (used, used))
    return file


@pytest.mark.usefixtures("room_for_three")
def test_files_that_were_used_longest_ago_go(tmp_path: Path) -> None:
    for name, age in (("built first", 4), ("used again", 3), ("built last", 2)):
        _aged(_kept(tmp_path, name), age)
    with Finished(tmp_path / "files" / "used again").in_use() as is_there:
        assert is_there
    _kept(tmp_path, "new")
    assert {path.name for path in (tmp_path / "files").iterdir()} == {"used again", "built last", "new"}
    _kept(tmp_path, "newer")
    assert {path.name for path in (tmp_path / "files").iterdir()} == {"used again", "new", "newer"}


@pytest.mark.usefixtures("room_for_three")
def test_a_file_in_use_stays(tmp_path: Path) -> None:
    used, other = _aged(_kept(tmp_path, "used"), 9), _aged(_kept(tmp_path, "other"), 8)
    with used.in_use(), used.in_use() as is_there:  # by two
        _aged(used, 9)
        for name in ("third", "fourth"):
            _kept(tmp_path, name)
        assert is_there
        assert used.file.read_text() == "the file"
    assert not other.exists


@pytest.mark.usefixtures("room_for_three")
def test_a_file_that_is_larger_than_the_room_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finished, "_ROOM", 1)
    before = _aged(_kept(tmp_path, "before"), 1)
    assert _kept(tmp_path, "large").exists
    assert not before.folder.exists()


@pytest.mark.usefixtures("room_for_three")
def test_what_vanishes_while_room_is_made_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    oldest, next_oldest, other = (_aged(_kept(tmp_path, name), age) for name, age in (("a", 4), ("b", 3), ("c", 2)))
    (tmp_path / "files" / "listed").symlink_to("and gone when it was looked at")
    (tmp_path / "files" / "a.gone").mkdir()  # a build was killed
    (tmp_path / "files" / "a.gone" / "fn").touch()

    def taken_by_nobody(folder: int) -> bool:
        shutil.rmtree(next_oldest.folder, ignore_errors=True)  # as if somebody emptied the cache
        return True

    monkeypatch.setattr(finished, "lock_unless_taken", taken_by_nobody)
    monkeypatch.setattr(finished, "_ROOM", 1)
    assert _kept(tmp_path, "new").exists
    assert not any(each.folder.exists() for each in (oldest, next_oldest, other))
    assert not (tmp_path / "files" / "a.gone").exists()


def test_one_build_at_a_time_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    @contextmanager
    def locked(name: str) -> Iterator[None]:
        order.append(f"lock {name}")
        yield
        order.append("release")

    def make_room(newest: Path) -> None:
        order.append(f"room for {newest.name}")

    monkeypatch.setattr(finished, "locked", locked)
    monkeypatch.setattr(finished, "_make_room", make_room)
    _kept(tmp_path)
    assert order == ["lock files", "room for key", "release"]


def test_what_is_not_there_is_not_in_use(tmp_path: Path) -> None:
    with Finished(tmp_path / "files" / "key").in_use() as is_there:
        assert not is_there


def test_the_key_tells_requests_apart(tmp_path: Path) -> None:
    request = Request(tmp_path)
    others = [
        request.with_link("static"),
        Request(tmp_path, snapshot="none"),
        Request(tmp_path, preload=True),
        Request(tmp_path, only=["greet"]),
        Request(tmp_path, reproducible=True),
        Request(tmp_path, contents=Contents(excluded=["a"])),
    ]
    assert len({Finished.of(each).folder for each in [request, *others]}) == 1 + len(others)
    assert Finished.of(request).folder == Finished.of(request.with_link("auto")).folder


@pytest.mark.parametrize(("date", "is_reproducible"), [(None, False), ("1700000000", True)])
def test_each_build_with_a_date_is_reproducible(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, date: str | None, is_reproducible: bool
) -> None:
    """Those that commands make beside their own work, too, such as `python3 build test NAME`."""
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    if date:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", date)
    assert Request(tmp_path).reproducible is is_reproducible
