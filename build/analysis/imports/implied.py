"""Find imports that no statement shows: of extension modules, and of packages that list modules or look for plugins.

A compiled module imports others from C, Rust or Cython. Each gets a hook for PyInstaller that, once it is reached,
imports it in a process of its own and sees what this brings. `write_hooks` makes the hooks in the build's process,
`extend` is what each of them does in PyInstaller's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

from build.analysis.imports.iterated import unseen
from build.core import session
from build.core.cache import digest, write_whole
from build.core.paths import CACHE
from build.toolchain.environment import PINS

_SETTINGS = "settings.json"
_HOOK = """\
from build.analysis.imports.implied import extend

extend(globals(), {module!r}, {names!r}, compiled={compiled!r})
"""
_PATIENCE = 300  # seconds for an import; one that takes longer is taken for one that waits for ever

# Prints which modules of packages the import of a module has loaded, even if it fails in the end.
_PROBE = """\
import contextlib, importlib, json, os, sys
out = os.dup(1)
os.dup2(2, 1)
with contextlib.suppress(BaseException):
    importlib.import_module(sys.argv[1])
found = [name for name, module in list(sys.modules.items())
         if name.partition(".")[0] not in sys.stdlib_module_names
         and getattr(getattr(module, "__spec__", None), "name", None) == name]
os.write(out, json.dumps(sorted(found)).encode())
os._exit(0)
"""


def write_hooks(
    folder: Path, own: Sequence[Path], paths: Sequence[Path], author_hooks: Sequence[Path], known: Iterable[str]
) -> None:
    """Write a hook for each extension module of the author's, and for what looks for plugins or lists modules.

    `own`: the author's folders, `paths`: all that modules are found in; `known`: those whose imports have been seen.
    """
    folder.mkdir(parents=True)
    plugins = _plugins(own)
    for name, modules in unseen(own).items():
        plugins.setdefault(name, set()).update(modules)
    extensions = {name: file for path in own for name, file in _extension_modules(path)}
    for name, packages in _named_by(extensions, own).items():
        if packages:
            plugins.setdefault(name, set()).update(packages)
    compiled = extensions.keys() - {*known}
    for name in plugins.keys() | compiled:
        file = str(extensions[name]) if name in compiled else ""
        text = _HOOK.format(module=name, names=sorted(plugins.get(name, ())), compiled=file)
        (folder / f"hook-{name}.py").write_text(text)
    settings = {"hooks": [str(each) for each in author_hooks], "paths": [str(path) for path in paths]}
    (folder / _SETTINGS).write_text(json.dumps(settings))


def extend(namespace: dict[str, Any], module: str, names: Sequence[str], *, compiled: str) -> None:
    """Do in a hook what another hook for the module would do; add the imports `names`, and those that it implies.

    `compiled`: the file of an extension module, or "".
    """
    folder = Path(namespace["__file__"]).parent
    settings = json.loads((folder / _SETTINGS).read_text())
    other = next(_others(f"hook-{module}.py", [Path(each) for each in settings["hooks"]]), None)
    if other:
        exec(compile(other.read_bytes(), str(other), "exec"), namespace)  # noqa: S102  # as PyInstaller would
    implied = brought_by(module, Path(compiled), [Path(path) for path in settings["paths"]]) if compiled else []
    namespace["hiddenimports"] = [*namespace.get("hiddenimports", ()), *names, *implied]
    namespace["warn_on_missing_hiddenimports"] = False


def brought_by(module: str, file: Path, paths: Sequence[Path]) -> list[str]:
    """Return the modules of packages that the import of an extension module loads; from the cache, if it is the same.

    Folders of packages are others by name if their contents are; those of fn's own packages, by the pins.
    """
    kept = CACHE / "implied" / digest([_PROBE, module, sys.version, *map(str, paths), file, PINS])[:32]
    if kept.exists():
        found: list[str] = json.loads(kept.read_text())
        return found
    path = os.pathsep.join(map(str, paths))
    command = [sys.executable, "-P", "-S", "-c", _PROBE, module]
    try:
        done = session.run(command, environment={**os.environ, "PYTHONPATH": path}, patience=_PATIENCE)
    except subprocess.TimeoutExpired:
        return []
    found = json.loads(done.stdout) if done.stdout else []
    write_whole(kept, json.dumps(found))
    return found


def _others(name: str, author_hooks: Iterable[Path]) -> Iterator[Path]:
    """Yield the hooks of that name, in PyInstaller's order; it would run only the first."""
    for folder in [*author_hooks, *_hook_folders()]:
        if (folder / name).is_file():
            yield folder / name


@cache
def _hook_folders() -> list[Path]:
    """Return PyInstaller's own folders of hooks; it starts a process to find them, so once is enough for all hooks."""
    from PyInstaller import PACKAGEPATH
    from PyInstaller.building.build_main import discover_hook_directories

    found = sorted(discover_hook_directories(), key=lambda each: -each[1])
    return [*(Path(folder) for folder, _ in found), Path(PACKAGEPATH, "hooks")]


def _extension_modules(path: Path) -> Iterator[tuple[str, Path]]:
    for file in path.rglob("*.so"):
        suffix = max((each for each in EXTENSION_SUFFIXES if file.name.endswith(each)), key=len)
        parts = [*file.relative_to(path).parts[:-1], file.name.removesuffix(suffix)]
        if all(part.isidentifier() for part in parts):
            yield ".".join(parts).removesuffix(".__init__"), file


def _named_by(extensions: Mapping[str, Path], own: Iterable[Path]) -> dict[str, set[str]]:
    """Return the author's packages by the extension modules of other distributions that hold their names as texts.

    A function in C may import one when it is called, as one of duckdb does with numpy: the module's own import shows
    nothing of it.
    """
    owners: dict[str, int] = {}
    for number, distribution in enumerate(metadata.distributions(path=[str(path) for path in own])):
        files = [file for file in distribution.files or () if file.suffix in (".py", ".so")]
        owners.update({file.parts[0].partition(".")[0]: number for file in files if file.parts[0] != ".."})
    found: dict[str, set[str]] = {}
    for name, file in extensions.items():
        content, owner = file.read_bytes(), owners.get(name.partition(".")[0])
        found[name] = {each for each in owners if owners[each] != owner and b"\0%s\0" % each.encode() in content}
    return found


def _plugins(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Return the modules of entry points by the package that looks for them, which the group's name begins with."""
    found: dict[str, set[str]] = {}
    for distribution in metadata.distributions(path=[str(path) for path in paths]):
        for entry in distribution.entry_points:
            looker = re.split(r"[._-]", entry.group)[0]
            if looker and looker not in sys.stdlib_module_names:
                found.setdefault(looker, set()).add(entry.module)
    return found
