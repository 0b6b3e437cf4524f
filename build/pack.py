"""Turn handlers into the linked file: stage, analyse, archive, link."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from build.analysis import data_files, static, stdlib, visible
from build.analysis.analyse import analyse
from build.analysis.graph import Graph, extension_name
from build.analysis.imports import imported_by
from build.analysis.pure import without_extensions
from build.analysis.sources import modules
from build.analysis.substitutions import substitutions
from build.archive import writer
from build.core.configuration import BuildConfig, Contents
from build.core.console import step
from build.core.errors import BuildError
from build.core.paths import LIST, ROOT
from build.core.process import run
from build.link import inputs
from build.sbom import inventory
from build.toolchain.extensions import EXTENSIONS
from entry.info.commands import DESCRIPTION

IMPORTS = "imports.json"  # in the folder of the work
_OF_IMPORTS = ("reported", "refused", "printed", "seeded", "generators")

# Of entry/: what runs from source only, and what only handlers with a typed input need; it brings msgspec with it.
_OF_SOURCE = [f"entry.runtime.{name}" for name in ("supervisor", "publisher", "pump", "logfile")]
_OF_SOURCE += [f"entry.snapshot.{name}" for name in ("import_audit", "audit_report", "audit_tables")]
_NEVER = ["entry.testing", *_OF_SOURCE, "entry.info.describe"]
_OF_TYPED = ["entry.codec.typed", "entry.codec.validation_errors"]


def stage(
    handlers: Path,
    packages: Path | None,
    work: Path,
    link: str,
    *,
    preload: bool,
    only: Sequence[str] = (),
    contents: Contents | None = None,
) -> tuple[BuildConfig, dict[str, str]]:
    """Copy the handlers to a staging dir and ask them for their names; return the configuration, and the index by name.

    With names in `only`, no module of the handlers is kept that those do not import.
    Raise BuildError for handlers that cannot be imported, have one name twice, or are none.
    """
    contents = contents or Contents()
    target = work / "stage"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(handlers, target / "handlers", ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
    for path in [target / "handlers" / "any", *(target / "handlers").rglob("*.py")]:
        for folder in path.parents[: len(path.relative_to(target).parts) - 1]:
            (folder / "__init__.py").touch()  # the file has no packages without
    (target / "handlers" / LIST).unlink(missing_ok=True)  # for readers of the folder, not for the file
    own = without_extensions(packages, contents.pure)
    paths = [target, *([own] if own else []), visible.shipped(handlers)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONHASHSEED": "0"}
    with step("handlers") as line:
        found = _imported(target, paths, environment)
        index: dict[str, str] = {each["name"]: each["module"] for each in found["described"]}
        if not index:
            raise BuildError(f"there is no handler in {handlers}", "add a file with a function under @handler")
        if only:
            index = _chosen(index, only)
            _keep_only(target, index.values())
            found = _imported(target, paths, environment)
        line.note(_listed(list(index)))
    (work / IMPORTS).write_text(json.dumps({name: found[name] for name in _OF_IMPORTS}))
    (target / "index.json").write_text(json.dumps(index))
    (target / DESCRIPTION).write_text(json.dumps([each for each in found["described"] if each["name"] in index]))
    (target / "handlers_index.py").touch()
    (target / "start.py").write_text("import entry.__main__\n")
    excluded = _NEVER if index.keys() & set(found["typed"]) else [*_NEVER, *_OF_TYPED]
    entry = [name for name in _entry_modules() if name not in excluded]
    modules = sorted({*index.values(), *_own_modules(target / "handlers"), "handlers_index", *entry})
    loaded = [name for name in found["modules"] if not name.startswith(("handlers", "entry"))]
    return BuildConfig(
        target, work, work / "fn", packages, paths, modules, excluded, loaded, link, preload, contents
    ), index


def _imported(target: Path, paths: Sequence[Path], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what importing all handlers shows (build/analysis/import_probe.py), with paths as authors know them."""

    def shown(text: str) -> str:
        for path in paths[:-1]:
            text = text.replace(f"{path}/", "")
        return text

    command: list[str | Path] = [sys.executable, "-P", "-S", ROOT / "build" / "analysis" / "import_probe.py"]
    try:
        printed = run(command, cwd=target, environment=environment, what="loading the handlers")
    except BuildError as error:
        raise BuildError("the handlers cannot be loaded", shown(error.advice)) from None
    found: dict[str, Any] = json.loads(printed)
    for message, trace in found["failed"].values():
        raise BuildError("the handlers cannot be loaded", shown(f"{trace}{message}"))
    for name in ("reported", "refused", "printed"):
        found[name] = [[shown(place), text] for place, text in found[name]]
    return found


def imports_of(work: Path) -> dict[str, Any]:
    """Return what the imports of the staged handlers did: the lists `reported`, `refused`, `printed` and others."""
    found: dict[str, Any] = json.loads((work / IMPORTS).read_text())
    return found


def _chosen(index: dict[str, str], only: Sequence[str]) -> dict[str, str]:
    """Return the part of the index with all handlers of the modules that hold those named."""
    names = [name.replace("_", "-") for name in only]
    if unknown := [name for name in names if name not in index]:
        raise BuildError(f"there is no handler {', '.join(unknown)}", f"the handlers: {', '.join(index)}")
    modules = {index[name] for name in names}
    return {name: module for name, module in index.items() if module in modules}


