"""Build the file: only what has changed, two builds at a time; put nothing in place before it was seen to work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from build.analysis import static
from build.analysis.analyse import analyse
from build.analysis.data import data_files
from build.analysis.graph import Graph, extension_name
from build.analysis.imports import stdlib
from build.analysis.imports.faults import faults
from build.analysis.sources import modules, refuse_absent
from build.analysis.staging.handler_index import write_index
from build.analysis.staging.stage import imports_of, stage
from build.analysis.substitutions import substitutions
from build.archive import writer
from build.core.cache import digest, locked
from build.core.configuration import BuildConfig
from build.core.console import counted, step
from build.core.paths import shown
from build.finished import Finished, Request, put_in_place, work_folder
from build.link import inputs
from build.link.inputs import LinkInputs
from build.sbom import inventory
from build.snapshot.builder import SnapshotRequest, add_snapshot
from build.snapshot.suitability import UnsuitableError, refuse_unsuitable_imports
from build.snapshot.warnings import warnings
from build.toolchain.extensions import EXTENSIONS
from build.toolchain.requirements import author_packages
from build.verify import start_time, verify
from entry.info.commands import DESCRIPTION

_NO_ZONES = (
    "warning: zoneinfo is used, and the file holds no time zones: add tzdata to the requirements, or see to it that "
    "/usr/share/zoneinfo is in the image"
)
_ONLY_DATA = "the file holds it as data, no run can import it: correct it, or take it out of the folder"


class BuildResult(NamedTuple):
    """A finished file, the linker's map of it, and whether an image has to hold the time zones beside it."""

    file: Path
    link_map: Path
    needs_time_zones: bool


def build_file(
    handlers: Path, requirements: Path | None, output: Path, *, link: str = "auto", snapshot: str = "auto"
) -> Path:
    """Build the file of all handlers at `output`; raise BuildError and leave an earlier one as it was."""
    return build(Request(handlers, requirements, link, snapshot), output).file


def build(request: Request, output: Path) -> BuildResult:
    """Build the file that was requested at `output`; raise BuildError and leave an earlier one as it was."""
    print(f"building {shown(output)} from {shown(request.handlers)}", flush=True)
    while True:
        try:
            return _built(request, output)
        except _EditedError:
            print("  edited       while it was read: once more", flush=True)


class _EditedError(Exception):
    """Handlers, or requirements, have changed since the key of the file was computed."""


def _built(request: Request, output: Path) -> BuildResult:
    finished = Finished.of(request)  # before anything that it depends on is read
    packages = author_packages(request.requirements)
    if request.link != "portable" and not finished.exists:
        link = inputs.toolchain(request.link)  # portable, where there is none for the static one
        if link != request.link:
            return _built(request.with_link(link), output)
    is_new = False
    while True:  # what was there may be gone: another build makes room
        with finished.in_use() as is_there:
            if is_there:
                if not is_new:
                    _say_cached(finished, request.snapshot)
                return _installed(finished, output)
        with locked(finished.lock):
            if is_new := not finished.exists:
                _build_best(request, packages, finished)


def _say_cached(finished: Finished, snapshot: str) -> None:
    if snapshot == "required":
        finished.require_snapshot()
    with step("file") as line:
        line.note("cached")


def _installed(finished: Finished, output: Path) -> BuildResult:
    """Put the file and its SBOM in place, both of the same build."""
    for note in finished.notes:
        print(f"  {note}", flush=True)
    with locked(f"output-{digest([str(output)])[:2]}"):
        put_in_place(finished.file, output, mode=0o755)
        put_in_place(finished.sbom, sbom_beside(output), mode=0o644)
    print(f"{shown(output)}: {output.stat().st_size / 1e6:.1f} MB", flush=True)
    return BuildResult(output, finished.link_map, finished.needs_time_zones)


def sbom_beside(file: Path) -> Path:
    """Return the path of the SBOM beside a file."""
    return file.with_name(f"{file.name}.cdx.json")


def _build_best(request: Request, packages: Path | None, finished: Finished) -> None:
    """Build a static file, or a portable one if its process can be a snapshot and the static file's heap cannot.

    Raise UnsuitableError if neither can, and a snapshot is required.
    """
    require_unedited = partial(_require_unedited, request, finished)
    with work_folder() as work:
        if request.link != "auto":
            made, _ = _build(request, packages, work / "first", require_unedited, snapshot=request.snapshot)
            finished.keep(made)
            return
        snapshot = "none" if request.snapshot == "none" else "auto"
        made, problem = _build(request, packages, work / "first", require_unedited, snapshot=snapshot)
        if problem and made.is_static:
            why = f"a static file would boot cold ({problem}); {inputs.COST_OF_PORTABLE}"
            portable = request.with_link("portable")
            other, unsuitable = _build(portable, packages, work / "second", require_unedited, snapshot="auto", why=why)
            if not unsuitable:
                made, problem = other, None
        if problem and request.snapshot == "required":
            raise problem
        finished.keep(made)


