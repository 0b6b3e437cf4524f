"""A cache or an environment that is a link to elsewhere: paths are those of where it really lies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from build.cli import maintenance, parser
from build.core.paths import ROOT


def _printed(python: Path | str, code: str, root: Path) -> str:
    words = [str(python), "-P", "-c", code]
    environment = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_the_cache_is_where_its_link_leads(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    shutil.copytree(ROOT / "build" / "core", root / "build" / "core")
    elsewhere.mkdir()
    (root / ".cache").symlink_to(elsewhere)
    code = "from build.core.paths import CACHE; print(CACHE)"
    assert _printed(sys.executable, code, root) == str(elsewhere.resolve())


def test_packages_are_where_the_link_of_their_environment_leads(tmp_path: Path) -> None:
    (tmp_path / "venv").symlink_to(sys.prefix)
    code = "import sys; from build.core.distributions import PINNED; print(sys.prefix, PINNED)"
    prefix, pinned = _printed(tmp_path / "venv" / "bin" / "python", code, ROOT).split()
    assert prefix == str(tmp_path / "venv")
    assert Path(pinned).is_relative_to(Path(sys.prefix).resolve())


def test_what_a_link_leads_to_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    (root / "dist").mkdir(parents=True)
    elsewhere.mkdir()
    (root / ".cache").symlink_to(elsewhere)
    (root / ".venv").symlink_to(tmp_path / "gone")
    monkeypatch.setattr(maintenance, "ROOT", root)
    assert parser.execute(parser.parse(["clean"])) == 0
    assert list(root.iterdir()) == []
    assert elsewhere.is_dir()
    assert capsys.readouterr().out == (
        f"removed dist/\nremoved the link .cache; {elsewhere} stays as it is\n"
        f"removed the link .venv; {tmp_path / 'gone'} stays as it is\n"
    )
