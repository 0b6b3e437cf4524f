"""Check what an archive holds, without trust: no name leads out or is there twice, nothing is larger than its limit."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entry import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from handlers._archive.models import Archive

CHUNK = 1 << 18
_NAME_MOST, _PART_MOST = 4096, 255  # bytes of a path and of a part of it, as Linux has them


@dataclass(frozen=True)
class Entry:
    """One file or folder; `chunks` can be asked for until the next entry is."""

    name: str
    size: int
    is_folder: bool
    chunks: Callable[[], Iterator[bytes]]


class Budget:
    """What is left of the bytes that an archive may come to."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most

    def spend(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise FunctionError("archive.tooLarge", f"it comes to more than {self._most} bytes: see `most`")
        return chunk


@contextmanager
def reading() -> Iterator[None]:
    """Turn what the libraries say against an archive into a FunctionError."""
    import tarfile
    import zipfile
    import zlib
    from lzma import LZMAError

    try:
        yield
        return
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, ValueError, OSError) as error:
        code, problem = "archive.broken", f"it cannot be read: {error or type(error).__name__}"
    except RecursionError:  # tarfile calls itself for each header of a header
        code, problem = "archive.broken", "it cannot be read: too many headers before an entry"
    except NotImplementedError as error:
        code, problem = "archive.unsupported", str(error)
    raise FunctionError(code, problem)


class Names:
    """The paths so far: one that is there twice, or that is a file and a folder, could replace what was looked at."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def add(self, name: str, *, folder: bool) -> bool:
        """Return whether it is new; a folder may be there again. Raises FunctionError."""
        parts = name.split("/")
        above = {"/".join(parts[:count]) for count in range(1, len(parts))}
        if name in self._files or not above.isdisjoint(self._files) or (not folder and name in self._folders):
            raise FunctionError("archive.unsafe", f"{name!r} is there twice")
        self._folders |= above
        if folder and name in self._folders:
            return False
        (self._folders if folder else self._files).add(name)
        return True


def path_of(name: str) -> str:
    """Return the path of an entry below the folder it goes to; empty for the folder itself. Raise FunctionError."""
    short = name.removesuffix("/")
    while short.startswith("./"):
        short = short[2:]
    if short in ("", "."):
        return ""
    parts = short.split("/")
    if {"", ".", ".."} & set(parts) or "\\" in short or any(ord(letter) < 32 or letter == "\x7f" for letter in short):
        raise FunctionError("archive.unsafe", f"the name {name!r} leads elsewhere, or is none")
    try:
        lengths = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        raise FunctionError("archive.unsafe", f"the name {name!r} is not UTF-8") from None
    if max(lengths) > _PART_MOST or sum(lengths) + len(parts) > _NAME_MOST:
        raise FunctionError("archive.unsafe", f"the name {name[:50]!r} ... is too long")
    return short


def refuse_special(name: str, limits: Archive) -> None:
    if limits.special == "refuse":
        raise FunctionError("archive.unsafe", f"{name!r} is a link or a device: refused; see `special`")
