"""Set a variable: write it beside its path, then rename it, so that the sidecar sees all of it or nothing.

The place is `vars/out/SCOPE/NAME`. It is written in a folder of its own in `vars/out`: in the folder of a scope, a name
that breaks the rule would end the sidecar's collecting (docs/contract.md). No link is followed on the way.
"""

from __future__ import annotations

import posix  # as entry/runtime/exchange.py, which is imported in a cold boot
from itertools import count

from ..runtime.exchange import FILE_TYPE, MODE, REGULAR, write_all
from . import errors
from .errors import FunctionError
from .variables import DIRECTORY, OUT, Folder, Place, is_no_path, reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ..runtime.exchange import Bytes

SCOPES = ("namespace", "workflow", "instance")

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_AT_THE_END = _LETTERS | frozenset("0123456789")
_INSIDE = _AT_THE_END | {"_"}

_CHUNK = 1 << 20
_FOLDER_MODE, _FOLDER_TYPE = 0o755, 0o040000
_CREATE = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW | posix.O_CLOEXEC
_SOURCE = posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC
_IN_THE_WAY = (17, 20, 21, 39)  # EEXIST, ENOTDIR, EISDIR, ENOTEMPTY: a folder is to be replaced, or to replace a file

_numbers = count()


class _Writing:
    """Turn an error of the system into fn.variable.unwritable, with the path and what to do."""

    def __init__(self, path: str, advice: str) -> None:
        self._path, self._advice = path, advice

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, OSError):
            return
        problem = reason(error)
        if isinstance(error, PermissionError):
            problem = f"user {posix.geteuid()} may not write it; {self._advice}"
        elif isinstance(error, FileNotFoundError):
            problem = "there is no such folder: the sidecar makes it"
        raise FunctionError(errors.VARIABLE_UNWRITABLE, f"{self._path}: {problem}") from None


def set_variable(folder: Place, scope: str, name: str, data: Any) -> None:
    """Write a variable; raise what `Variables.set` says, and whatever a stream or an iterator raises."""
    check(scope, name)
    place = f"{folder.name}/{OUT}/{scope}/{name}"
    writing = _Writing(place, folder.advice)
    path = posix.fspath(data) if hasattr(data, "__fspath__") else None
    chunks = chunks_of(data, place) if path is None and not isinstance(data, Folder) else ()
    opened: list[int] = []
    try:
        with writing:
            for each in (folder.path, OUT, scope):
                opened.append(posix.open(each, DIRECTORY, dir_fd=opened[-1] if opened else None))
            work, staging_dir = _make_staging_dir(opened[1])
            opened.append(staging_dir)
        try:
            if isinstance(data, Folder):
                _write_folder(data, staging_dir, place, writing)
            elif path is None:
                _write(chunks, "new", staging_dir, writing)
            else:
                _copy(path, "new", staging_dir, place, writing)
            with writing:
                _put_in_place(name, opened[2], staging_dir)
        finally:
            _remove(work, opened[1])
    finally:
        for descriptor in opened:
            posix.close(descriptor)


def check(scope: str, name: str) -> None:
    if scope not in SCOPES:
        raise FunctionError(errors.VARIABLE_INVALID, f"the scope is one of {', '.join(SCOPES)}, not {scope!r}")
    if not (isinstance(name, str) and name[:1] in _LETTERS and name[-1:] in _AT_THE_END and _INSIDE.issuperset(name)):
        rule = "a letter first, then letters, digits and underscores, and no underscore at the end"
        raise FunctionError(errors.VARIABLE_INVALID, f"{name!r} cannot name a variable: {rule}")


