"""What the file is made of beside its modules: chooses the link, gathers the parts, and links.

The second half of build/pack.py: runs in PyInstaller's process, for fn.spec.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from build.analysis import graph, pruning
from build.core.cache import digest
from build.core.configuration import Plan
from build.core.errors import BuildError
from build.core.paths import CACHE, ROOT
from build.link import portable, static
from build.link.portable import Carried
from build.toolchain import debian, orjson
from build.toolchain.c_packages import COMPILED, compile_packaged
from build.toolchain.environment import PYTHON
from build.toolchain.extensions import EXTENSIONS, INCOMPLETE, compile_extensions

COST_OF_PORTABLE = "no snapshot, so each run starts the interpreter and imports anew (docs/links.md)"


@dataclass(frozen=True)
class Parts:
    """Of either link: static with builtin and extension modules, or portable with carried objects."""

    link: str
    why: str  # in a few words, when the portable link was not asked for
    builtins: set[str]
    extensions: dict[str, list[Path]]  # object files of modules: of the standard library
    packaged: dict[str, list[Path]]  # and of packages
    carried: list[Carried]

    @property
    def summary(self) -> str:
        if self.link == "static":
            return f"{len(self.extensions) + len(self.packaged)} extension modules"
        total = sum(one.content.length for one in self.carried) / 1e6
        opened = "".join(f", {one.soname}" for one in self.carried if one.is_opened)
        told = f" (of this machine, since packages open it by its name: {opened[2:]})" if opened else ""
        return f"{len(self.carried)} shared objects of {total:.1f} MB{told}"


def gather(
    plan: Plan,
    binaries: Iterable[graph.Entry],
    builtins: set[str],
    importers: graph.Importers,
    stand_ins: Container[str],
) -> Parts:
    """The parts of the link that is asked for, or of the portable one where it is the only one possible.

    `stand_ins`: packages that do not make it so.
    """
    binaries = list(binaries)
    with told(plan):
        chosen, why = _choose(binaries, importers, stand_ins) if plan.link == "auto" else (plan.link, "")
        if graph.needs_time_zones(importers):
            (plan.work / "time-zones").touch()
        if chosen == "portable":
            return Parts(chosen, why, builtins, {}, {}, portable.gather(binaries, plan.work / "link"))
        names = {*graph.extensions(binaries, importers), *(INCOMPLETE & builtins)}
        if "unicodedata" in builtins and not pruning.names_of_characters(importers):
            names.add("unicodedata")
        return Parts(chosen, why, builtins, *extension_objects(sorted(names)), [])


def link(plan: Plan, parts: Parts, archive: Path) -> None:
    """Writes the linked file."""
    work = plan.work / "link"
    with told(plan):
        if parts.link == "portable":
            portable.link(plan.output, archive=archive, carried=parts.carried, work=work)
        else:
            library, _ = orjson.orjson_library()
            static.link(
                plan.output, archive=archive, builtins=parts.builtins, extensions=parts.extensions,
                packaged=parts.packaged, orjson=library, work=work,
            )  # fmt: skip
    summary = f"{archive.stat().st_size / 1e6:.1f} MB of modules, {parts.summary}"
    (plan.work / "result").write_text(json.dumps([parts.link, summary, parts.why]))


def extension_objects(names: list[str]) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """The object files of extension modules, of the standard library and of packages, compiled where they are not."""
    standard, include = [name for name in names if name in EXTENSIONS], static.include_folder()
    debian.require_packages(package for name in standard for package in EXTENSIONS[name].packages)
    source, _ = debian.python_source(PYTHON, CACHE)
    objects = CACHE / "extensions" / digest([ROOT / "build" / "toolchain" / "extensions.py", str(source)])[:16]
    compiled = compile_extensions(standard, source, include, objects)
    return compiled, {name: compile_packaged(name, include) for name in names if name in COMPILED}


@contextmanager
def told(plan: Plan) -> Iterator[None]:
    """Hands an error to the build, which waits for PyInstaller's process."""
    try:
        yield
    except BuildError as error:
        (plan.work / "problem").write_text(json.dumps([str(error), error.advice]))
        sys.exit(str(error))


def _choose(binaries: list[graph.Entry], importers: graph.Importers, stand_ins: Container[str]) -> tuple[str, str]:
    """The link for what was found, and why it is the portable one."""
    try:
        graph.extensions(binaries, importers)
    except graph.NotStaticError as error:
        found = [f"{modules[0]} and {len(modules) - 1} more of {package}" if len(modules) > 1 else modules[0]
                 for package, modules in sorted(error.modules.items()) if package not in stand_ins]  # fmt: skip
        return "portable", f"{', '.join(found)} cannot be linked statically; {COST_OF_PORTABLE}"
    return "static", ""
