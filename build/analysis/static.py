"""Decide which shared objects of the analysis can be linked statically, and say why the others cannot."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from build.analysis.graph import LIBRARY, Entry, Graph, extension_name
from build.analysis.imports.stdlib import is_standard
from build.core.errors import BuildError
from build.toolchain import c_packages
from build.toolchain.extensions import EXTENSIONS, REFUSED


class NotStaticError(BuildError):
    """Some of what the handlers import is there only as shared objects: `modules`, by package."""

    def __init__(self, modules: dict[str, list[str]], problem: str, advice: str) -> None:
        super().__init__(problem, advice)
        self.modules = modules


def extensions(binaries: Iterable[Entry], graph: Graph) -> set[str]:
    """Return the extension modules of packages that are linked statically: those of build/toolchain/c_packages.py.

    Raise NotStaticError for shared objects that no static link can take, with who imports them.
    """
    taken: set[str] = set()
    refused: dict[str, list[str]] = {}
    for name, source, kind in binaries:
        if kind == LIBRARY:
            refused.setdefault(name.partition("/")[0], []).append(name)
        if kind != "EXTENSION":
            continue  # a library that an extension module wants: linked in from Debian's archives
        module = extension_name(name)
        if c_packages.is_of_the_pin(module, Path(source)):
            taken.add(module)
        elif module != "orjson.orjson" and module not in EXTENSIONS:
            refused.setdefault(module.partition(".")[0], []).append(module)
    if refused:
        lines = [_refusal(package, found, graph) for package, found in sorted(refused.items())]
        raise NotStaticError(
            refused,
            "what these packages hold cannot be linked statically:\n  " + "\n  ".join(lines),
            "leave --link out, use a pure Python package in their place, or keep their import out of the handlers"
            f"{_without_speed_ups(refused, graph)}",
        )
    return taken


def _refusal(package: str, found: list[str], graph: Graph) -> str:
    """Say why a package cannot go into the file, and which modules outside of it import it."""
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    reason = REFUSED.get(package) or f"a compiled wheel ({found[0]}{more})"
    if found[0] in c_packages.COMPILED:
        reason = f"another version than {c_packages.read_pin(package).version}, which is linked statically"
    users = {
        user
        for module, names in graph.importers.items()
        if module.partition(".")[0] == package
        for user in names
        if user.partition(".")[0] != package and "/" not in user  # a path: the script that stands for all
    } or {user for module in found for user in graph.importers.get(module, [])}  # a shared object among the handlers
    return f"{package}: {reason}; imported by {', '.join(sorted(users)) or 'an unknown module'}"


def speed_ups(refused: dict[str, list[str]], graph: Graph) -> list[str]:
    """Return the packages that work without what was refused of them: nobody imports it who does not do without."""
    return [
        package for package, modules in sorted(refused.items()) if all(module in graph.optional for module in modules)
    ]


def _without_speed_ups(refused: dict[str, list[str]], graph: Graph) -> str:
    found = speed_ups(refused, graph)
    return f"; {' '.join(f'--pure {name}' for name in found)} leaves compiled speed-ups out" if found else ""


def orjson_is_shared(graph: Graph) -> bool:
    """Tell whether others than entry/ import orjson, and so must see it with its real types."""
    users = graph.importers.get("orjson", [])
    return any(not user.startswith(("entry.", "orjson")) and "/" not in user for user in users)


def needs_time_zones(graph: Graph) -> bool:
    """Tell whether handlers or their packages use zoneinfo; those that only know its types need no zones."""
    users = {*graph.missing.get("zoneinfo", []), *graph.importers.get("zoneinfo", [])}
    return any(
        not is_standard(user) and "/" not in user and user.partition(".")[0] not in ("orjson", "msgspec")
        for user in users
    )
