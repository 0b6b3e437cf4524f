"""What PyInstaller's analysis says: who imports what, and which shared objects a static link needs or cannot take.

Called by fn.spec. Compiles and links nothing; build/archive/bytecode.py has the Python modules.
"""

from __future__ import annotations

import ast
import sys
from importlib.util import resolve_name
from pathlib import Path
from typing import TYPE_CHECKING, Any

from build.core.errors import BuildError
from build.toolchain import c_packages
from build.toolchain.extensions import EXTENSIONS, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable

# Codecs that libraries use by name. The others are in the file where code names their module.
_CODECS = {"aliases", "utf_8", "ascii", "latin_1", "idna", "cp437", "raw_unicode_escape", "unicode_escape"}
_CODECS_OF = {"idna": "socket", "cp437": "zipfile"}  # names of hosts, of files in old archives

# What packages try to import, and must not find only because the build's own environment has it.
_TOOLS = ("_pytest", "hypothesis", "mypy", "pip", "pkg_resources", "pluggy", "pygments", "pytest", "setuptools", "yaml")

Entry = tuple[str, str, str]  # PyInstaller's: name, source file, typecode
Importers = dict[str, list[str]]  # of each module by name: a path stands for a script
LIBRARY = "LIBRARY"  # our typecode of a shared object that a package brings along and that is no extension module


def tools(paths: Iterable[Path]) -> list[str]:
    """Packages of the build's own environment to leave out: those that are in none of the author's paths."""
    return [name for name in _TOOLS if not any((path / name).exists() for path in paths)]


def is_left_out_codec(module: str, importers: Importers) -> bool:
    """Whether it is one that no library uses, and that no code names."""
    package, _, codec = module.partition(".")
    if package != "encodings" or not codec:
        return False
    if codec in _CODECS:
        return _CODECS_OF.get(codec, "encodings") not in importers
    return all(user.startswith(("encodings", "/")) for user in importers.get(module, ()))  # /: a hook


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
    """The extension modules that the analysis found: the standard library's, and the C packages'.

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
        if module in EXTENSIONS or c_packages.is_of_the_pin(module, Path(source)):
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
        not is_standard(module) and module != "orjson.orjson" and not c_packages.is_of_the_pin(module, source)
        for module, source in modules.items()
    )


def _refusal(package: str, found: list[str], importers: Importers) -> str:
    """Why a package cannot go into the file, and the modules outside of it that import it."""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    reason = REFUSED.get(package) or f"a compiled wheel ({found[0]}{more})"
    if found[0] in c_packages.COMPILED:
        reason = f"another version than {c_packages.read_pin(package).version}, which is linked statically"
    users = {
        user
        for module, names in importers.items()
        if module.partition(".")[0] == package
        for user in names
        if user.partition(".")[0] != package and "/" not in user  # a path: the script that stands for all
    } or {user for module in found for user in importers.get(module, [])}  # a shared object among the handlers
    return f"{package}: {reason}; imported by {', '.join(sorted(users)) or 'an unknown module'}"


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
