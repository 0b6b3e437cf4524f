"""Handlers that import only the standard library, `entry` and each other: their part of the graph, read here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from build.analysis.graph import Graph
from build.analysis.imports.plain import plain_imports, with_plain


def _staged(folder: Path, sources: Mapping[str, str]) -> Path:
    for name, text in {"__init__.py": "", **sources}.items():
        place = folder / "handlers" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


@pytest.mark.parametrize(
    "code",
    [
        "import numpy",
        "def main():\n    import numpy",
        "from numpy import array",
        "import importlib",
        "import ctypes",
        "__import__('csv')",
        "exec('import csv')",
    ],
)
def test_other_imports_are_pyinstallers(code: str, tmp_path: Path) -> None:
    assert plain_imports(_staged(tmp_path, {"one.py": f"import csv\n{code}"})) is None


def test_so_are_handlers_with_a_shared_object(tmp_path: Path) -> None:
    stage = _staged(tmp_path, {"one.py": ""})
    (stage / "handlers" / "native.so").touch()
    assert plain_imports(stage) is None


def test_a_statement_that_leads_out_of_all_packages_means_nothing(tmp_path: Path) -> None:
    """A module that serves in two places tries one after the other."""
    tried = "try:\n    from ..shared import part\nexcept ImportError:\n    from handlers._shared import part\n"
    found = plain_imports(_staged(tmp_path, {"one.py": tried, "_shared.py": "part = 1"}))
    assert found is not None
    assert found["handlers.one"] == {"handlers", "handlers._shared", "handlers._shared.part"}


def test_what_statements_say_is_in_the_graph(tmp_path: Path) -> None:
    """Wherever they stand; what a module holds is no module."""
    one = (
        "from entry import handler\nimport xml.etree.ElementTree as ET\nfrom os import environ\nfrom .lib import part\n"
    )
    one += "def test():\n    from functools import cache\n    import sqlite3"
    sources = {"one.py": one, "lib/__init__.py": "", "lib/part.py": "try:\n    import ssl\nexcept ImportError: pass\n"}
    stage = _staged(tmp_path, sources)
    found = plain_imports(stage)
    assert found is not None
    base = Graph({"entry": ["entry.__main__"], "functools": [], "os": ["functools"]}, {"ssl": ["entry"]}, {}, [], [])
    graph = with_plain(base, found, stage)
    script = str(stage / "start.py")
    assert graph.importers == {
        "entry": ["entry.__main__", "handlers.one"],
        "functools": ["handlers.one"],
        "os": ["functools", "handlers.one"],
        "handlers": sorted([script, "handlers.lib", "handlers.lib.part", "handlers.one"]),
        "handlers.lib": sorted([script, "handlers.lib.part", "handlers.one"]),
        "handlers.lib.part": sorted([script, "handlers.one"]),
        "handlers.one": [script],
    }
    assert graph.missing == {
        "ssl": ["entry", "handlers.lib.part"],
        "sqlite3": ["handlers.one"],
        **{name: ["handlers.one"] for name in ("xml", "xml.etree", "xml.etree.ElementTree")},
    }
    assert {name: path and path.relative_to(stage.resolve()) for name, path in graph.pure.items()} == {
        "handlers": Path("handlers/__init__.py"),
        "handlers.lib": Path("handlers/lib/__init__.py"),
        "handlers.lib.part": Path("handlers/lib/part.py"),
        "handlers.one": Path("handlers/one.py"),
    }
    assert base.importers["entry"] == ["entry.__main__"]  # it may be kept
