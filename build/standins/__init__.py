"""Packages that no static link can take, and the Python code of this folder that has all that is used of them.

Works on what the analysis found; analyses nothing itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from build.analysis import Entry, Importers, extension_name

# By package: those for whose use the stand-in was made. With another importer the package itself is taken.
_USED_BY = {"rpds": {"jsonschema", "referencing", "rpds"}}


def sources(importers: Importers) -> dict[str, Path]:
    """The stand-ins for the packages that are imported by none but those that a stand-in was made for."""
    return {
        package: Path(__file__).with_name(f"{package}.py")
        for package, known in _USED_BY.items()
        if package in importers and {user.partition(".")[0] for user in importers[package]} <= known
    }


def without(replaced: Collection[str], binaries: Iterable[Entry]) -> list[Entry]:
    """The binaries without those of packages that a stand-in has taken the place of."""
    return [entry for entry in binaries if extension_name(entry[0]).partition(".")[0] not in replaced]
