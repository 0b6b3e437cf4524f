"""Write zip and tar archives in chunks: no archive is held whole. Equal files give equal bytes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from entry.api.variables import Variable

_CHUNK = 1 << 20
_BLOCK = 512  # bytes; a tar is made of those
_MODE = 0o644


class _Pipe:
    """What zipfile writes to; it cannot be sought in, so nothing is written twice."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def packed(files: Sequence[Variable], form: str) -> Iterator[bytes]:
    """Return the bytes of an archive of `files`, under their names."""
    if form == "zip":
        return _zip(files)
    return _compressed(_tar(files)) if form == "tar.gz" else _tar(files)


def _chunks(file: Variable) -> Iterator[bytes]:
    with file.open() as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _size(file: Variable) -> int:
    with file.open() as stream:
        return os.fstat(stream.fileno()).st_size


def _zip(files: Sequence[Variable]) -> Iterator[bytes]:
    import zipfile

    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]  # only written to
        for file in files:
            info = zipfile.ZipInfo(file.name)  # of 1 January 1980, the first day that a zip knows
            info.external_attr = (0o100000 | _MODE) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            info.file_size = _size(file)
            with archive.open(info, "w") as member:
                for chunk in _chunks(file):
                    member.write(chunk)
                    yield pipe.taken()
    yield pipe.taken()


def _tar(files: Sequence[Variable]) -> Iterator[bytes]:
    import tarfile

    for file in files:
        info = tarfile.TarInfo(file.name)
        info.size, info.mode = _size(file), _MODE
        yield info.tobuf(tarfile.PAX_FORMAT)
        yield from _chunks(file)
        yield bytes(-info.size % _BLOCK)
    yield bytes(2 * _BLOCK)


def _compressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    import zlib

    compress: Callable[[bytes], bytes]
    state = zlib.compressobj(wbits=31)
    compress = state.compress
    for chunk in chunks:
        yield compress(chunk)
    yield state.flush()
