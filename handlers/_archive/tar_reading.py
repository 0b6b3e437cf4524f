"""Read tar archives entry by entry, plain or compressed, forward only."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from entry import FunctionError
from handlers._archive.checks import CHUNK, Budget, Entry, path_of, reading, refuse_special

if TYPE_CHECKING:
    import tarfile
    from collections.abc import Callable, Iterator

    from handlers._archive.models import Archive

_XZ_MEMORY = 96 << 20  # what the best setting of xz wants, and more


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


def _chunks(stream: IO[bytes], start: bytes, budget: Budget) -> Iterator[bytes]:
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
        while chunk := stream.read(CHUNK):
            yield budget.spend(chunk)
        return
    state, given = made(), b""
    while given or (given := stream.read(CHUNK)):
        if state.eof:
            if not given.strip(b"\0"):
                return  # some writers fill the last block up
            state = made()
        chunk = state.decompress(given, CHUNK)
        given = getattr(state, "unconsumed_tail", b"") or (state.unused_data if state.eof else b"")
        yield budget.spend(chunk)
        while not state.eof and not getattr(
            state, "needs_input", True
        ):  # bz2 and lzma keep what they have not unpacked
            yield budget.spend(state.decompress(b"", CHUNK))
        given = given or (state.unused_data if state.eof else b"")
    if not state.eof:
        raise EOFError("it ends early")


def tar_entries(stream: IO[bytes], start: bytes, limits: Archive) -> Iterator[Entry]:
    import tarfile

    class Info(tarfile.TarInfo):
        """Refuses headers of headers that are longer than any path: tarfile reads them at once."""

        def _proc_member(self, archive: tarfile.TarFile) -> Info:
            """Judge each header before its content is read; tarfile documents that this method can be overridden."""
            if self.type in b"gxLKX" and self.size > 1 << 20:
                raise FunctionError("archive.tooLarge", "a header of the archive is too large")
            return super()._proc_member(archive)  # type: ignore[misc, no-any-return]

    # The bytes of headers and padding count as well: there is no other limit for them.
    source = _Unpacked(_chunks(stream, start, Budget(limits.most + limits.entries * 4096 + (1 << 20))))
    budget = Budget(limits.most)
    with tarfile.open(fileobj=source, mode="r|", tarinfo=Info, errors="surrogateescape") as archive:  # type: ignore[call-overload]
        for info in archive:
            name = path_of(info.name)
            if not info.isreg() and not info.isdir():
                refuse_special(name, limits)
            elif name:
                yield _tar_entry(archive, info, name, budget)


def _tar_entry(archive: tarfile.TarFile, info: tarfile.TarInfo, name: str, budget: Budget) -> Entry:
    def chunks() -> Iterator[bytes]:
        with reading():
            file = archive.extractfile(info)
            while file and (chunk := file.read(CHUNK)):
                yield budget.spend(chunk)

    return Entry(name, 0 if info.isdir() else info.size, info.isdir(), chunks)
