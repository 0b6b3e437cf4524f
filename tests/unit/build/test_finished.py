"""The cache of finished files: what belongs to one is kept with it, and one may take another's place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from build.core.configuration import BuildConfig, Contents
from build.core.errors import BuildError
from build.finished import Finished, Request
from build.sbom import document
from build.snapshot.suitability import UnsuitableError


def _kept(folder: Path, *, unsuitable: UnsuitableError | None = None, zones: bool = False) -> Finished:
    work = folder / "work"
    (work / "link").mkdir(parents=True)
    (work / "fn").write_text("the file")
    (work / "link" / "link.map").write_text("the map")
    (work / document.NAME).write_text("the SBOM")
    config = BuildConfig(work, work, work / "fn", None, [], [], [], [], "static", False, Contents())
    finished = Finished(folder / "files" / "key")
    finished.keep(config, "static", ["one note", "another"], unsuitable, zones=zones)
    return finished


def test_all_that_belongs_to_a_file_is_kept(tmp_path: Path) -> None:
    assert not Finished(tmp_path / "files" / "key").exists
    finished = _kept(tmp_path, zones=True)
    assert finished.exists and finished.is_static and finished.needs_time_zones
    assert finished.notes == ["one note", "another"]
    texts = [path.read_text() for path in (finished.file, finished.link_map, finished.sbom)]
    assert texts == ["the file", "the map", "the SBOM"]
    finished.require_snapshot()


def test_why_there_is_no_snapshot_is_known_later(tmp_path: Path) -> None:
    finished = _kept(tmp_path, unsuitable=UnsuitableError("two snapshots differ", "do otherwise"))
    assert not finished.needs_time_zones
    with pytest.raises(BuildError, match="two snapshots differ") as raised:
        Finished(finished.folder).require_snapshot()
    assert raised.value.advice == "do otherwise"


def test_a_file_set_aside_can_take_its_place_back(tmp_path: Path) -> None:
    finished = _kept(tmp_path)
    aside = finished.set_aside()
    assert aside.exists and not finished.exists
    finished.folder.mkdir()
    (finished.folder / "fn").write_text("another file")
    aside.take_place_of(finished)
    assert finished.file.read_text() == "the file" and not aside.folder.exists()


def test_files_built_long_ago_go(tmp_path: Path) -> None:
    for name, age in (("old", 8), ("young", 6)):
        folder = tmp_path / "files" / name
        folder.mkdir(parents=True)
        built = folder.parent.stat().st_mtime - age * 24 * 3600
        os.utime(folder, (built, built))
    _kept(tmp_path)
    assert {path.name for path in (tmp_path / "files").iterdir()} == {"young", "key"}


def test_the_key_tells_requests_apart(tmp_path: Path) -> None:
    request = Request(tmp_path, None, "auto", "auto", False, [], False, Contents())
    others = [
        request.with_link("static"),
        Request(tmp_path, None, "auto", "none", False, [], False, Contents()),
        Request(tmp_path, None, "auto", "auto", True, [], False, Contents()),
        Request(tmp_path, None, "auto", "auto", False, ["greet"], False, Contents()),
        Request(tmp_path, None, "auto", "auto", False, [], True, Contents()),
        Request(tmp_path, None, "auto", "auto", False, [], False, Contents(excluded=["a"])),
    ]
    assert len({Finished.of(each).folder for each in [request, *others]}) == 1 + len(others)
    assert Finished.of(request).folder == Finished.of(request.with_link("auto")).folder
