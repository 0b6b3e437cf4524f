"""The module graph: modules, who imports them, and files, as PyInstaller found them in a process of its own.

`document` is called in that process (fn.spec), `Graph.read` in the build's. Analyses nothing itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Entry = tuple[str, str, str]  # name in the file, source file, kind: EXTENSION, BINARY, DATA ...
Importers = dict[str, list[str]]  # by name of the imported module; a path stands for a script
LIBRARY = "LIBRARY"  # our kind of a shared object that a package brings along and that is no extension module

_EXTENSIONS = {"Extension", "ExtensionPackage"}  # kinds of PyInstaller's nodes
_MISSING = {"ExcludedModule", "InvalidCompiledModule", "InvalidRelativeImport", "InvalidSourceModule", "MissingModule"}


@dataclass(frozen=True)
class Graph:
    """Modules by name with their importers, sources of those in Python, shared objects and data files."""

    importers: Importers
    missing: Importers  # what is imported and is not there, or was excluded: the standard library, too
    pure: dict[str, Path | None]  # None: a package without a source (PEP 420)
    binaries: list[Entry]
    datas: list[Entry]
    optional: frozenset[str] = frozenset()  # extension modules that their importers can do without

    @classmethod
    def read(cls, text: str) -> Graph:
        """Read what `document` has given; sources are where they really lie, whatever link led there."""
        found = json.loads(text)
        pure = {name: Path(source).resolve() if source else None for name, source in found["pure"]}
        binaries, datas = ([tuple(entry) for entry in found[kind]] for kind in ("binaries", "datas"))
        resolved = _resolved(binaries), _resolved(datas)
        return cls(found["importers"], found["missing"], pure, *resolved, frozenset(found["optional"]))

    def without(self, names: Iterable[str]) -> Graph:
        """Return the graph without these modules."""
        gone = {*names}
        importers = {name: users for name, users in self.importers.items() if name not in gone}
        return replace(
            self,
            importers=importers,
            pure={name: source for name, source in self.pure.items() if name not in gone},
            binaries=[each for each in self.binaries if each[2] != "EXTENSION" or extension_name(each[0]) not in gone],
        )


def document(analysis: Any) -> dict[str, Any]:
    """Return the graph of PyInstaller's Analysis in a form that JSON can hold."""
    importers: Importers = {}
    missing: Importers = {}
    for node in analysis.graph.iter_graph():
        users = sorted({user.identifier for user in analysis.graph.incoming(node) if user is not None})
        name = str(node.identifier).strip("'")  # it takes some names from messages of ImportError
        (missing if type(node).__name__ in _MISSING else importers)[name] = users
    pure = [(name, source if source not in (None, "", "-") else None) for name, source, _ in analysis.pure]
    return {
        "importers": importers, "missing": missing, "pure": pure,
        "binaries": [list(entry) for entry in _binaries(analysis)],
        "datas": [list(entry) for entry in analysis.datas],
        "optional": sorted(_optional(analysis.graph)),
    }  # fmt: skip


def _binaries(analysis: Any) -> Iterator[Entry]:
    """Yield the shared objects; what is a module is one, also where a hook has named its file among libraries."""
    modules = {node.filename for node in analysis.graph.iter_graph() if type(node).__name__ in _EXTENSIONS}
    for name, source, kind in analysis.binaries:
        yield name, source, "EXTENSION" if source in modules else kind


def _optional(graph: Any) -> set[str]:
    """Find extension modules that their importers can do without: beside a Python source, or imported in a `try`."""
    found: dict[str, Any] = {}
    relying: dict[str, list[str]] = {}  # by a module: those that it cannot do without
    needed: list[str] = []  # first those that nobody imports
    looked_at = [node for node in graph.iter_graph() if type(node).__name__ in _EXTENSIONS]
    while looked_at:
        node = looked_at.pop()
        if node.identifier in found:
            continue
        found[node.identifier] = node
        if _has_a_source_beside(node):
            continue
        users = [user for user in graph.incoming(node) if user is not None and type(user).__name__ != "Script"]
        looked_at += users
        needed += [] if users else [node.identifier]
        for user in users:
            if not getattr(graph.edgeData(user, node), "tryexcept", False):
                relying.setdefault(user.identifier, []).append(node.identifier)
    while needed:
        name = needed.pop()
        if found.pop(name, None):
            needed += relying.get(name, ())
    return {str(name) for name, node in found.items() if type(node).__name__ in _EXTENSIONS}


def _has_a_source_beside(node: Any) -> bool:
    file = Path(node.filename or "-")
    return type(node).__name__ == "Extension" and file.with_name(f"{file.name.partition('.')[0]}.py").exists()


def extension_name(place: str) -> str:
    """Return the name of a module, from the path that PyInstaller gives its shared object."""
    return (
        place.replace("/", ".")
        .split(".cpython-")[0]
        .split(".abi3")[0]
        .removesuffix(".so")
        .rpartition("lib-dynload.")[2]
    )


def _resolved(entries: Iterable[tuple[str, ...]]) -> list[Entry]:
    return [(name, str(Path(source).resolve()), kind) for name, source, kind in entries]
