"""Modules that the file has no place for, and the Python code of this folder that has all that is used of them.

A package that no static link can take; large modules in which others only look a type up. Works on what the analysis
found; analyses nothing itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from build.analysis.graph import Entry, Importers, extension_name

# By module or package: the packages for whose use the stand-in was made. With another importer it is taken itself.
_USED_BY = {
    "decimal": {"msgspec"},
    "rpds": {"jsonschema", "referencing", "rpds"},
    "uuid": {"msgspec", "orjson"},
}


def sources(importers: Importers, wanted: Collection[str]) -> dict[str, Path]:
    """The stand-ins for what is imported by none but those that a stand-in was made for, and not wanted anyway."""
    return {
        name: Path(__file__).with_name(f"{name}.py")
        for name, known in _USED_BY.items()
        if name in importers and name not in wanted and {user.partition(".")[0] for user in importers[name]} <= known
    }


def without(replaced: Collection[str], binaries: Iterable[Entry]) -> list[Entry]:
    """The binaries without those of packages that a stand-in has taken the place of."""
    return [entry for entry in binaries if extension_name(entry[0]).partition(".")[0] not in replaced]
