"""Choose the link, gather its inputs (object files or shared objects), and link."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from build.analysis import static as linkable
from build.analysis.data import data_files
from build.analysis.graph import Entry, Graph
from build.analysis.imports import stdlib
from build.analysis.staging.stage import imports_of
from build.core.cache import digest
from build.core.configuration import BuildConfig
from build.core.console import counted, step
from build.core.paths import CACHE, ROOT
from build.link import import_variables, portable, static
from build.link.portable import Bundled
from build.toolchain import debian, orjson
from build.toolchain.c_packages import COMPILED, compile_packaged
from build.toolchain.environment import PYTHON, STATIC, has_debian_python, headers
from build.toolchain.extensions import EXTENSIONS, INCOMPLETE, compile_extensions
from build.toolchain.llhttp import llhttp

COST_OF_PORTABLE = "the file is larger, and a run takes somewhat longer to start (docs/links.md)"


@dataclass(frozen=True)
class LinkInputs:
    """What is linked: builtin and extension modules by the static link, bundled objects by the portable one."""

    link: str
    why: str  # in a few words, when the portable link was not asked for
    builtins: set[str]
    extensions: dict[str, list[Path]]  # object files of modules: of the standard library
    packaged: dict[str, list[Path]]  # and of packages
    bundled: list[Bundled]

    @property
    def summary(self) -> str:
        if self.link == "static":
            return counted(len(self.extensions) + len(self.packaged), "extension module")
        total = sum(one.content.length for one in self.bundled) / 1e6
        opened = "".join(f", {one.soname}" for one in self.bundled if one.is_opened)
        advice = f" (of this machine, since packages open it by its name: {opened[2:]})" if opened else ""
        return f"{counted(len(self.bundled), 'shared object')} of {total:.1f} MB{advice}"


def gather(link: str, why: str, binaries: Iterable[Entry], extensions: Iterable[str], graph: Graph) -> LinkInputs:
    """Gather the inputs of this link; `binaries` are those of packages, `extensions` the standard library's modules."""
    binaries, builtins = list(binaries), {*sys.builtin_module_names}
    if link == "portable":
        paths = stdlib.shared_objects()
        own = [(f"lib-dynload/{paths[name].name}", str(paths[name]), "EXTENSION") for name in sorted(extensions)]
        return LinkInputs(link, why, builtins, {}, {}, portable.gather([*own, *binaries]))
    names = {*extensions, *linkable.extensions(binaries, graph), *(INCOMPLETE & builtins)}
    while more := {other for name in names & EXTENSIONS.keys() for other in EXTENSIONS[name].needs} - names:
        names |= more
    return LinkInputs(link, why, builtins, *extension_objects(sorted(names)), [])


def choose(config: BuildConfig, graph: Graph) -> tuple[str, str]:
    """Return the link for what was found, and why it is the portable one."""
    binaries = data_files.shared_objects(graph.binaries, {*filter(None, graph.pure.values())}, config.packages)
    try:
        linkable.extensions(binaries, graph)
    except linkable.NotStaticError as error:
        found = [f"{modules[0]} and {len(modules) - 1} more of {package}" if len(modules) > 1 else modules[0]
                 for package, modules in sorted(error.modules.items())]  # fmt: skip
        why = f"{', '.join(found)} cannot be linked statically; {COST_OF_PORTABLE}"
        speed_ups = linkable.speed_ups(error.modules, graph)
        if len(speed_ups) == len(error.modules):
            options = " ".join(f"--pure {package}" for package in speed_ups)
            why += f". These are speed-ups that their packages do without: {options} makes the link static"
        return "portable", why
    return "static", ""


def link(config: BuildConfig, link_inputs: LinkInputs, archive: Path) -> None:
    """Write the linked file."""
    work = config.work / "link"
    work.mkdir(exist_ok=True)
    variables = work / "variables.c"
    variables.write_text(import_variables.source(imports_of(config.work)["variables"]))
    if link_inputs.link == "portable":
        portable.link(config.output, archive=archive, bundled=link_inputs.bundled, variables=variables, work=work)
    else:
        library, _ = orjson.orjson_library()
        static.link(
            config.output, archive=archive, builtins=link_inputs.builtins, extensions=link_inputs.extensions,
            packaged=link_inputs.packaged, orjson=library, variables=variables, work=work, tricks=config.tricks,
        )  # fmt: skip


def extension_objects(names: list[str]) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """Return the object files of extension modules, of the standard library and of packages; compile them if needed."""
    standard, include = [name for name in names if name in EXTENSIONS], static.include_folder()
    packages = {package for name in standard for package in EXTENSIONS[name].packages}
    debian.require_packages(sorted(packages))
    source, _ = debian.python_source(PYTHON, CACHE)
    version = str(source.relative_to(CACHE))  # the objects are the same in whatever folder
    installed = debian.versions(packages)
    folders = {name: _objects_of(name, [version, *headers()], installed) for name in standard}
    compiled = compile_extensions(standard, source, include, folders)
    return compiled, {name: compile_packaged(name, include) for name in names if name in COMPILED}


def _objects_of(name: str, common: Sequence[str], installed: Mapping[str, str]) -> Path:
    """Return the folder of a module's objects; an update of a library that it includes headers of makes them anew."""
    own = [f"{package} {installed.get(package)}" for package in EXTENSIONS[name].packages]
    key = digest([ROOT / "build" / "toolchain" / "extensions.py", *common, *own])
    return CACHE / "extensions" / key[:16] / name


def toolchain(requested: str) -> str:
    """Make, or find in the cache, what every static file is linked with, whatever the analysis finds.

    Return the link that is possible: `auto` becomes portable on a machine that cannot have what the static link needs.
    """
    with step("toolchain") as line:
        try:
            if not has_debian_python():
                raise debian.PackagesMissingError("the static link takes Debian's Python", "build on Debian 12 or 13")
            debian.require_packages(STATIC)
        except debian.PackagesMissingError as error:
            if requested == "static":
                raise
            line.note("portable")
            missing = error
        else:
            source, note = debian.python_source(PYTHON, CACHE)
            _, cached = orjson.orjson_library()
            llhttp()
            line.note(f"{note or source.name}, orjson {'cached' if cached else 'compiled'}")
            return requested
    print(f"  link         portable: {missing} ({missing.advice}); {COST_OF_PORTABLE}", flush=True)
    return "portable"


def all_extensions() -> None:
    """Make the rest of what a file can be linked with, so that later builds need no package and no compiler for it."""
    with step("extensions") as line:
        names = [name for name in EXTENSIONS if find_spec(name)]  # the table is for several versions of Python
        extension_objects([*names, *COMPILED])
        line.note(counted(len(names) + len(COMPILED), "module"))
