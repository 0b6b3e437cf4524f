"""What the build says of a file whose code asks for time zones."""

from __future__ import annotations

from pathlib import Path

from build.core.configuration import BuildConfig, Contents
from build.pack import lacks_time_zones


def test_zones_are_asked_for_and_not_there(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    paths = [tmp_path, packages, tmp_path]
    config = BuildConfig(tmp_path, tmp_path, tmp_path / "fn", packages, paths, [], [], [], "auto", False, Contents())
    assert not lacks_time_zones(config)
    (tmp_path / "time-zones").touch()
    assert lacks_time_zones(config)
    (packages / "tzdata").mkdir()
    assert not lacks_time_zones(config)
