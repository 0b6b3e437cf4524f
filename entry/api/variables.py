"""Read the files that a workflow passes in, and set variables. Imported when a handler asks for them.

Nothing below `vars/` is trusted: walk names folder by folder, follow no link, open nothing but ordinary files.
The sidecar's rules for both directions are in docs/contract.md.
"""

from __future__ import annotations

import posix  # as entry/runtime/exchange.py, which is imported in a cold boot
from _collections_abc import Mapping

from ..runtime.exchange import FILE_TYPE, REGULAR, read_all
from . import errors
from .errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader

    from ..runtime.exchange import Bytes

FOLDER = "vars"
OUT = "out"  # below it: what is set, not what was passed in

AS_ROOT = (
    "variables belong to root: run as root, from an image made with `python3 build image --user 0:0` or "
    "`docker build --build-arg RUN_AS=0:0`, or in a pod with securityContext: {runAsUser: 0}"
)

DIRECTORY = posix.O_RDONLY | posix.O_DIRECTORY | posix.O_NOFOLLOW | posix.O_CLOEXEC
_FILE = posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC


class _MissingError(FunctionError, KeyError):
    """fn.variable.missing; a KeyError as well, so that `in` and `get` of a mapping work."""


class Place:
    """A folder of files from the workflow: its path, its name in messages, advice for a user without rights."""

    __slots__ = ("advice", "name", "path")

    def __init__(self, path: str, name: str = FOLDER, advice: str = AS_ROOT) -> None:
        self.path, self.name, self.advice = path, name, advice


class Variable:
    """A file from the workflow. Every way to read it raises fn.variable.unreadable on failure."""

    __slots__ = ("_place", "name")

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self._place = place

    def __repr__(self) -> str:
        return f"<variable {self.name}>"

    @property
    def path(self) -> str:
        """Return its path, for libraries that open files: a text."""
        return f"{self._place.path}/{self.name}"

    def open(self) -> BufferedReader:
        """Open a stream of its bytes, to be closed by the caller."""
        return open(_open(self._place, self.name), "rb")

    def bytes(self) -> bytes:
        descriptor = _open(self._place, self.name)
        try:
            return read_all(descriptor, posix.fstat(descriptor).st_size)
        except OSError as error:
            raise _unreadable(self.name, error, self._place) from None
        finally:
            posix.close(descriptor)

    def text(self, encoding: str = "utf-8") -> str:
        """Read its text; raise fn.variable.unreadable as well if the encoding is wrong."""
        try:
            return str(self.bytes(), encoding)
        except UnicodeDecodeError as error:
            problem = f"not {encoding} (byte {error.start}): {error.reason}"
        raise FunctionError(errors.VARIABLE_UNREADABLE, f"{self.name}: {problem}")


class Folder:
    """A folder to set as a variable: pairs of a path in it (`a.txt`, `below/b.txt`) and its bytes, one after the other.

    The bytes are an iterable of chunks, or None for a folder that may be empty.
    """

    __slots__ = ("entries",)

    def __init__(self, entries: Iterable[tuple[str, Iterable[Bytes] | None]]) -> None:
        self.entries = entries


