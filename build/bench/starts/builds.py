"""Time builds: the first of a fresh copy of the repository, and those after it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from build.bench.figures.table import Table
from build.core.console import step
from build.core.paths import ROOT
from build.core.process import run


def builds(folder: Path) -> Table:
    """Return the times of `python3 build` in a copy with nothing made but the system's packages, and again."""
    copy = folder / "copy"
    for name in run(["git", "-C", ROOT, "ls-files", "-z"], what="git ls-files").split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    rows = [_build(copy, "the first, with its environment and toolchain")]
    with (copy / "handlers" / "greet.py").open("a") as source:
        source.write("\n# changed\n")
    rows += [_build(copy, "after a change of a handler"), _build(copy, "with nothing changed")]
    return Table("Builds", ("build", "seconds"), rows)


def _build(copy: Path, which: str) -> list[str]:
    """Return the row of one build."""
    with step("build") as line:
        line.note(which)
        started = time.perf_counter()
        run(["/usr/bin/env", "python3", "build"], cwd=copy, environment=_outside(), what="a build of a copy")
    return [which, f"{time.perf_counter() - started:.1f}"]


def _outside() -> dict[str, str]:
    """Return the variables without those of this environment's own interpreter."""
    own = str(ROOT / ".venv" / "bin")
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != own)
    return {**os.environ, "PATH": path}
