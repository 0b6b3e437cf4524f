"""Read zip and tar archives entry by entry, without trust; tell them apart by their first bytes.

Bytes are counted as they are unpacked, not as an archive says. Write nothing.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from entry import FunctionError
from handlers._archive.checks import Entry, Names, reading
from handlers._archive.tar_reading import tar_entries
from handlers._archive.zip_reading import Guarded, zip_entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers._archive.models import Archive

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


def entries(stream: IO[bytes], limits: Archive) -> Iterator[Entry]:
    """Yield the entries of an archive, its kind seen from its first bytes; raise FunctionError for what is wrong."""
    start = stream.read(_BLOCK)
    is_zip = _is_zip(stream, start)
    stream.seek(0)
    found = zip_entries(stream, limits) if is_zip else tar_entries(stream, start, limits)
    seen = Names()
    with reading():
        for count, entry in enumerate(found, 1):
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
    return zipfile.is_zipfile(Guarded(stream))


def _is_tar(start: bytes) -> bool:
    """Return whether a block is a header of tar: its checksum is right."""
    written = start[148:156].strip(b" \0")
    if len(start) < _BLOCK or not written or written.strip(b"01234567"):
        return False
    return int(written, 8) == sum(start[:148]) + 8 * ord(" ") + sum(start[156:])