class Variables(Mapping[str, Variable]):
    """The files from the workflow, by their path below `vars/` (`letter.txt`, `folder/part.csv`).

    A look-up raises fn.variable.missing (a KeyError as well), fn.variable.invalid for a name that leads anywhere else,
    and fn.variable.unreadable for anything but a readable ordinary file.
    """

    __slots__ = ("_place",)

    def __init__(self, exchange: str) -> None:
        self._place = Place(f"{exchange}/{FOLDER}")

    def __getitem__(self, name: str) -> Variable:
        posix.close(_open(self._place, name))
        return Variable(name, self._place)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of ordinary files, sorted."""
        return iter(sorted(self._names()))

    def __len__(self) -> int:
        return sum(1 for _ in self._names())

    def set(self, scope: str, name: str, data: object) -> None:
        """Set a variable in the scope `namespace`, `workflow` or `instance`: whole, or not at all.

        `data`: bytes-like; str, written as UTF-8; an iterator of bytes or a binary stream; a path, whose file or folder
        is copied; a `Folder`; anything else as JSON. The files from the workflow stay as they are. Raise
        fn.variable.invalid for a scope, a name or data that cannot be one, fn.variable.unwritable.
        """
        from .set_variable import set_variable

        set_variable(self._place, scope, name, data)

    def read(self, scope: str, name: str) -> bytes:
        """Read the value that a variable has now; only Direktiv of today can be asked for it.

        Raise fn.variable.missing if there is no such variable, fn.variable.invalid for a scope or name that cannot be
        one, fn.variable.unreadable if the sidecar does not give it.
        """
        problem = "this host cannot be asked for variables: let the workflow pass it in as a file"
        raise FunctionError(errors.VARIABLE_UNREADABLE, f"{scope}/{name}: {problem}")

    def _names(self) -> Iterator[str]:
        folders = [""]
        while folders:
            prefix = folders.pop()
            try:
                descriptor = _open_folder(self._place, prefix.split("/")[:-1])
            except FileNotFoundError:
                continue
            except OSError as error:
                raise _unreadable(f"{self._place.name}/{prefix}", error, self._place) from None
            try:
                with posix.scandir(descriptor) as found:
                    for each in found:
                        if each.is_file(follow_symlinks=False):
                            yield f"{prefix}{each.name}"
                        elif each.is_dir(follow_symlinks=False) and f"{prefix}{each.name}" != OUT:
                            folders.append(f"{prefix}{each.name}/")
            finally:
                posix.close(descriptor)


def _open(place: Place, name: str) -> int:
    """Open the file; raise FunctionError."""
    parts = _parts(name)
    try:
        folder = _open_folder(place, parts[:-1])
        try:
            descriptor = posix.open(parts[-1], _FILE, dir_fd=folder)
        finally:
            posix.close(folder)
    except FileNotFoundError:
        raise _MissingError(errors.VARIABLE_MISSING, f"no file {name!r} was passed in") from None
    except OSError as error:
        raise _unreadable(name, error, place) from None
    if posix.fstat(descriptor).st_mode & FILE_TYPE != REGULAR:
        posix.close(descriptor)
        raise FunctionError(errors.VARIABLE_UNREADABLE, f"{name}: not an ordinary file")
    return descriptor


def _parts(name: str) -> list[str]:
    parts = name.split("/") if isinstance(name, str) else []
    if not parts or {"", ".", ".."} & set(parts) or is_no_path(name) or parts[0] == OUT:
        problem = f"{name!r} is no name of a file that was passed in, such as 'letter.txt' or 'folder/part.csv'"
        raise FunctionError(errors.VARIABLE_INVALID, problem)
    return parts


def is_no_path(text: str) -> bool:
    """Return whether the system has no form of a path: a zero in it, or half a character (a lone surrogate)."""
    try:
        return b"\0" in text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return True


def _open_folder(place: Place, parts: list[str]) -> int:
    """Open a folder below it, folder by folder; raise OSError, for a link too."""
    descriptor = posix.open(place.path, DIRECTORY)
    for part in parts:
        try:
            below = posix.open(part, DIRECTORY, dir_fd=descriptor)
        finally:
            posix.close(descriptor)
        descriptor = below
    return descriptor


def _unreadable(name: str, error: OSError, place: Place) -> FunctionError:
    if isinstance(error, PermissionError):
        problem = f"user {posix.geteuid()} may not read it; {place.advice}"
    else:
        problem = reason(error)
    return FunctionError(errors.VARIABLE_UNREADABLE, f"{name}: {problem}")


def reason(error: OSError) -> str:
    """Translate an error of the system: a refused link ends in ELOOP, or in ENOTDIR for a folder."""
    reasons = {40: "it is a symbolic link", 20: "a part of its path is no folder, or a symbolic link"}
    return reasons.get(error.errno or 0) or error.strerror or type(error).__name__
