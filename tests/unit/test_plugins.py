"""Which modules the build adds for the entry points of packages: those that a package in the file looks for."""

from __future__ import annotations

from pathlib import Path

from build.analysis.data_files import plugins


def _distribution(packages: Path, name: str, entry_points: str) -> None:
    about = packages / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(entry_points)


def test_plugins_of_a_package_that_is_in_the_file(tmp_path: Path) -> None:
    _distribution(tmp_path, "more", "[sample.plugins]\nmore = sample_more:run\n[other.plugins]\nmore = not_wanted\n")
    _distribution(tmp_path, "numeric", "[array_api]\nnumeric = numeric\n[console_scripts]\nn = numeric.command:main\n")
    assert plugins(tmp_path, ["array", "sample"]) == {"sample_more"}
    assert plugins(tmp_path, ["sample", "sample_more"]) == set()
    assert plugins(None, ["sample"]) == set()
