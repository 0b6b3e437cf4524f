"""Choose the file's modules in Python, from the graph: their sources by name, and which of them statements reach."""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from build.analysis.graph import Graph
from build.analysis.imports import stdlib
from build.analysis.policy import NOT_FOR_OPENSSL
from build.core.configuration import Contents
from build.core.errors import BuildError

# Modules that the interpreter starts with, by the names that it asks for; no statement imports the first two.
BOOTSTRAP = {
    "_frozen_importlib": "importlib/_bootstrap.py",
    "_frozen_importlib_external": "importlib/_bootstrap_external.py",
}
_OTHER_NAMES = {"importlib._bootstrap", "importlib._bootstrap_external"}  # of the same
_NEVER = ("PyInstaller", "_pyi_rth_utils", "pyimod")  # PyInstaller's own modules, which would start a file


@dataclass(frozen=True)
class Modules:
    """The file's modules: sources of those in Python, names that statements lead to, the standard library's in C.

    The names are in an order: what more handlers reach comes first.
    """

    sources: dict[str, Path]
    reached: list[str]
    extensions: set[str]


def modules(graph: Graph, namespace: Path, contents: Contents) -> Modules:
    """Return all that a file holds, but packages' extension modules; `namespace` stands for sources that are none."""
    asked = {*_standard_names(graph), *contents.included}
    found = {name: source or namespace for name, source in graph.pure.items() if not stdlib.is_standard(name)}
    found.update(stdlib.sources(asked))
    found.update({name: stdlib.FOLDER / source for name, source in BOOTSTRAP.items()})
    gone = (*contents.excluded, *_OTHER_NAMES, "orjson")  # orjson is its extension module here
    sources = {
        name: source
        for name, source in sorted(found.items())
        if not name.startswith(_NEVER) and not any(name == each or name.startswith(f"{each}.") for each in gone)
    }
    imports = _imports(graph, sources)
    others = [name for name in sources if not stdlib.is_standard(name)]
    for_openssl = {
        user: [name for name in names if (user, name) not in NOT_FOR_OPENSSL] for user, names in imports.items()
    }
    extensions = stdlib.extensions(asked, _reached([*others, *contents.included], for_openssl))
    return Modules(sources, _by_use(sources, others, imports), extensions - {*contents.excluded})


def refuse_absent(contents: Contents, graph: Graph, found: Modules) -> None:
    """Raise BuildError for a module that an author includes, and that the file would not have."""
    there = {*found.sources, *found.extensions, *graph.importers, *sys.builtin_module_names}
    for name in contents.included:
        option, above = f"--include {name}", {name, *_packages_of(name)}
        if above & {*contents.excluded}:
            raise BuildError(f"{option}: --exclude leaves it out", "leave one of the two out")
        if name in there:
            continue
        if stdlib.is_standard(name) and name.partition(".")[0] not in found.sources:
            raise BuildError(f"{option}: no file holds this module of the standard library", "do without it")
        close = difflib.get_close_matches(name, there, n=1, cutoff=0.8)
        hint = f"; did you mean {close[0]}?" if close else ""
        advice = "give the name that an import statement would, and its package in a file for --requirements"
        raise BuildError(f"{option}: there is no such module{hint}", advice)


def _packages_of(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _standard_names(graph: Graph) -> set[str]:
    """Return the names of the standard library that code outside of it imports."""
    return {
        name
        for name, users in [*graph.missing.items(), *graph.importers.items()]
        if stdlib.is_standard(name) and any(not stdlib.is_standard(user) and "/" not in user for user in users)
    }


def _imports(graph: Graph, sources: Iterable[str]) -> dict[str, list[str]]:
    """Return what each module imports, in the standard library and outside of it."""
    imports = {name: [*names] for name, names in stdlib.imports().items()}
    for name, users in [*graph.missing.items(), *graph.importers.items()]:
        # of a package that is not analysed, the graph has only two parts of a name: all below them may be meant
        is_cut = name in graph.missing and "." in name
        meant = [name, *(each for each in sources if is_cut and each.startswith(f"{name}."))]
        for user in users:
            imports.setdefault(user, []).extend(meant)
    return imports


def _by_use(sources: Iterable[str], others: Iterable[str], imports: Mapping[str, Iterable[str]]) -> list[str]:
    counts = Counter(_reached(others, imports))
    for handler in others:
        if handler.startswith("handlers."):
            counts.update(_reached([handler], imports))
    return sorted(counts.keys() & {*sources}, key=lambda name: (-counts[name], name))


def _reached(roots: Iterable[str], imports: Mapping[str, Iterable[str]]) -> set[str]:
    found, waiting = set[str](), [*roots]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [*imports.get(name, ()), *([name.rpartition(".")[0]] if "." in name else [])]
    return found
