"""Make the SBOM of a file that is about to be linked, and check it after the link."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from build.analysis.graph import Entry
from build.core.component import Component
from build.core.configuration import Plan
from build.core.paths import CACHE
from build.link import static
from build.link.inputs import Parts
from build.sbom import components, document
from build.toolchain import debian, orjson
from build.toolchain.c_packages import packaged_component
from build.toolchain.environment import PYTHON
from build.toolchain.llhttp import llhttp_component


def write(plan: Plan, parts: Parts, sources: Iterable[Path]) -> Entry:
    """Write the SBOM of these link inputs and the modules' sources; return its entry of the archive."""
    found = [*_of_modules(plan, parts, set(sources)), llhttp_component()]
    found += _of_static(parts) if parts.link == "static" else []
    if parts.link == "portable":
        found += _of_portable(plan, parts)
    target = plan.work / document.NAME
    target.write_text(document.document(components.merged(found), plan.handlers, parts.link))
    return document.NAME, str(target), "DATA"


def check(plan: Plan) -> None:
    """Compare the SBOM with the linker's map; see `document.check`."""
    own = plan.work / "link"
    document.check((plan.work / document.NAME).read_text(), own / "link.map", own=own)


def _of_modules(plan: Plan, parts: Parts, sources: set[Path]) -> list[Component]:
    """Return the standard library, and the packages that the handlers use, with their shared objects."""
    files = sources | {one.content.path for one in parts.carried}
    return [
        *components.standard_library(sorted(sources)),
        *components.of_packages(files, [*([plan.packages] if plan.packages else []), components.PURELIB]),
    ]


def _of_static(parts: Parts) -> list[Component]:
    objects = [path for paths in parts.extensions.values() for path in paths]
    source, _ = debian.python_source(PYTHON, CACHE)
    return [
        *components.of_machine(static.machine_parts(parts.extensions)),
        *components.of_interpreter_source(source, objects),
        *(packaged_component(name, paths) for name, paths in parts.packaged.items()),
        *orjson.orjson_components(),
    ]


def _of_portable(plan: Plan, parts: Parts) -> list[Component]:
    places = [plan.work, plan.stage, components.PURELIB, *([plan.packages] if plan.packages else [])]
    machine = [path for path in (one.content.path for one in parts.carried)
               if not any(path.is_relative_to(place) for place in places)]  # fmt: skip
    return components.of_machine([*machine, *static.implicit_parts()])
