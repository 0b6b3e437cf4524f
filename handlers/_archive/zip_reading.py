"""Read zip archives entry by entry."""

from __future__ import annotations

import stat
from typing import IO, TYPE_CHECKING

from entry import FunctionError
from handlers._archive.checks import CHUNK, Budget, Entry, path_of, reading, refuse_special

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

    from handlers._archive.models import Archive

_DIRECTORY = 8 << 20  # bytes of a zip's directory, which is read at once


class Guarded:
    """A file that gives no more at once than a directory may have: zipfile reads it whole, whatever its length."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek, self.tell, self.seekable = stream.seek, stream.tell, stream.seekable

    def read(self, count: int = -1) -> bytes:
        found = self._stream.read(min(count, _DIRECTORY + 1) if count >= 0 else _DIRECTORY + 1)
        if len(found) > _DIRECTORY:
            raise FunctionError("archive.tooLarge", "the directory of the archive is too large")
        return found


def zip_entries(stream: IO[bytes], limits: Archive) -> Iterator[Entry]:
    import zipfile

    budget = Budget(limits.most)
    with zipfile.ZipFile(Guarded(stream)) as archive:  # what it uses of a file is there
        for info in archive.infolist():
            name = path_of(info.filename)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                refuse_special(name, limits)
            elif info.flag_bits & 1:
                raise FunctionError("archive.encrypted", f"{name!r} is encrypted")
            elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
                raise FunctionError("archive.unsupported", f"{name!r}: compression {info.compress_type} is not known")
            elif name:
                yield _zip_entry(archive, info, name, budget)


def _zip_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, budget: Budget) -> Entry:
    def chunks() -> Iterator[bytes]:
        with reading(), archive.open(info) as file:
            while chunk := file.read(CHUNK):
                yield budget.spend(chunk)

    return Entry(name, info.file_size, info.is_dir(), chunks)
