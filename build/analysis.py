"""From PyInstaller's analysis to what goes into the file: modules as entries of the archive, data, extension modules.

Called by fn.spec. Compiles Python; links nothing.
"""

from __future__ import annotations

import ast
import importlib._bootstrap_external
import sys
import sysconfig
import zipfile
from importlib.util import resolve_name
from pathlib import Path
from typing import TYPE_CHECKING, Any

from build import sdists
from build.extensions import EXTENSIONS, REFUSED
from build.steps import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

_STDLIB = Path(sysconfig.get_path("stdlib"))
_PINNED = Path(sysconfig.get_path("purelib"))  # packages of the build's own environment
# Codecs that libraries use by name. The others are in the file where code names their module.
_CODECS = {"aliases", "utf_8", "ascii", "latin_1", "idna", "cp437", "raw_unicode_escape", "unicode_escape"}
_CODECS_OF = {"encodings.idna": "socket", "encodings.cp437": "zipfile"}  # names of hosts, of files in old archives
_CODE_TO_PYC: Any = importlib._bootstrap_external._code_to_timestamp_pyc  # type: ignore[attr-defined]
_NEVER = ("entry.testing", "entry.supervisor", "entry.pump", "entry.logfile", "PyInstaller", "_pyi_rth_utils", "pyimod")

# What packages try to import, and must not find only because the build's own environment has it.
_TOOLS = ("_pytest", "hypothesis", "mypy", "pip", "pkg_resources", "pluggy", "pygments", "pytest", "setuptools", "yaml")

Entry = tuple[str, str, str]  # PyInstaller's: name, source file, typecode
Importers = dict[str, list[str]]  # of each module by name: a path stands for a script
LIBRARY = "LIBRARY"  # our typecode of a shared object that a package brings along and that is no extension module


def tools(paths: Iterable[Path]) -> list[str]:
    """Packages of the build's own environment to leave out: those that are in none of the author's paths."""
    return [name for name in _TOOLS if not any((path / name).exists() for path in paths)]


# What the interpreter starts with, under the names that it asks for them by; the first two are not imported by another.
_BOOTSTRAP = {
    "_frozen_importlib": "importlib/_bootstrap.py",
    "_frozen_importlib_external": "importlib/_bootstrap_external.py",
}
_STARTS_WITH = {**_BOOTSTRAP, **{name: f"{name}.py" for name in ("abc", "codecs", "io")}}


