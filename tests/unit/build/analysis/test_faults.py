"""Files among handlers that this Python cannot read: they stop no build, and the file has no module of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.analysis import analyse
from build.analysis.graph import Graph
from build.analysis.imports.faults import faults
from build.analysis.imports.iterated import unseen
from build.analysis.imports.statements import all_imports, imported_by, signature
from build.core.configuration import BuildConfig, Contents

_UNREADABLE = {
    "_old.py": b"import csv\nprint 'as in Python 2'\n",
    "_template.py": b"{{ imports }}\nreturn {{ value }}\n",
    "_part.py": b"x = 1\nreturn x\n",  # read without a fault, and compiled with one
    "_bytes.py": b"import_module\0",
    "_latin.py": b"name = '\xe9'\n",
}


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    for name, content in {"__init__.py": b"", "one.py": b"import json\nx = '\\d'\n", **_UNREADABLE}.items():
        (handlers / name).write_bytes(content)
    return tmp_path


def test_each_is_named_with_its_line(stage: Path) -> None:
    found = faults(stage)
    assert found.keys() == {f"handlers.{name.removesuffix('.py')}" for name in _UNREADABLE}
    assert found["handlers._old"].startswith("handlers/_old.py:2: Missing parentheses in call to 'print'")
    assert found["handlers._part"] == "handlers/_part.py:2: 'return' outside function"


def test_what_reads_statements_finds_none_there(stage: Path) -> None:
    old = stage / "handlers" / "_old.py"
    assert imported_by(old, "handlers._old") == all_imports(old, "handlers._old") == set()
    assert signature(old) == ""
    assert unseen([stage]) == {}


def test_nobody_is_asked_to_analyse_or_compile_it(stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["handlers.one", "handlers._old", "handlers._template", "handlers._part"]
    config = BuildConfig(stage, stage, stage / "fn", None, [stage], names, [], [], "auto", False, Contents())
    asked: list[BuildConfig] = []

    def analysed(config: BuildConfig) -> Graph:
        asked.append(config)
        return Graph({}, {}, {}, [], [])

    monkeypatch.setattr(analyse, "analysed", analysed)
    assert analyse.analyse(config).pure.keys() == {"handlers", "handlers.one"}
    (stage / "handlers" / "one.py").write_text("import numpy")  # now PyInstaller has to see them
    analyse.analyse(config)
    assert [each.modules for each in asked] == [[], ["handlers.one"]]
