"""CI runs every test there is: no words, no marks and no settings take one away."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from build.cli import parser
from build.core.errors import BuildError
from build.dev import test
from tests import workers
from tests.conftest import ROOT, TESTS

_TAKING_AWAY = {"skip", "skipif", "xfail", "importorskip", "skipTest"}


def test_ci_asks_for_all() -> None:
    last = (ROOT / ".ci" / "run").read_text().splitlines()[-1]
    assert last == "exec python3 build test --all"


@pytest.mark.parametrize("statuses", [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, -9, 0)])
def test_all_means_each_part(monkeypatch: pytest.MonkeyPatch, statuses: tuple[int, ...]) -> None:
    """What can run beside other tests, what cannot, and the handlers' own: one that fails fails the whole."""
    asked: list[Sequence[str]] = []

    def pytest_(words: Sequence[str], directory: Path, environment: Mapping[str, str]) -> int:
        asked.append([word for word in words if not word.startswith(("--durations=", "--basetemp="))])
        return statuses[len(asked) - 1]

    for name in ("require_packages", "build_file", "check", "_check"):
        monkeypatch.setattr(test, name, lambda *words, **options: [])
    monkeypatch.setattr(test, "_pytest", pytest_)
    assert bool(parser.execute(parser.parse(["test", "--all"]))) == any(statuses)
    marked = {str(path) for path in TESTS.rglob("test_*.py") if re.search(r"\balone\b", path.read_text())}
    assert asked[0] == [*test.WORKERS, "-m", "not alone"]
    assert asked[1][:2] == ["-m", "alone"]  # neither leaves out what the other does
    assert {str(TESTS / "snapshot" / "test_fallback.py")} <= {*asked[1][2:]} <= marked
    assert len(asked) == 3
    assert asked[2][0] == f"--fn-file={ROOT / 'dist' / 'fn'}"
    users = {path for path in TESTS.rglob("test_*.py") if re.search(r"def test_\w+\([^)]*\bfn: ", path.read_text())}
    assert {*map(Path, asked[2][1:])} == users  # of the fixture that the file is for


def test_all_asks_for_room_first(monkeypatch: pytest.MonkeyPatch) -> None:
    free = 3 << 30
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(BuildError, match=rf"all tests write up to \d+ GB, and {ROOT} has room for 3") as raised:
        test.test([])
    assert "python3 build clean" in raised.value.advice


def test_workers_leave_nothing_out() -> None:
    assert [word for word in test.WORKERS if not word.startswith(("--numprocesses=", "--dist=", "--no-loadscope"))] == [
        "-p", "tests.workers",
    ]  # fmt: skip


def test_what_begins_is_there() -> None:
    assert [piece for piece in workers.FIRST if not (ROOT / piece).exists()] == []


def test_no_setting_takes_a_test_away() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert settings["testpaths"] == ["tests"]
    assert settings["norecursedirs"] == [".*"]
    words = settings["addopts"].split()
    assert [word for word in words if word.startswith(("-k", "-m", "--deselect", "--ignore", "-x", "--maxfail"))] == []


def test_no_test_is_skipped() -> None:
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            assert not (isinstance(node, ast.Attribute) and node.attr in _TAKING_AWAY), f"{path}:{node.lineno}"


def test_only_the_quick_part_leaves_cases_out() -> None:
    users = [path.name for path in TESTS.rglob("*.py") if "pytest_deselected" in path.read_text()]
    assert sorted(users) == ["quick.py", "test_ci.py"]


def test_the_quick_part_needs_one_file() -> None:
    """A new clone has the static file alone, and boots it warm: however a case names its target."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tests.quick", *test.QUICK]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    cases = [line for line in done.stdout.splitlines() if "::" in line]
    assert len(cases) > 1000, done.stdout + done.stderr
    assert [each for each in cases if re.search(r"[-\[](portable|cold)\b|in an empty root", each)] == []
