"""Substitute packages that cannot be linked statically by Python code of this folder with all that is used of them.

Each row is a package, with those for whose use its substitution was made: with another importer it is taken itself.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from build.analysis.graph import Graph

_USED_BY = {"rpds": {"jsonschema", "referencing", "rpds"}}  # Rust; jsonschema keeps its registry of schemas in it


def substitutions(graph: Graph, kept: Collection[str]) -> dict[str, Path]:
    """Return the source of each that takes the place of a package: none but its known users import that.

    `kept`: modules that an author includes, whose packages stay what they are.
    """
    asked = {name.partition(".")[0] for name in kept}
    return {
        name: Path(__file__).with_name(f"{name}.py")
        for name, known in _USED_BY.items()
        if name in graph.importers
        and name not in asked
        and {user.partition(".")[0] for user in graph.importers[name] if "/" not in user} <= known
    }
