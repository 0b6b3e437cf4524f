"""Segments of an ELF file; read and write the program headers of the linked file (ELF-64, System V ABI)."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from build.core.errors import BuildError

PAGE = 4096  # bytes; programs and shared objects are laid out in these
LARGE_PAGE = 1 << 21  # bytes; the processor can map them at once
LOAD, EXECUTE, WRITE, READ = 1, 1, 2, 4

_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_SECTION_HEADER, _SECTION_TYPE, _SECTION_OFFSET, _NOBITS = 64, 4, 24, 8  # bytes, and a type
_PROGRAM_TABLE, _SECTION_TABLE, _PROGRAM_COUNT, _SECTION_COUNT = 32, 40, 56, 60  # where the file's header has them


@dataclass(frozen=True)
class Segment:
    """A program header."""

    kind: int
    flags: int
    offset: int
    address: int
    length: int
    memory: int
    align: int

    @property
    def end(self) -> int:
        return self.address + self.memory

    @property
    def shift(self) -> int:
        """Return the distance from an address to its offset in the file."""
        return self.offset - self.address

    def stretch(self, start: int, end: int) -> Segment:
        """Return the part of it between two addresses, at the same distance in the file."""
        return replace(self, offset=start + self.shift, address=start, length=end - start, memory=end - start)

    def behind(self, start: int) -> Segment:
        """Return the part of it from an address on."""
        passed = max(start - self.address, 0)
        return replace(
            self, offset=self.offset + passed, address=self.address + passed, length=self.length - passed,
            memory=self.memory - passed,
        )  # fmt: skip

    @classmethod
    def unpack(cls, file: bytearray | mmap.mmap, at: int) -> Segment:
        kind, flags, offset, address, _, length, memory, align = _PROGRAM_HEADER.unpack_from(file, at)
        return cls(kind, flags, offset, address, length, memory, align)

    def pack(self) -> bytes:
        return _PROGRAM_HEADER.pack(
            self.kind, self.flags, self.offset, self.address, self.address, self.length, self.memory, self.align
        )


def _read(file: bytearray | mmap.mmap) -> list[Segment]:
    start, count = _table(file)
    return [Segment.unpack(file, start + _PROGRAM_HEADER.size * number) for number in range(count)]


def _write(file: bytearray, segments: Sequence[Segment]) -> None:
    """Replace all program headers; raise BuildError if the file has no room for them."""
    start, count = _table(file)
    packed = b"".join(segment.pack() for segment in segments)
    if any(file[start + _PROGRAM_HEADER.size * count : start + len(packed)]):
        raise BuildError("there is no room in the file for the headers of the snapshot")
    file[start : start + len(packed)] = packed
    struct.pack_into("<H", file, _PROGRAM_COUNT, len(segments))


def loaded(file: bytearray | mmap.mmap) -> list[Segment]:
    """Return the segments that the kernel maps, sorted by address."""
    return [each for each in _read(file) if each.kind == LOAD]


def replace_loaded(file: bytearray, segments: Sequence[Segment]) -> None:
    """Replace the segments that the kernel maps, given sorted by address, as the kernel requires."""
    before = _read(file)
    first = next(index for index, each in enumerate(before) if each.kind == LOAD)
    others = [each for each in before if each.kind != LOAD]
    _write(file, [*others[:first], *segments, *others[first:]])


def cut(file: bytearray, start: int, length: int) -> None:
    """Remove whole pages from the file that no segment maps any more."""
    _write(file, [replace(each, offset=each.offset - length * (each.offset > start)) for each in _read(file)])
    (sections,) = struct.unpack_from("<Q", file, _SECTION_TABLE)
    (count,) = struct.unpack_from("<H", file, _SECTION_COUNT)
    for header in range(sections, sections + count * _SECTION_HEADER, _SECTION_HEADER):
        (offset,) = struct.unpack_from("<Q", file, header + _SECTION_OFFSET)
        if offset >= start + length:
            struct.pack_into("<Q", file, header + _SECTION_OFFSET, offset - length)
        elif offset >= start:
            struct.pack_into("<I", file, header + _SECTION_TYPE, _NOBITS)
    struct.pack_into("<Q", file, _SECTION_TABLE, sections - length)
    del file[start : start + length]


def _table(file: bytearray | mmap.mmap) -> tuple[int, int]:
    (start,) = struct.unpack_from("<Q", file, _PROGRAM_TABLE)
    (count,) = struct.unpack_from("<H", file, _PROGRAM_COUNT)
    return int(start), int(count)


def whole_pages(length: int) -> int:
    return (length + PAGE - 1) // PAGE * PAGE
