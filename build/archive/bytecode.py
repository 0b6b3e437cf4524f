"""Compile the modules of the file to byte code, once for each source.

The names of files in the code are those inside the file. Docstrings of the standard library, of entry/ and of pinned
packages are left out; those of authors and their packages stay, since they may be read. Columns stay in handlers, whose
source the file holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from pathlib import Path

from build.analysis.imports import stdlib
from build.analysis.sources import BOOTSTRAP
from build.core.cache import digest
from build.core.distributions import PINNED
from build.core.errors import BuildError
from build.core.paths import CACHE, ROOT

_SEVERAL = 40  # modules from which another process is worth its start
_NO_COLUMNS = ["-X", "no_debug_ranges"]
_MAKERS = [Path(__file__), Path(__file__).with_name("compiler.py")]

_Task = tuple[str, str, str, bool]  # what build/archive/compiler.py takes


def bytecode(sources: Mapping[str, Path], *, columns: bool = False) -> dict[str, Path]:
    """Return the file with the marshalled code of each module by name; raise BuildError with the compiler's words."""
    folder = CACHE / "code" / digest([sys.version, *_MAKERS, str(columns)])[:16]
    folder.mkdir(parents=True, exist_ok=True)
    kept = {name: folder / _key(name, source) for name, source in sources.items()}
    missing = [name for name, path in kept.items() if not path.exists()]
    own = [_task(name, sources[name], kept[name]) for name in missing if _shows_source(name)]
    others = [_task(name, sources[name], kept[name]) for name in missing if not _shows_source(name)]
    processes = min(os.cpu_count() or 1, 1 + len(others) // _SEVERAL)
    with ThreadPoolExecutor(processes + 1) as pool:
        handlers = pool.submit(_compile, own, [])
        list(
            pool.map(
                _compile,
                [others[number::processes] for number in range(processes)],
                repeat([] if columns else _NO_COLUMNS),
            )
        )
    handlers.result()
    return kept


def _shows_source(name: str) -> bool:
    """Tell whether tracebacks show lines of the module, in which they mark a column."""
    return name.startswith("handlers")


def _key(name: str, source: Path) -> str:
    total = hashlib.sha256(f"{name} {source.name} {_is_bare(source)} ".encode())
    total.update(source.read_bytes())
    return total.hexdigest()


def _task(name: str, source: Path, target: Path) -> _Task:
    return str(source), _place(name, source), str(target), _is_bare(source)


def _is_bare(source: Path) -> bool:
    """Tell whether the code goes without docstrings."""
    return any(source.is_relative_to(folder) for folder in (stdlib.FOLDER, ROOT / "entry", PINNED))


def _place(name: str, source: Path) -> str:
    """Return the name of the source's file in tracebacks."""
    if name in BOOTSTRAP:  # tracebacks leave it out by this name
        return f"<frozen {BOOTSTRAP[name].removesuffix('.py').replace('/', '.')}>"
    place = name.replace(".", "/") + ("/__init__.py" if source.name == "__init__.py" else ".py")
    return f"lib/{place}" if source.is_relative_to(stdlib.FOLDER) else place


def _compile(tasks: Sequence[_Task], options: Sequence[str]) -> None:
    if not tasks:
        return
    command = [sys.executable, "-P", "-S", "-W", "ignore", *options, "-m", "build.archive.compiler"]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, input=json.dumps(tasks), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError("a module cannot be compiled", "\n".join(done.stderr.strip().splitlines()[-25:]))
