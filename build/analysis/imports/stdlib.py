"""The standard library: what a file holds of it, what it leaves out and why, and who imports whom in it.

What the standard library can import, the file can import: also a module that nobody names in a statement. Works on the
interpreter that runs the build.
"""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from build.analysis.imports.statements import imported_by
from build.analysis.policy import LARGE, LEFT_OUT, NEVER, ON_REQUEST
from build.core.cache import digest, write_whole
from build.core.paths import CACHE, module_name
from build.toolchain.extensions import EXTENSIONS

FOLDER = Path(sysconfig.get_path("stdlib"))

_TESTS = {"test", "tests", "idle_test"}  # packages of tests inside others


def sources(requested: Iterable[str] = ()) -> dict[str, Path]:
    """Return the source of each module in Python by name; `requested`: what is imported or asked for."""
    left_out = LEFT_OUT - {name.partition(".")[0] for name in requested}
    return {name: source for name, source in _sources().items() if name.partition(".")[0] not in left_out}


@cache
def _sources() -> dict[str, Path]:
    found = {path.stem: path for path in FOLDER.glob("_sysconfigdata_*.py")}  # imported by a name that is put together
    for top in sys.stdlib_module_names - NEVER:
        if (FOLDER / f"{top}.py").is_file():
            found[top] = FOLDER / f"{top}.py"
        for path in (FOLDER / top).rglob("*.py"):
            if not _TESTS.intersection(path.relative_to(FOLDER).with_suffix("").parts):
                found[module_name(path.relative_to(FOLDER))] = path
    return dict(sorted(found.items()))


def extensions(asked: Collection[str], reached: Collection[str]) -> set[str]:
    """Return the extension modules that this interpreter has as shared objects, and a file holds.

    `asked`: what others import of the standard library or ask for; `reached`: all that this leads to.
    """
    left_out = {name for name, public in ON_REQUEST.items() if not {name, public} & {*asked}}
    left_out |= {name for name, users in LARGE.items() if not {name, *users} & {*reached}}
    return {name for name in EXTENSIONS if name not in left_out} & shared_objects().keys()


def left_out(modules: Iterable[str]) -> dict[str, str]:
    """Return what the standard library here has beyond these modules of a file, with the way to have it."""
    rare = {*ON_REQUEST, *LARGE} & shared_objects().keys() | LEFT_OUT & _sources().keys()
    return {name: f"python3 build --include {name}" for name in sorted(rare - {*modules})}


@cache
def shared_objects() -> dict[str, Path]:
    """Return where the interpreter has each of its extension modules that are shared objects."""
    return {path.name.partition(".")[0]: path for path in sorted((FOLDER / "lib-dynload").glob("*.so"))}


def names() -> set[str]:
    """Return the names of all modules of the standard library that are here."""
    return {*_sources(), *shared_objects(), *sys.builtin_module_names}


def is_standard(module: str) -> bool:
    """Tell whether a module is of the standard library, or would be."""
    return module.partition(".")[0] in sys.stdlib_module_names


@cache
def imports() -> dict[str, list[str]]:
    """Return the modules that each module names in import statements, also inside functions."""
    key = digest([sys.version, str(FOLDER), Path(__file__), Path(__file__).with_name("statements.py")])
    kept = CACHE / "stdlib" / f"{key[:16]}.json"
    if kept.exists():
        found: dict[str, list[str]] = json.loads(kept.read_text())
        return found
    known = names()
    found = {name: sorted(imported_by(source, name, as_library=True) & known) for name, source in sources().items()}
    write_whole(kept, json.dumps(found))
    return found
