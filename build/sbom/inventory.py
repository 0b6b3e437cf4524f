"""Make the SBOM of a file that is about to be linked, and check it after the link."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from build.analysis.graph import Entry
from build.core.component import Component
from build.core.configuration import BuildConfig
from build.core.distributions import PINNED
from build.core.paths import CACHE
from build.link import machine_files, static
from build.link.inputs import LinkInputs
from build.link.interpreter import PROGRAMS
from build.sbom import components, document
from build.toolchain import debian, orjson
from build.toolchain.c_packages import COMPILED, component
from build.toolchain.environment import PYTHON
from build.toolchain.llhttp import PACKAGE, llhttp


def write(config: BuildConfig, link_inputs: LinkInputs, sources: Iterable[Path]) -> Entry:
    """Write the SBOM of these link inputs and the modules' sources; return its entry of the archive.

    Note the machine's files among the inputs beside it.
    """
    of_machine = _of_machine(config, link_inputs)
    machine_files.note(of_machine, config.work / machine_files.NAME)
    found = [*_of_modules(config, link_inputs, set(sources)), component(PACKAGE, llhttp()[1])]
    found += components.of_machine(of_machine)
    found += _of_static(link_inputs) if link_inputs.link == "static" else []
    target = config.work / document.NAME
    target.write_text(document.document(components.merged(found), config.handlers, link_inputs.link))
    return document.NAME, str(target), "DATA"


def check(config: BuildConfig) -> None:
    """Compare the SBOM with the linker's map; see `document.check`."""
    own = config.work / "link"
    document.check((config.work / document.NAME).read_text(), own / "link.map", own=own)


def _of_modules(config: BuildConfig, link_inputs: LinkInputs, sources: set[Path]) -> list[Component]:
    """Return the standard library, and the packages that the handlers use, with their shared objects."""
    files = sources | {one.content.path for one in link_inputs.bundled}
    return [
        *components.standard_library(sorted(sources)),
        *components.of_packages(files, [*([config.packages] if config.packages else []), PINNED]),
    ]


def _of_static(link_inputs: LinkInputs) -> list[Component]:
    objects = [path for paths in link_inputs.extensions.values() for path in paths]
    source, _ = debian.python_source(PYTHON, CACHE)
    return [
        *components.of_interpreter_source(source, objects),
        *(component(COMPILED[name].package, paths) for name, paths in link_inputs.packaged.items()),
        *orjson.orjson_components(),
    ]


def _of_machine(config: BuildConfig, link_inputs: LinkInputs) -> list[Path]:
    """Return the files of this machine that are linked, or bundled."""
    if link_inputs.link == "static":
        return static.machine_parts(link_inputs.extensions)
    own = [config.stage, PROGRAMS, PINNED, *([config.packages] if config.packages else [])]
    machine = [path for path in (one.content.path for one in link_inputs.bundled)
               if not any(path.is_relative_to(place) for place in own)]  # fmt: skip
    return [*machine, *static.implicit_parts()]
