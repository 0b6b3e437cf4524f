"""Compute keys of the cache, and let several builds use it at a time: what is kept is made once, aside, and renamed."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import get_ident
from typing import TextIO

from build.core.paths import CACHE


def digest(parts: Iterable[Path | str]) -> str:
    """Hash texts, and the names and contents of files and folders, into a key of the cache."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            total.update(f"text {part}\0".encode())
            continue
        for path in files_below(part) if part.is_dir() else [part]:
            total.update(f"file {path.relative_to(part.parent)}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Yield all files below a folder but Python's byte code, in an order that depends on their names alone."""
    for each in folders_from(folder):
        yield from sorted(path for path in each.iterdir() if path.is_file())


def folders_from(folder: Path) -> Iterator[Path]:
    """Yield a folder and all below it but those of byte code; follow links, as a copy does, but none in circles."""
    for parent, names, _ in os.walk(folder, followlinks=True):
        inside = {name: Path(parent, name) for name in sorted(names) if name != "__pycache__"}
        names[:] = [name for name, path in inside.items() if not _leads_up(path, folder)]
        yield Path(parent)


def _leads_up(path: Path, top: Path) -> bool:
    """Tell whether a path is a link to a folder that it lies in."""
    if not path.is_symlink():
        return False
    return path.resolve() in {each.resolve() for each in path.parents if each.is_relative_to(top)}


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process at a time go on, of all that name this lock of the cache; the end of a process releases it."""
    with _lock_file(name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def locked_one(names: Sequence[str]) -> Iterator[str]:
    """Lock whichever of these is free, or wait for one; yield its name."""
    with ExitStack() as opened:
        locks = {name: opened.enter_context(_lock_file(name).open("w")) for name in names}
        free = next((name for name, lock in locks.items() if lock_unless_taken(lock)), None)
        if free is None:
            free = names[os.getpid() % len(names)]
            fcntl.flock(locks[free], fcntl.LOCK_EX)
        yield free


def lock_unless_taken(lock: TextIO | int) -> bool:
    """Lock an open file for this process alone; tell whether that was possible, at once."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_file(name: str) -> Path:
    folder = CACHE / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def made_once(target: Path, make: Callable[[Path], object]) -> Path:
    """Return a file or folder of the cache; if it is missing, `make` writes it beside its place, and others wait."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with locked(f"{target.parent.name}-{target.name[:2]}"):
        if not target.exists():
            unfinished = target.with_name(f"{target.name}.unfinished")
            _remove(unfinished)  # of a build that was killed
            try:
                make(unfinished)
                unfinished.rename(target)
            finally:
                _remove(unfinished)
    return target


def write_whole(target: Path, content: str | bytes) -> None:
    """Write a file of the cache that nobody sees half written; all who write it, perhaps at once, write the same."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.{get_ident()}.tmp")
    unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
    unfinished.rename(target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
