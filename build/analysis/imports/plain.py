"""Handlers that import nothing but the standard library, `entry` and each other: PyInstaller need not look at them.

It analyses a file without them, once for all such handlers. Their own part of the graph is what their statements say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from build.analysis.graph import Graph
from build.analysis.imports import stdlib
from build.analysis.imports.statements import all_imports
from build.core.paths import module_name

_KNOWN = ("entry", "handlers")  # what is analysed in any case, and what is read here


def plain_imports(stage: Path, left_out: Collection[str] = ()) -> dict[str, set[str]] | None:
    """Return what each module of the staged handlers imports, packages of what is named included.

    Return None if one of them imports something else, or may do so by other means than statements; `left_out` do not
    count.
    """
    if any((stage / "handlers").rglob("*.so")):
        return None
    found: dict[str, set[str]] = {}
    for source in sorted((stage / "handlers").rglob("*.py")):
        name = module_name(source.relative_to(stage))
        if name in left_out:
            continue
        imports = all_imports(source, name)
        if imports is None or not all(stdlib.is_standard(each) or each.partition(".")[0] in _KNOWN for each in imports):
            return None
        found[name] = {part for each in (*imports, name) for part in _with_packages(each)} - {name}
    return found


def with_plain(graph: Graph, found: Mapping[str, set[str]], stage: Path) -> Graph:
    """Return the graph with these modules of handlers, which the script that stands for all imports."""
    importers = {name: [*users] for name, users in graph.importers.items()}
    missing = {name: [*users] for name, users in graph.missing.items()}
    importers |= {name: [str(stage / "start.py")] for name in found}
    known = stdlib.names()
    for user, names in found.items():
        for name in sorted(names):  # others than modules are what a module holds
            if name in importers:
                importers[name].append(user)
            elif name in known:
                missing.setdefault(name, []).append(user)
    pure = graph.pure | {name: _source(stage, name).resolve() for name in found}
    return replace(
        graph,
        importers={name: sorted(users) for name, users in importers.items()},
        missing={name: sorted(users) for name, users in missing.items()},
        pure=pure,
    )


def _with_packages(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[: length + 1]) for length in range(len(parts))]


def _source(stage: Path, name: str) -> Path:
    place = stage.joinpath(*name.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