def _require_unedited(request: Request, finished: Finished) -> None:
    """Raise _EditedError if what was asked for has another key by now: the file would be kept as one of before."""
    if Finished.of(request).folder != finished.folder:
        raise _EditedError


def _build(
    request: Request,
    packages: Path | None,
    work: Path,
    require_unedited: Callable[[], None],
    *,
    snapshot: str,
    why: str = "",
) -> tuple[Finished, UnsuitableError | None]:
    """Build one file, step by step; return it, and why it has no snapshot, if one was requested.

    Call `require_unedited` when all that an author may edit has been copied. `why` says why the file is portable;
    otherwise the analysis decides that.
    """
    work.mkdir()
    config, index = stage(
        request.handlers, packages, work, request.link,
        preload=request.preload, only=request.only, contents=request.contents,
    )  # fmt: skip
    require_unedited()
    config = replace(config, tricks=request.tricks)
    imports = imports_of(work)
    if request.snapshot == "required":
        refuse_unsuitable_imports(imports["refused"], "static" if request.link == "static" else "portable")

    link_inputs, needs_time_zones = link_handlers(config)
    unsuitable = add_snapshot(
        SnapshotRequest(link_inputs.link, snapshot, imports["refused"], imports["reported"], request.reproducible),
        config,
    )
    is_warm = snapshot != "none" and not unsuitable
    with step("verify") as line:
        line.note(verify(config.output, index, is_warm=is_warm))

    why = why or link_inputs.why or ("all that is needed can be linked" if request.link == "auto" else "")
    chosen = f"{link_inputs.link}: {why}" if why else link_inputs.link
    notes = [f"link         {chosen}. {start_time(config.output, min(index), is_warm=is_warm)}"]
    notes += [f"printed      {place}: {text}" for place, text in imports["printed"]]
    notes += [f"warning: {fault} ({_ONLY_DATA})" for fault in faults(config.stage).values()]
    if needs_time_zones and not data_files.time_zones(packages):
        notes.append(_NO_ZONES)
    if unsuitable:
        notes.append(f"snapshot     none, each run boots cold: {unsuitable}")
        notes += [f"             {line}" for line in unsuitable.advice.splitlines()]
    elif snapshot != "none":
        notes += warnings(imports["reported"])
    made = Finished(work / "finished")
    made.fill(config, link_inputs.link, notes, unsuitable, zones=needs_time_zones)
    return made, unsuitable


def link_handlers(config: BuildConfig) -> tuple[LinkInputs, bool]:
    """Analyse staged handlers, write the archive and link; return what was linked, and whether it needs time zones.

    Raise BuildError for what cannot be linked.
    """
    with step("analysis") as line:
        graph = analyse(config)
        line.note(counted(len(graph.pure), "module"))
    with step("archive") as line:
        link_inputs, archive = _archive(config, graph)
        line.note(f"{archive.stat().st_size / 1e6:.1f} MB")
    with step("link") as line:
        inputs.link(config, link_inputs, archive)
        inventory.check(config)
        line.note(link_inputs.summary)
    return link_inputs, static.needs_time_zones(graph)


def _archive(config: BuildConfig, graph: Graph) -> tuple[LinkInputs, Path]:
    """Choose the link, and write the archive with all that the file holds beside the interpreter."""
    replaced = substitutions(graph, config.contents.included) if config.link != "portable" else {}
    lean = graph.without(name for name in graph.importers if name.partition(".")[0] in replaced)
    chosen, why = inputs.choose(config, lean) if config.link == "auto" else (config.link, "")
    if chosen == "static":
        graph = lean
    else:
        replaced = {}
    namespace = config.work / "__init__.py"
    namespace.touch()
    found = modules(graph, namespace, config.contents)
    refuse_absent(config.contents, graph, found)
    extensions = found.extensions
    found.sources.update(replaced)
    if chosen == "portable" or static.needs_time_zones(graph):  # C code may read zones that no import tells of
        found.sources.update(data_files.time_zones(config.packages))
    left_out = stdlib.left_out([*found.sources, *extensions]) | dict.fromkeys(config.contents.excluded, "--exclude")
    write_index(config, {*found.sources, *extensions}, left_out, orjson_is_shared=static.orjson_is_shared(graph))
    files = {*found.sources.values(), *(Path(source) for _, source, kind in graph.binaries if kind == "EXTENSION")}
    datas = data_files.data_files(graph.datas, files, config.stage / "handlers", config.packages, config.work / "data")
    datas.append((DESCRIPTION, str(config.stage / DESCRIPTION), "DATA"))
    binaries = data_files.shared_objects(graph.binaries, files, config.packages)
    binaries = [each for each in binaries if not (each[2] == "EXTENSION" and extension_name(each[0]) in EXTENSIONS)]
    link_inputs = inputs.gather(chosen, why, binaries, extensions, graph)
    datas.append(inventory.write(config, link_inputs, found.sources.values()))
    archive = config.work / "archive"
    writer.write(archive, found, datas, link=chosen, tricks=config.tricks)
    return link_inputs, archive
