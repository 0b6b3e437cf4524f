"""Stage handlers for a build: copy them to a folder, ask them for their names, and say what belongs to the file."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from build.analysis.imports.statements import imported_by
from build.analysis.staging import visible
from build.analysis.staging.probe import imported
from build.analysis.staging.pure import without_extensions
from build.core.configuration import BuildConfig, Contents
from build.core.console import step
from build.core.errors import BuildError
from build.core.paths import LIST, ROOT, module_name, no_handlers
from entry.info.commands import DESCRIPTION

IMPORTS = "imports.json"  # in the work folder
_OF_IMPORTS = ("reported", "refused", "printed", "variables", "seeded", "generators")

# Modules and packages of entry/ that only tests, runs from source and builds need, and those that only handlers with a
# typed input need, since they bring msgspec with them.
_NEVER = ["entry.testing", "entry.runtime.source", "entry.snapshot.audit", "entry.info.describe"]
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

    With names in `only`, keep no module of the handlers that these do not import.
    Raise BuildError if handlers cannot be imported or two have the same name, or if there is none.
    """
    contents = contents or Contents()
    target = work / "stage"
    shutil.rmtree(target, ignore_errors=True)
    _copy(handlers, target / "handlers")
    for path in [target / "handlers" / "any", *(target / "handlers").rglob("*.py")]:
        for folder in path.parents[: len(path.relative_to(target).parts) - 1]:
            (folder / "__init__.py").touch()  # the file only finds packages that have one
    (target / "handlers" / LIST).unlink(missing_ok=True)  # for readers of the folder, not for the file
    own = without_extensions(packages, contents.pure)
    paths = [target, *([own] if own else []), visible.shipped(handlers)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONHASHSEED": "0"}
    with step("handlers") as line:
        found = _imported(target, paths, environment)
        index: dict[str, str] = {each["name"]: each["module"] for each in found["described"]}
        if not index:
            raise no_handlers(handlers)
        if only:
            index = _chosen(index, only)
            _keep_only(target, [*index.values(), *contents.included])
            found = _imported(target, paths, environment)
        line.note(_listed(list(index)))
    (work / IMPORTS).write_text(json.dumps({name: found[name] for name in _OF_IMPORTS}))
    (target / "index.json").write_text(json.dumps(index))
    (target / DESCRIPTION).write_text(json.dumps([each for each in found["described"] if each["name"] in index]))
    (target / "handlers_index.py").touch()
    (target / "start.py").write_text("import entry.__main__\n")
    excluded = _NEVER if found["typed"] else [*_NEVER, *_OF_TYPED]
    entry = [name for name in entry_modules() if name not in excluded]
    modules = sorted({*index.values(), *_own_modules(target / "handlers"), "handlers_index", *entry})
    loaded = [name for name in found["modules"] if not name.startswith(("handlers", "entry"))]
    return BuildConfig(
        target, work, work / "fn", packages, paths, modules, excluded, loaded, link, preload, contents
    ), index


def _copy(handlers: Path, target: Path) -> None:
    try:
        shutil.copytree(handlers, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
    except shutil.Error as error:
        reasons = [f"{reason}" if place in reason else f"{place}: {reason}" for place, _, reason in error.args[0]]
        raise BuildError(
            "the folder of handlers cannot be copied: take this out of it", "\n".join(reasons[:10])
        ) from None


def _imported(target: Path, paths: Sequence[Path], environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what importing all handlers shows (staging/import_probe.py), with paths as authors know them."""

    def shown(text: str) -> str:
        for path in paths[:-1]:
            text = text.replace(f"{path}/", "")
        return text

    found = imported([sys.executable, "-P", "-S"], [], target, environment, shown)
    for message, trace in found["failed"].values():
        raise BuildError("the handlers cannot be loaded", shown(f"{trace}{message}"))
    for name in ("reported", "refused", "printed"):
        found[name] = [[shown(place), text] for place, text in found[name]]
    found["variables"] = {name: shown(place) for name, place in found["variables"].items()}
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
    files = {module_name(path.relative_to(target)): path for path in (target / "handlers").rglob("*.py")}
    kept, left = set[str](), list(modules)
    while left:
        name = left.pop()
        if name in files and name not in kept:
            kept.add(name)
            left += [name.rpartition(".")[0], *imported_by(files[name], name)]
    for name in files.keys() - kept:
        files[name].unlink()


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 5 else f"{', '.join(names[:4])} and {len(names) - 4} more"


def _own_modules(handlers: Path) -> list[str]:
    return [module_name(path.relative_to(handlers.parent)) for path in sorted(handlers.rglob("*.py"))]


def entry_modules() -> list[str]:
    """Return the modules of entry/ that runs may need."""
    found = (module_name(path.relative_to(ROOT)) for path in sorted((ROOT / "entry").rglob("*.py")))
    return [
        name for name in found if name != "entry" and not f"{name}.".startswith(tuple(f"{each}." for each in _NEVER))
    ]
