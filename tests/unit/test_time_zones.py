"""Whether a file holds time zones: those of tzdata, among the packages of its author."""

from __future__ import annotations

from pathlib import Path

from build.analysis.data_files import time_zones


def test_zones_are_those_of_an_authors_tzdata(tmp_path: Path) -> None:
    assert time_zones(None) == time_zones(tmp_path) == {}
    folder = tmp_path / "tzdata" / "zoneinfo" / "Europe"
    folder.mkdir(parents=True)
    for package in (folder, *folder.parents[:2]):
        (package / "__init__.py").touch()
    assert time_zones(tmp_path).keys() == {"tzdata", "tzdata.zoneinfo", "tzdata.zoneinfo.Europe"}
