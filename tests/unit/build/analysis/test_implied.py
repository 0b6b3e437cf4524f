"""The hooks for imports that no statement shows, and what the import of an extension module brings."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.analysis.imports import implied
from build.analysis.imports.implied import brought_by, write_hooks


def test_hooks_are_made_for_what_no_statement_shows(tmp_path: Path) -> None:
    about = tmp_path / "packages" / "more-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: more\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[sample.plugins]\nmore = sample_more:run\n[array_api]\nx = numeric\n")
    for name in ("quick/_speed.so", "quick/seen.abi3.so", "quick.libs/libz-1a.so.1", "quick/lib-no.name.so"):
        (tmp_path / "packages" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "packages" / name).touch()
    write_hooks(tmp_path / "hooks", [tmp_path / "packages"], [tmp_path / "packages"], [], ["quick.seen"])
    made = {path.name: path.read_text() for path in (tmp_path / "hooks").glob("*.py")}
    assert made.keys() == {"hook-sample.py", "hook-quick._speed.py"}
    assert "['sample_more']" in made["hook-sample.py"]


def test_a_module_that_cannot_be_imported_brings_what_it_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(implied, "CACHE", tmp_path / "cache")
    (tmp_path / "first.py").write_text("print('a word')\nimport second\nraise RuntimeError\n")
    (tmp_path / "second.py").write_text("")
    assert brought_by("first", tmp_path / "first.py", [tmp_path]) == ["second"]


def test_a_module_that_is_compiled_anew_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(implied, "CACHE", tmp_path / "cache")
    pins = tmp_path / "pins.txt"
    monkeypatch.setattr(implied, "PINS", pins)
    file = tmp_path / "first.py"  # for the probe, a module is a module
    file.write_text("import second\n")
    pins.write_text("one==1\n")
    (tmp_path / "second.py").write_text("")
    (tmp_path / "third.py").write_text("")
    assert brought_by("first", file, [tmp_path]) == ["first", "second"]
    file.write_text("import third\n")
    assert brought_by("first", file, [tmp_path]) == ["first", "third"]
    (tmp_path / "third.py").write_text("import second\n")
    assert brought_by("first", file, [tmp_path]) == ["first", "third"]  # is kept
    pins.write_text("one==2\n")
    assert brought_by("first", file, [tmp_path]) == ["first", "second", "third"]


def test_a_package_that_code_in_c_names_is_in_the_file(tmp_path: Path) -> None:
    """As duckdb's names numpy, and imports it when one of its functions is called."""
    for name, place, content in [
        ("quick", "quick/_speed.so", b"\0numeric\0quick\0no\0numericals\0"), ("numeric", "numeric/__init__.py", b""),
        ("unseen", "no_more/__init__.py", b""),
    ]:  # fmt: skip
        about = tmp_path / "packages" / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "RECORD").write_text(f"{place},,\n../../bin/{name}.py,,\n")
        (tmp_path / "packages" / place).parent.mkdir(exist_ok=True)
        (tmp_path / "packages" / place).write_bytes(content)
    write_hooks(tmp_path / "hooks", [tmp_path / "packages"], [tmp_path / "packages"], [], ["quick._speed"])
    made = {path.name: path.read_text() for path in (tmp_path / "hooks").glob("*.py")}
    assert made.keys() == {"hook-quick._speed.py"}
    assert "['numeric']" in made["hook-quick._speed.py"]
