"""Read zip and tar archives entry by entry, without trust: no name leads out, nothing is larger than its limit.

Bytes are counted as they are unpacked, not as an archive says. Writes nothing.
"""

from __future__ import annotations

import stat
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from entry import FunctionError

if TYPE_CHECKING:
    import tarfile
    import zipfile
    from collections.abc import Callable, Iterator

    from handlers._archive.models import Archive

_CHUNK = 1 << 18
_BLOCK = 512  # of a tar
_PACKED_TAR = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"\x28\xb5\x2f\xfd": "packed with zstd (zst)",
    b"\x04\x22\x4d\x18": "packed with lz4",
    b"LZIP": "packed with lzip",
    b"\x1f\x9d": "packed with compress (Z)",
    b"MSCF": "a cab archive",
    b"!<arch>\n": "an ar archive, such as a deb",
    b"\xed\xab\xee\xdb": "an rpm package",
    b"070701": "a cpio archive",
    b"xar!": "a xar archive",
}
_DIRECTORY = 8 << 20  # bytes of a zip's directory, which is read at once
_NAME_MOST, _PART_MOST = 4096, 255  # bytes of a path and of a part of it, as Linux has them
_XZ_MEMORY = 96 << 20  # what the best setting of xz wants, and more


@dataclass(frozen=True)
class Entry:
    """One file or folder; `chunks` can be asked for until the next entry is."""

    name: str
    size: int
    is_folder: bool
    chunks: Callable[[], Iterator[bytes]]


class _Budget:
    """What is left of the bytes that an archive may come to."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most

    def spend(self, chunk: bytes) -> bytes:
        self._left -= len(chunk)
        if self._left < 0:
            raise FunctionError("archive.tooLarge", f"it comes to more than {self._most} bytes: see `most`")
        return chunk


@contextmanager
def _reading() -> Iterator[None]:
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
    except NotImplementedError as error:
        code, problem = "archive.unsupported", str(error)
    raise FunctionError(code, problem)


def entries(stream: IO[bytes], limits: Archive) -> Iterator[Entry]:
    """Yield the entries of an archive, its kind seen from its first bytes; raise FunctionError for what is wrong."""
    start = stream.read(_BLOCK)
    read = _zip_entries if _is_zip(stream, start) else _tar_entries
    stream.seek(0)
    seen = _Names()
    with _reading():
        for count, entry in enumerate(read(stream, start, limits), 1):
            if count > limits.entries:
                raise FunctionError("archive.tooLarge", f"more than {limits.entries} entries: see `entries`")
            if seen.add(entry.name, folder=entry.is_folder):
                yield entry


def _is_zip(stream: IO[bytes], start: bytes) -> bool:
    """Return whether it is a zip, maybe with something in front; raise FunctionError if it is neither zip nor tar."""
    import zipfile

    if start.startswith((b"PK\3\4", b"PK\5\6")):
        return True
    for magic, name in _OTHERS.items():
        if start.startswith(magic):
            problem = f"it is {name}: zip is read, and tar, plain or with gzip, bzip2 or xz"
            raise FunctionError("archive.unsupported", problem)
    if start.startswith(_PACKED_TAR) or _is_tar(start):
        return False  # whatever comes at its end
    return zipfile.is_zipfile(_Guarded(stream))


def _is_tar(start: bytes) -> bool:
    """Return whether a block is a header of tar: its checksum is right."""
    written = start[148:156].strip(b" \0")
    if len(start) < _BLOCK or not written or written.strip(b"01234567"):
        return False
    return int(written, 8) == sum(start[:148]) + 8 * ord(" ") + sum(start[156:])


class _Names:
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


def _path(name: str) -> str:
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


def _special(name: str, limits: Archive) -> None:
    if limits.special == "refuse":
        raise FunctionError("archive.unsafe", f"{name!r} is a link or a device: refused; see `special`")


# ---- zip ----


class _Guarded:
    """A file that gives no more at once than a directory may have: zipfile reads it whole, whatever its length."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, count: int = -1) -> bytes:
        found = self._stream.read(min(count, _DIRECTORY + 1) if count >= 0 else _DIRECTORY + 1)
        if len(found) > _DIRECTORY:
            raise FunctionError("archive.tooLarge", "the directory of the archive is too large")
        return found