def modules(
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
        package, _, codec = name.partition(".")
        named = any(not user.startswith(("encodings", "/")) for user in importers.get(name, ()))  # /: a hook
        if source.exists() and (all_codecs or package != "encodings" or not codec or codec in _CODECS or named):
            found.setdefault(name, source)
    found.update({name: _STDLIB / source for name, source in _STARTS_WITH.items()})
    if "zipimport" in importers:  # for itself the interpreter does without
        found["zipimport"] = _STDLIB / "zipimport.py"
    return {
        name: source
        for name, source in sorted(found.items())
        if name not in ("importlib._bootstrap", "importlib._bootstrap_external")  # other names of the first two
        and (all_codecs or not _is_of_codecs(importers.get(name, [])))
        and _CODECS_OF.get(name, name) in found
        and not name.startswith(_NEVER)
        and name != "orjson"  # orjson is its extension module here
    }


def _is_of_codecs(users: list[str]) -> bool:
    """Whether only codecs that are left out use it."""
    return bool(users) and all(user.startswith("encodings.") and user[10:] not in _CODECS for user in users)


def compile_module(name: str, source: Path, target: Path) -> Entry:
    """Writes the module's code where PyInstaller's archive writer reads it; the entry of the archive.

    The names of files in the code are those inside the file. Docstrings of the standard library and of pinned
    packages are left out; those of authors and their packages stay, since they may be read.
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
    "__main__", "bundle", "codec", "context", "errors", "exchange", "lifecycle", "log", "orjson_import", "registry",
    "settings", "signature",
}  # fmt: skip


def _in_each_cold_boot(name: str) -> bool:
    package, _, module = name.partition(".")
    if package == "entry":
        return not module or module in _ENTRY_COLD
    return name in _STARTS_WITH or package in ("__future__", "encodings", "handlers", "handlers_index")


def imported_by(source: Path, name: str, *, inside_functions: bool = False) -> set[str]:
    """What the import statements of a module, or of its functions only, may mean: modules, and names in modules."""
    package = name if source.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    nodes = list(ast.walk(ast.parse(source.read_bytes())))
    if inside_functions:
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        nodes = [node for function in functions for node in ast.walk(function)]
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


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


class NotStaticError(BuildError):
    """Some of what the handlers import is there only as shared objects: `modules`, by package."""

    def __init__(self, modules: dict[str, list[str]], problem: str, advice: str) -> None:
        super().__init__(problem, advice)
        self.modules = modules


def extension_name(place: str) -> str:
    """The module's name, from where PyInstaller would put its shared object."""
    return (
        place.replace("/", ".")
        .split(".cpython-")[0]
        .split(".abi3")[0]
        .removesuffix(".so")
        .rpartition("lib-dynload.")[2]
    )


def extensions(binaries: Iterable[Entry], importers: Importers) -> list[str]:
    """The extension modules that the analysis found: the standard library's, and those of build/sdists.py.

    Raises NotStaticError for shared objects that no static link can take, with who imports them.
    """
    needed: set[str] = set()
    refused: dict[str, list[str]] = {}
    for name, source, kind in binaries:
        if kind == LIBRARY:
            refused.setdefault(name.partition("/")[0], []).append(name)
        if kind != "EXTENSION":
            continue  # a library that an extension module wants: linked in from Debian's archives
        module = extension_name(name)
        if is_optional(module, importers):
            continue
        if module in EXTENSIONS or sdists.is_of_the_pin(module, Path(source)):
            needed.add(module)
        elif module != "orjson.orjson":
            refused.setdefault(module.partition(".")[0], []).append(module)
    if refused:
        lines = [_refusal(package, found, importers) for package, found in sorted(refused.items())]
        raise NotStaticError(
            refused,
            "what these packages hold cannot be linked statically:\n  " + "\n  ".join(lines),
            "leave --link out, use a pure Python package in their place, or keep their import out of the handlers",
        )
    while more := {other for name in needed & EXTENSIONS.keys() for other in EXTENSIONS[name].needs} - needed:
        needed |= more
    return sorted(needed)


def has_wheels(binaries: Iterable[Entry]) -> bool:
    """Whether there are extension modules of packages that no static link takes."""
    modules = {extension_name(name): Path(source) for name, source, kind in binaries if kind == "EXTENSION"}
    return any(
        not is_standard(module) and module != "orjson.orjson" and not sdists.is_of_the_pin(module, source)
        for module, source in modules.items()
    )


def _refusal(package: str, found: list[str], importers: Importers) -> str:
    """Why a package cannot go into the file, and the modules outside of it that import it."""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    reason = REFUSED.get(package) or f"a compiled wheel ({found[0]}{more})"
    if found[0] in sdists.COMPILED:
        reason = f"another version than {sdists.read_pin(package).version}, which is linked statically"
    users = {
        user
        for module, names in importers.items()
        if module.partition(".")[0] == package
        for user in names
        if user.partition(".")[0] != package and "/" not in user  # a path: the script that stands for all
    } or {user for module in found for user in importers.get(module, [])}  # a shared object among the handlers
    return f"{package}: {reason}; imported by {', '.join(sorted(users)) or 'an unknown module'}"


def is_optional(module: str, importers: Importers) -> bool:
    """Whether a module is only there for what the file leaves out, or what works without it."""
    if module.startswith(("_codecs_", "_multibytecodec")):
        return all(user.startswith("encodings.") for user in importers.get(module, ()))
    users = importers.get(module, [])
    if users and all(_is_of_codecs(importers.get(user, [])) for user in users):
        return True
    # OpenSSL's hashes are 5 MB; random and uuid want no other than those that the interpreter has itself.
    return module == "_hashlib" and set(importers.get("hashlib", ())) <= {"random", "uuid"}


def importers_of(graph: Any) -> Importers:
    """Who imports each module, from PyInstaller's graph."""
    return {
        node.identifier: sorted(str(user) for user in graph.get_code_using(node.identifier))
        for node in graph.iter_graph()
    }


def orjson_is_shared(importers: Importers) -> bool:
    """Whether others than entry/ import orjson, and so must see it with its real types."""
    return any(not user.startswith(("entry.", "orjson")) and "/" not in user for user in importers.get("orjson", []))


def is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def needs_time_zones(importers: Importers) -> bool:
    """Whether handlers or their packages use zoneinfo; those that only know its types need no zones."""
    return any(
        not is_standard(user) and "/" not in user and user.partition(".")[0] not in ("orjson", "msgspec")
        for user in importers.get("zoneinfo", [])
    )


def builtins_of(graph: Any) -> set[str]:
    """The modules of the analysis that are compiled into the interpreter."""
    return {node.identifier for node in graph.iter_graph() if type(node).__name__ == "BuiltinModule"}
