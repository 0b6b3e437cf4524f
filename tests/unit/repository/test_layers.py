"""Who may import whom, read from the source: layers, and no circle of modules."""

from __future__ import annotations

import ast
import graphlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from build.analysis.staging.stage import entry_modules
from tests.conftest import ROOT

# Each may import those in its own row and before it.
BUILD = [
    {"core"}, {"toolchain"}, {"analysis"}, {"archive"}, {"link"}, {"snapshot"}, {"sbom"}, {"verify"}, {"finished"},
    {"pipeline"}, {"container"}, {"lint"}, {"dev"}, {"bench"}, {"cli"},
]  # fmt: skip
ENTRY = [{"frozen"}, {"api", "runtime", "codec"}, {"info"}, {"snapshot"}, {"testing"}]


def modules(package: str) -> dict[str, Path]:
    """The files of a package's modules, by name."""
    files = sorted((ROOT / package).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def imports(name: str, path: Path, known: set[str], *, everywhere: bool, types: bool = False) -> Iterator[str]:
    """The modules among those known that one imports: at module level or anywhere; `types`: for type checkers, too."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    waiting: list[ast.AST] = [ast.parse(path.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING") and not types:
            waiting += node.orelse
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield from (found for found in (f"{base}.{alias.name}", base) if found in known)
        elif everywhere or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)


def _edges(package: str, *, everywhere: bool, types: bool = False) -> dict[str, set[str]]:
    found = modules(package)
    return {
        name: set(imports(name, path, set(found), everywhere=everywhere, types=types)) - {name}
        for name, path in found.items()
    }


@pytest.mark.parametrize(("package", "types"), [("build", False), ("entry", False), ("handlers", True)])
def test_no_module_imports_itself_by_way_of_others(package: str, types: bool) -> None:
    edges = _edges(package, everywhere=types, types=types)
    parents = {name.rpartition(".")[0] for name in edges}  # a package does import modules of its own
    graphlib.TopologicalSorter({name: found - parents for name, found in edges.items()}).prepare()


@pytest.mark.parametrize(("package", "layers"), [("build", BUILD), ("entry", ENTRY)])
def test_layers_import_only_what_is_below(package: str, layers: list[set[str]]) -> None:
    height = {name: number for number, names in enumerate(layers) for name in names}
    wrong = []
    for name, found in _edges(package, everywhere=package == "build").items():
        own = name.split(".")[1:2]
        for other in found:
            imported = other.split(".")[1:2]
            if own and own[0] in height and imported and height.get(imported[0], -1) > height[own[0]]:
                wrong.append(f"{name} imports {other}")
    assert sorted(wrong) == []


def test_every_module_has_a_layer() -> None:
    for package, layers in (("build", BUILD), ("entry", ENTRY)):
        inside = {name.split(".")[1] for name in modules(package) if "." in name}
        assert inside - {"__main__"} == set().union(*layers)


def test_the_file_holds_nothing_of_the_build() -> None:
    for package in ("entry", "handlers"):
        for name, path in modules(package).items():
            assert set(imports(name, path, set(modules("build")), everywhere=True)) == set(), name


def test_every_module_of_entry_in_the_file_is_asked_for_there() -> None:
    """By another that is in it, or by the C that starts them; what only builds use is not carried to each run."""
    shipped = set(entry_modules())
    parents = {name.rpartition(".")[0] for name in shipped} | {"entry"}
    every = {name: path for name, path in modules("entry").items() if name in shipped | parents}
    asked = {other for name, path in every.items() for other in imports(name, path, set(every), everywhere=True)}
    sources = [*every.values(), *(ROOT / "build" / "boot").rglob("*.c"), ROOT / "build/analysis/staging/stage.py"]
    named = " ".join(path.read_text() for path in sources)
    assert [name for name in sorted(shipped - asked) if not re.search(rf"\b{re.escape(name)}\b", named)] == []


def test_what_depends_on_cpythons_version_in_c_is_in_one_header() -> None:
    found = [path for path in (ROOT / "build" / "boot").rglob("*.[ch]") if "PY_VERSION_HEX" in path.read_text()]
    internal = [path for path in (ROOT / "build" / "boot").rglob("*.[ch]") if "internal/pycore_" in path.read_text()]
    assert found == internal == [ROOT / "build" / "boot" / "snapshot" / "cpython.h"]


def test_what_runs_before_the_environment_is_there_is_linted_for_the_oldest_python() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["per-file-target-version"]
    linted = {file for pattern in settings for file in _matching(pattern)}
    found, reached, waiting = modules("build"), set[str](), ["build.__main__"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting += set(imports(name, found[name], set(found), everywhere=False)) - reached
    packages = {path for path in map(found.__getitem__, reached) if path.name == "__init__.py"}  # docstrings
    assert {found[name] for name in reached} - packages == linted - {
        path for path in linted if path.name == "__init__.py"
    }
    assert set(settings.values()) == {"py39"}
    for path in linted:
        ast.parse(path.read_bytes(), feature_version=(3, 9))


def _matching(pattern: str) -> list[Path]:
    """The files that a pattern of ruff's names, which may hold words in braces."""
    before, _, rest = pattern.partition("{")
    words, _, after = rest.partition("}")
    return [path for word in words.split(",") for path in ROOT.glob(f"{before}{word}{after}")]
