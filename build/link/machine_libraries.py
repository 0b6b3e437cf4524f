"""Find and read the shared libraries of this machine, which a portable file bundles."""

from __future__ import annotations

from pathlib import Path

from build.core.elf import NotForThisMachineError, SharedObject
from build.core.errors import BuildError
from build.core.process import run

LOADER = "ld-linux-x86-64.so.2"
INTERPRETER = "the interpreter"  # in whose name a library is asked for


def find_library(name: str) -> Path | None:
    found = Path(run(["gcc", f"-print-file-name={name}"], what="asking gcc for a library").strip())
    return found.resolve() if found.is_absolute() and found.exists() else None


def library(name: str, user: str) -> Path:
    found = find_library(name)
    if found is None:
        raise BuildError(f"{name} is not on this machine, and {user} needs it")
    return found


def loader_and_libc() -> tuple[Path, Path]:
    """Return the loader and the libc of the machine, which the file bundles."""
    return library(LOADER, INTERPRETER), library("libc.so.6", INTERPRETER)


def read_object(path: Path) -> SharedObject:
    try:
        return SharedObject(path)
    except NotForThisMachineError as error:
        raise BuildError(f"{path}: {error}") from None
