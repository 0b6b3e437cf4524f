"""Has PyInstaller analyse the handlers, once for what the analysis depends on: the graph of what a file may need.

The standard library is not analysed: a file holds all of it (stdlib.py).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from build.analysis import stdlib, visible
from build.analysis.graph import Graph
from build.analysis.implied import write_hooks
from build.analysis.imports import signature
from build.core.cache import digest
from build.core.configuration import Plan
from build.core.paths import CACHE, ROOT
from build.core.process import run
from build.toolchain.environment import PINS

_HERE = Path(__file__).parent
# PyInstaller wants these of the standard library in any case; of those that import ctypes it looks for libraries.
_ANALYSED_ANYWAY = {"ctypes", "sys", "builtins"}


def analyse(plan: Plan) -> Graph:
    """Return the graph; raises BuildError with PyInstaller's words."""
    kept = CACHE / "graphs" / f"{_key(plan)}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        _run(plan, unfinished := kept.with_suffix(f".{os.getpid()}.tmp"))
        unfinished.rename(kept)
    return Graph.read(kept)


def _key(plan: Plan) -> str:
    """Return a key over all that the analysis depends on: the handlers' imports, not the rest of their sources."""
    sources = [f"{path.relative_to(plan.stage)} {signature(path)}" for path in sorted(plan.stage.rglob("*.py"))]
    compiled = sorted(path for path in (plan.stage / "handlers").rglob("*.so"))
    request = _request(plan, hooks=None)
    own = [ROOT / "entry", _HERE, PINS, *compiled, *plan.contents.hooks]
    return digest([*own, *sources, json.dumps(request), sys.version])[:32]


def _run(plan: Plan, output: Path) -> None:
    work = plan.work / "pyinstaller"
    hooks, request = work / "hooks", work / "request.json"
    shutil.rmtree(work, ignore_errors=True)
    own = [plan.stage, *([plan.packages] if plan.packages else [])]
    write_hooks(hooks, own, plan.paths, plan.contents.hooks, plan.loaded)
    request.write_text(json.dumps({"analysis": _request(plan, hooks), "output": str(output)}))
    command: list[str | Path] = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", work / "dist", "--workpath", work, _HERE / "fn.spec", "--", request]
    machine = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # would be carried
    run(command, environment={**machine, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}, what="PyInstaller")


def _request(plan: Plan, hooks: Path | None) -> dict[str, object]:
    from PyInstaller.compat import PY3_BASE_MODULES

    standard = sys.stdlib_module_names - PY3_BASE_MODULES - _ANALYSED_ANYWAY
    wanted = {*plan.modules, *plan.loaded, *plan.contents.included}
    excluded = [*plan.excluded, *plan.contents.excluded, *standard, *visible.hidden(plan.paths)]
    return {
        "scripts": [str(plan.stage / "start.py")],
        "pathex": [str(path) for path in plan.paths],
        "hiddenimports": sorted(name for name in wanted - {*plan.excluded} if not stdlib.is_standard(name)),
        "hookspath": [str(each) for each in ([hooks] if hooks else []) + plan.contents.hooks],
        "excludes": sorted({*excluded}),
    }
