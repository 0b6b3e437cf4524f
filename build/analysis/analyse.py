"""Let PyInstaller analyse the handlers, once for each state of what the analysis depends on; return the module graph.

The standard library is not analysed: a file holds all of it (stdlib.py).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from build.analysis.graph import Graph
from build.analysis.imports import stdlib
from build.analysis.imports.faults import faults
from build.analysis.imports.implied import write_hooks
from build.analysis.imports.plain import plain_imports, with_plain
from build.analysis.imports.statements import signature
from build.analysis.staging import visible
from build.core.cache import digest, write_whole
from build.core.configuration import BuildConfig
from build.core.paths import CACHE, ROOT, module_name
from build.core.process import run_imports
from build.toolchain.environment import PINS

_HERE = Path(__file__).parent
_WORK = "/the work folder"  # in what is kept: in whatever folder a build works, the graph is the same
# PyInstaller always adds these modules of the standard library; for those that import ctypes it looks for libraries.
_ANALYSED_ANYWAY = {"ctypes", "sys", "builtins"}


def analyse(config: BuildConfig) -> Graph:
    """Return the graph; raise BuildError with PyInstaller's words."""
    unreadable = faults(config.stage)
    config = replace(config, modules=[name for name in config.modules if name not in unreadable])
    plain = plain_imports(config.stage, unreadable)
    if plain is None:
        return analysed(config)
    others = replace(config, modules=[name for name in config.modules if name not in plain])
    return with_plain(analysed(others), plain, config.stage)


def analysed(config: BuildConfig) -> Graph:
    """Return the graph that PyInstaller finds, kept or new."""
    kept = CACHE / "graphs" / f"{_key(config)}.json"
    if not kept.exists():
        write_whole(kept, _found(config).replace(_quoted(config.work), _WORK))
    return Graph.read(kept.read_text().replace(_WORK, _quoted(config.work)))


def _quoted(path: Path) -> str:
    return json.dumps(str(path))[1:-1]


def _key(config: BuildConfig) -> str:
    """Return a key over all that the analysis depends on: the handlers' imports, not the rest of their sources."""
    staged = {path.relative_to(config.stage): path for path in sorted(config.stage.rglob("*.py"))}
    analysed = {
        place: path for place, path in staged.items() if len(place.parts) == 1 or module_name(place) in config.modules
    }
    sources = [f"{place} {signature(path)}" for place, path in analysed.items()]
    compiled = sorted(path for path in (config.stage / "handlers").rglob("*.so"))
    request = _request(config, hooks=None)
    own = [ROOT / "entry", _HERE, PINS, *compiled, *config.contents.hooks]
    return digest([*own, *sources, json.dumps(request).replace(_quoted(config.work), _WORK), sys.version])[:32]


def _found(config: BuildConfig) -> str:
    """Have PyInstaller analyse, and return what fn.spec writes of it."""
    work = config.work / "pyinstaller"
    hooks, request, output = work / "hooks", work / "request.json", work / "graph.json"
    shutil.rmtree(work, ignore_errors=True)
    own = [config.stage, *([config.packages] if config.packages else [])]
    write_hooks(hooks, own, config.paths, config.contents.hooks, config.loaded)
    request.write_text(json.dumps({"analysis": _request(config, hooks), "output": str(output)}))
    command: list[str | Path] = [sys.executable, "-P", "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", work / "dist", "--workpath", work, _HERE / "fn.spec", "--", request]
    machine = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # would be bundled, too
    environment = {**machine, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    # It works there, since it also looks for modules in the working directory.
    run_imports(command, environment=environment, cwd=work, what="PyInstaller")
    return output.read_text()


def _request(config: BuildConfig, hooks: Path | None) -> dict[str, object]:
    from PyInstaller.compat import PY3_BASE_MODULES

    standard = sys.stdlib_module_names - PY3_BASE_MODULES - _ANALYSED_ANYWAY
    requested = {*config.modules, *config.loaded, *config.contents.included}
    excluded = [*config.excluded, *config.contents.excluded, *standard, *visible.hidden(config.paths)]
    return {
        "scripts": [str(config.stage / "start.py")],
        "pathex": [str(path) for path in config.paths],
        "hiddenimports": sorted(name for name in requested - {*config.excluded} if not stdlib.is_standard(name)),
        "hookspath": [str(each) for each in ([hooks] if hooks else []) + config.contents.hooks],
        "excludes": sorted({*excluded}),
    }