def chunks_of(data: Any, place: str) -> Iterable[Bytes]:
    """Yield the bytes of a value, by its kind; read a stream only as it is written."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return (data,)
    if isinstance(data, str):
        try:
            return (data.encode(),)
        except UnicodeEncodeError:
            problem = "the text holds half a character (a lone surrogate)"
        raise FunctionError(errors.VARIABLE_INVALID, f"{place}: {problem}")
    if hasattr(data, "read"):
        return _stream(iter(lambda: data.read(_CHUNK) or None, None), place)
    if hasattr(data, "__next__"):
        return _stream(data, place)
    from ..codec.json import encode

    try:
        return (encode(data),)
    except FunctionError as error:
        problem = error.message
    raise FunctionError(errors.VARIABLE_INVALID, f"{place}: {problem}")


def _stream(chunks: Iterator[Any], place: str) -> Iterator[Bytes]:
    for chunk in chunks:
        if not isinstance(chunk, (bytes, bytearray, memoryview)):
            problem = f"the stream gives {type(chunk).__name__}, not bytes; pass a list for a JSON array"
            raise FunctionError(errors.VARIABLE_INVALID, f"{place}: {problem}")
        yield chunk


def _make_staging_dir(out: int) -> tuple[str, int]:
    """Make a staging folder; return its name and descriptor."""
    while True:
        name = f".fn-{next(_numbers)}"
        try:
            return name, _make_folder(name, out, 0o700)
        except FileExistsError:  # another process of this run, or left by one that was killed
            continue


def _write(chunks: Iterable[Bytes], name: str, folder: int, writing: _Writing) -> None:
    with writing:
        descriptor = posix.open(name, _CREATE, MODE, dir_fd=folder)
        posix.fchmod(descriptor, MODE)  # whatever the umask
    try:
        for chunk in chunks:
            with writing:
                write_all(descriptor, chunk)
    finally:
        posix.close(descriptor)


def _write_folder(folder: Folder, staging_dir: int, place: str, writing: _Writing) -> None:
    with writing:
        top = _make_folder("new", staging_dir)
    try:
        for path, chunks in folder.entries:
            parts = path.split("/") if isinstance(path, str) else []
            if not parts or {"", ".", ".."} & set(parts) or is_no_path(path):
                raise FunctionError(errors.VARIABLE_INVALID, f"{place}: {path!r} is no path in a folder")
            with writing:
                target = _below(top, parts if chunks is None else parts[:-1])
            try:
                if chunks is not None:
                    _write(_stream(iter(chunks), place), parts[-1], target, writing)
            finally:
                posix.close(target)
    finally:
        posix.close(top)


def _below(folder: int, parts: list[str]) -> int:
    """Open a folder below another; create it if it is missing."""
    descriptor = posix.dup(folder)
    for part in parts:
        try:
            below = _make_folder(part, descriptor)
        except FileExistsError:
            below = posix.open(part, DIRECTORY, dir_fd=descriptor)
        finally:
            posix.close(descriptor)
        descriptor = below
    return descriptor


def _make_folder(name: str, folder: int, mode: int = _FOLDER_MODE) -> int:
    posix.mkdir(name, dir_fd=folder)
    posix.chmod(name, mode, dir_fd=folder)  # whatever the umask
    return posix.open(name, DIRECTORY, dir_fd=folder)


def _copy(source: str, name: str, folder: int, place: str, writing: _Writing, flags: int = _SOURCE) -> None:
    """Copy a file or a folder with all its contents; refuse links inside."""
    try:
        origin = posix.open(source, flags)
        kind = posix.fstat(origin).st_mode & FILE_TYPE
    except OSError as error:
        raise FunctionError(errors.VARIABLE_INVALID, f"{place}: {source}: {reason(error)}") from None
    try:
        if kind == REGULAR:
            _write(_read(origin, source, place), name, folder, writing)
        elif kind == _FOLDER_TYPE:
            with writing:
                copy = _make_folder(name, folder)
            try:
                for each in posix.listdir(origin):
                    _copy(f"{source}/{each}", each, copy, place, writing, _SOURCE | posix.O_NOFOLLOW)
            finally:
                posix.close(copy)
        else:
            problem = "neither a file nor a folder"
            raise FunctionError(errors.VARIABLE_INVALID, f"{place}: {source}: {problem}")
    finally:
        posix.close(origin)


def _read(descriptor: int, source: str, place: str) -> Iterator[bytes]:
    while True:
        try:
            chunk = posix.read(descriptor, _CHUNK)
        except OSError as error:
            raise FunctionError(errors.VARIABLE_INVALID, f"{place}: {source}: {reason(error)}") from None
        if not chunk:
            return
        yield chunk


def _put_in_place(name: str, target: int, staging_dir: int) -> None:
    try:
        posix.rename("new", name, src_dir_fd=staging_dir, dst_dir_fd=target)
    except OSError as error:
        if error.errno not in _IN_THE_WAY:
            raise
        posix.rename(name, "old", src_dir_fd=target, dst_dir_fd=staging_dir)
        try:
            posix.rename("new", name, src_dir_fd=staging_dir, dst_dir_fd=target)
        except OSError:
            posix.rename("old", name, src_dir_fd=staging_dir, dst_dir_fd=target)
            raise


def _remove(name: str, folder: int) -> None:
    """Remove a file, or a folder with all its contents."""
    try:
        posix.unlink(name, dir_fd=folder)
    except IsADirectoryError:
        descriptor = posix.open(name, DIRECTORY, dir_fd=folder)
        try:
            for each in posix.listdir(descriptor):
                _remove(each, descriptor)
        finally:
            posix.close(descriptor)
        posix.rmdir(name, dir_fd=folder)