def _zip_entries(stream: IO[bytes], start: bytes, limits: Archive) -> Iterator[Entry]:
    import zipfile

    budget = _Budget(limits.most)
    with zipfile.ZipFile(_Guarded(stream)) as archive:  # what it uses of a file is there
        for info in archive.infolist():
            name = _path(info.filename)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                _special(name, limits)
            elif info.flag_bits & 1:
                raise FunctionError("archive.encrypted", f"{name!r} is encrypted")
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
                raise FunctionError("archive.unsupported", f"{name!r}: compression {info.compress_type} is not known")
            elif name:
                yield _zip_entry(archive, info, name, budget)


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, budget: _Budget) -> Entry:
    def chunks() -> Iterator[bytes]:
        with _reading(), archive.open(info) as file:
            while chunk := file.read(_CHUNK):
                yield budget.spend(chunk)

    return Entry(name, info.file_size, info.is_dir(), chunks)


# ---- tar ----


class _Unpacked:
    """A stream of what is in another one, compressed or not, as tarfile reads it: forward only."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, count: int) -> bytes:
        while len(self._rest) < count and (chunk := next(self._chunks, b"")):
            self._rest += chunk
        found, self._rest = self._rest[:count], self._rest[count:]
        return found


def _chunks(stream: IO[bytes], start: bytes, budget: _Budget) -> Iterator[bytes]:
    """Yield the bytes of a tar, unpacked as its first bytes tell."""
    import bz2
    import lzma
    import zlib

    made: Callable[[], Any]
    if start[:2] == b"\x1f\x8b":
        made = lambda: zlib.decompressobj(31)  # noqa: E731
    elif start[:3] == b"BZh":
        made = bz2.BZ2Decompressor
    elif start[:6] == b"\xfd7zXZ\0":
        made = lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)  # noqa: E731
    else:
        while chunk := stream.read(_CHUNK):
            yield budget.spend(chunk)
        return
    state, given = made(), b""
    while given or (given := stream.read(_CHUNK)):
        if state.eof:
            if not given.strip(b"\0"):
                return  # some writers fill the last block up
            state = made()
        chunk = state.decompress(given, _CHUNK)
        given = getattr(state, "unconsumed_tail", b"") or (state.unused_data if state.eof else b"")
        yield budget.spend(chunk)
        while not state.eof and not getattr(
            state, "needs_input", True
        ):  # bz2 and lzma keep what they have not unpacked
            yield budget.spend(state.decompress(b"", _CHUNK))
        given = given or (state.unused_data if state.eof else b"")
    if not state.eof:
        raise EOFError("it ends early")


def _tar_entries(stream: IO[bytes], start: bytes, limits: Archive) -> Iterator[Entry]:
    import tarfile

    class Info(tarfile.TarInfo):
        """Refuses headers of headers that are longer than any path: tarfile reads them at once."""

        def _proc_member(self, archive: tarfile.TarFile) -> Info:
            """Called for each header, before what it announces is read; tarfile says that it can be overridden."""
            if self.type in b"gxLKX" and self.size > 1 << 20:
                raise FunctionError("archive.tooLarge", "a header of the archive is too large")
            return super()._proc_member(archive)  # type: ignore[misc, no-any-return]

    # The bytes of headers and padding count as well: there is no other limit for them.
    source = _Unpacked(_chunks(stream, start, _Budget(limits.most + limits.entries * 4096 + (1 << 20))))
    budget = _Budget(limits.most)
    with tarfile.open(fileobj=source, mode="r|", tarinfo=Info, errors="surrogateescape") as archive:  # type: ignore[call-overload]
        for info in archive:
            name = _path(info.name)
            if not info.isreg() and not info.isdir():
                _special(name, limits)
            elif name:
                yield _tar_entry(archive, info, name, budget)


def _tar_entry(archive: tarfile.TarFile, info: tarfile.TarInfo, name: str, budget: _Budget) -> Entry:
    def chunks() -> Iterator[bytes]:
        with _reading():
            file = archive.extractfile(info)
            while file and (chunk := file.read(_CHUNK)):
                yield budget.spend(chunk)

    return Entry(name, 0 if info.isdir() else info.size, info.isdir(), chunks)
