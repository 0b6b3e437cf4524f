"""From PyInstaller's analysis to the file's Python modules: their sources, and their code as entries of the archive.

Called by fn.spec. Compiles Python; links nothing.
"""

from __future__ import annotations

import ast
import importlib._bootstrap_external
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from build.analysis.graph import Entry, Importers, is_left_out_codec
from build.archive.line_tables import without_columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

_STDLIB = Path(sysconfig.get_path("stdlib"))
_PINNED = Path(sysconfig.get_path("purelib"))  # packages of the build's own environment
_CODE_TO_PYC: Any = importlib._bootstrap_external._code_to_timestamp_pyc  # type: ignore[attr-defined]
_NEVER = (
    "entry.testing", "entry.runtime.supervisor", "entry.runtime.publisher", "entry.runtime.pump",
    "entry.runtime.logfile", "PyInstaller", "_pyi_rth_utils", "pyimod",
)  # fmt: skip

# What the interpreter starts with, under the names that it asks for them by; the first two are not imported by another.
_BOOTSTRAP = {
    "_frozen_importlib": "importlib/_bootstrap.py",
    "_frozen_importlib_external": "importlib/_bootstrap_external.py",
}
_STARTS_WITH = {**_BOOTSTRAP, **{name: f"{name}.py" for name in ("abc", "codecs", "io", "warnings")}}


def sources(
    pure: Iterable[Entry],
    base_library: Path,
    importers: Importers,
    namespace: Path,
    *,
    all_codecs: bool,
) -> dict[str, Path]:
    """Sources of all pure modules by name: those of the analysis, and what PyInstaller keeps in base_library.zip.

    `namespace` is the source of packages that have none (PEP 420).
    """
    reached = [(name, source) for name, source, _ in pure if name in importers]
    found = {name: Path(source) for name, source in reached if source and source.endswith(".py")}
    found.update({name: namespace for name, source in reached if source in (None, "", "-")})
    for member in zipfile.ZipFile(base_library).namelist():
        source = _STDLIB / member.removesuffix("c")
        name = member.removesuffix(".pyc").replace("/", ".").removesuffix(".__init__")
        if source.exists() and (all_codecs or not is_left_out_codec(name, importers)):
            found.setdefault(name, source)
    found.update({name: _STDLIB / source for name, source in _STARTS_WITH.items()})
    if "zipimport" in importers:  # for itself the interpreter does without
        found["zipimport"] = _STDLIB / "zipimport.py"
    return {
        name: source
        for name, source in sorted(found.items())
        if name not in ("importlib._bootstrap", "importlib._bootstrap_external")  # other names of the first two
        and not name.startswith(_NEVER)
        and name != "orjson"  # orjson is its extension module here
    }


def compile_module(name: str, source: Path, target: Path) -> Entry:
    """Writes the module's code where PyInstaller's archive writer reads it; the entry of the archive.

    The names of files in the code are those inside the file. Docstrings of the standard library and of pinned
    packages are left out; those of authors and their packages stay, since they may be read. Columns stay in handlers,
    whose source the file holds.
    """
    package = source.name == "__init__.py"
    place = name.replace(".", "/") + ("/__init__.py" if package else ".py")
    if name in _BOOTSTRAP:
        place = (
            f"<frozen {_BOOTSTRAP[name].removesuffix('.py').replace('/', '.')}>"  # tracebacks leave it out by this name
        )
    text = source.read_bytes()
    own = not source.is_relative_to(_STDLIB) and not source.is_relative_to(_PINNED)
    if own:
        code: CodeType = compile(text, place, "exec", dont_inherit=True, optimize=0)
    else:
        code = compile(
            _without_docstrings(ast.parse(text)),
            f"lib/{place}" if name not in _BOOTSTRAP and source.is_relative_to(_STDLIB) else place,
            "exec",
            dont_inherit=True,
            optimize=0,
        )
    if not name.startswith("handlers"):
        code = without_columns(code)
    compiled = target / f"{name}.pyc"
    compiled.write_bytes(_CODE_TO_PYC(code))
    return name, str(compiled), "PYPACKAGE" if package else "PYMODULE"


def packed(entries: Iterable[Entry]) -> list[Entry]:
    """The same, with the code packed of modules that only cold boots of some handlers import."""
    return [
        (name, source, kind if _in_each_cold_boot(name) else f"PACKED_{kind}")
        if kind.startswith("PY")
        else (name, source, kind)
        for name, source, kind in entries
    ]


# Of entry/, what cold boots import; the rest is for a snapshot, a typed input, a variable or a question.
_ENTRY_COLD = {
    "api", "api.context", "api.errors", "api.registry", "api.signature",
    "codec", "codec.fallback", "codec.json", "codec.orjson", "frozen", "frozen.importer",
    "runtime", "runtime.app", "runtime.ending", "runtime.exchange", "runtime.lifecycle", "runtime.log",
    "runtime.requests", "runtime.settings",
}  # fmt: skip


def _in_each_cold_boot(name: str) -> bool:
    package, _, module = name.partition(".")
    if package == "entry":
        return not module or module in _ENTRY_COLD
    return name in _STARTS_WITH or package in ("__future__", "encodings", "handlers", "handlers_index")


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body[:1] = [] if node.body[1:] else [ast.copy_location(ast.Pass(), first)]
    return tree