def _keep_only(target: Path, modules: Iterable[str]) -> None:
    """Remove the modules of handlers that no import statement reaches from those named."""
    files = {_module_name(path.relative_to(target)): path for path in (target / "handlers").rglob("*.py")}
    kept, left = set[str](), list(modules)
    while left:
        name = left.pop()
        if name in files and name not in kept:
            kept.add(name)
            left += [name.rpartition(".")[0], *imported_by(files[name], name)]
    for name in files.keys() - kept:
        files[name].unlink()


def _write_index(
    config: BuildConfig, names: Container[str], left_out: dict[str, str], *, orjson_is_shared: bool
) -> None:
    """Write the module by which the file knows its handlers without importing them; `names` is all that it holds."""
    imports = imports_of(config.work)
    preloaded = sorted(name for name in _imported_inside_functions(config.stage) if name in names)
    (config.stage / "handlers_index.py").write_text(
        f'"""What the build found: the handlers by name, whether others than entry/ import orjson; for a snapshot:\n'
        f"whether a handler is async, what it imports beside the handlers, handlers whose import gives `random` a\n"
        f'seed, generators with a seed by their global names; and modules that the file was built without."""\n\n'
        f"HANDLERS = {dict(sorted(config.handlers.items()))!r}\n"
        f"IS_ASYNC = {_is_async(config.stage / 'handlers')}\n"
        f"ORJSON_IS_SHARED = {orjson_is_shared}\nPRELOADED = {tuple(preloaded) if config.preload else ()!r}\n"
        f"SEEDED = {tuple(imports['seeded'])!r}\nGENERATORS = {tuple(imports['generators'])!r}\n"
        f"LEFT_OUT = {left_out!r}\n"
    )


def _imported_inside_functions(stage: Path) -> set[str]:
    files = (stage / "handlers").rglob("*.py")
    found = (imported_by(path, _module_name(path.relative_to(stage)), inside_functions=True) for path in files)
    return set[str]().union(*found)


def lacks_time_zones(config: BuildConfig) -> bool:
    """Return whether handlers or their packages use zoneinfo, and the file holds no time zones."""
    return needs_time_zones(config) and not (config.packages and (config.packages / "tzdata").is_dir())


def needs_time_zones(config: BuildConfig) -> bool:
    """Return whether an image of the file has to hold the time zones beside it."""
    return (config.work / "time-zones").exists()


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:4])} and {len(names) - 4} more"


def _is_async(handlers: Path) -> bool:
    """Return whether a handler may be async: entry/ imports asyncio only for those."""
    return any("async def" in path.read_text(encoding="utf-8") for path in handlers.rglob("*.py"))


def _own_modules(handlers: Path) -> list[str]:
    return [_module_name(path.relative_to(handlers.parent)) for path in sorted(handlers.rglob("*.py"))]


def _module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _entry_modules() -> list[str]:
    """Return the modules of entry/ that runs may need; no run needs its tools for tests."""
    found = (_module_name(path.relative_to(ROOT)) for path in sorted((ROOT / "entry").rglob("*.py")))
    return [name for name in found if name != "entry" and not name.startswith("entry.testing")]


def pack(config: BuildConfig) -> tuple[str, str]:
    """Analyse, write the archive and link: the kind of link, and why unless it was asked for.

    Raise BuildError for what cannot be linked.
    """
    with step("analysis") as line:
        graph = analyse(config)
        line.note(f"{len(graph.pure)} modules")
    with step("archive") as line:
        link_inputs, archive = _archive(config, graph)
        line.note(f"{archive.stat().st_size / 1e6:.1f} MB")
    with step("link") as line:
        inputs.link(config, link_inputs, archive)
        inventory.check(config)
        line.note(link_inputs.summary)
    return link_inputs.link, link_inputs.why


def _archive(config: BuildConfig, graph: Graph) -> tuple[inputs.LinkInputs, Path]:
    """Choose the link, and write the archive with all that the file holds beside the interpreter."""
    replaced = substitutions(graph, config.modules) if config.link != "portable" else {}
    lean = graph.without(name for name in graph.importers if name.partition(".")[0] in replaced)
    chosen, why = inputs.choose(config, lean) if config.link == "auto" else (config.link, "")
    if chosen == "static":
        graph = lean
    else:
        replaced = {}
    namespace = config.work / "__init__.py"
    namespace.touch()
    found = modules(graph, namespace, config.contents)
    extensions = found.extensions
    found.sources.update(replaced)
    if static.needs_time_zones(graph):
        (config.work / "time-zones").touch()
        found.sources.update(data_files.time_zones(config.packages))
    left_out = stdlib.left_out([*found.sources, *extensions]) | dict.fromkeys(config.contents.excluded, "--exclude")
    _write_index(config, {*found.sources, *extensions}, left_out, orjson_is_shared=static.orjson_is_shared(graph))
    files = {*found.sources.values(), *(Path(source) for _, source, kind in graph.binaries if kind == "EXTENSION")}
    datas = data_files.data_files(graph.datas, files, config.stage / "handlers", config.packages, config.work / "data")
    datas.append((DESCRIPTION, str(config.stage / DESCRIPTION), "DATA"))
    binaries = data_files.shared_objects(graph.binaries, files, config.packages)
    binaries = [each for each in binaries if not (each[2] == "EXTENSION" and extension_name(each[0]) in EXTENSIONS)]
    link_inputs = inputs.gather(config, chosen, why, binaries, extensions, graph)
    datas.append(inventory.write(config, link_inputs, found.sources.values()))
    archive = config.work / "archive"
    writer.write(archive, found, datas, link=chosen)
    return link_inputs, archive
