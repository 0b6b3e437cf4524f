"""Reads what a shared object says of itself: its name, what it needs, and how a loader will map it. Writes nothing.

ELF-64 for x86-64 (System V ABI).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from build.core.segments import EXECUTE, LOAD, PAGE, READ, WRITE, Segment

_DYNAMIC, _NOTE, _PROPERTY = 2, 4, 0x6474E553
_NEEDED, _HASH, _STRTAB, _SONAME, _GNU_HASH = 1, 4, 5, 14, 0x6FFFFEF5
_MACHINES = {3: "32-bit x86", 62: "x86-64", 183: "AArch64", 40: "32-bit ARM", 21: "PowerPC", 22: "s390", 243: "RISC-V"}
_X86_64 = 62


class NotForThisMachineError(Exception):
    """The file is no shared object that this machine can load; the text says what it is."""


@dataclass(frozen=True)
class Part:
    """What can be mapped from the file as it is: from `offset` to `address`, whole pages; protection as for mmap."""

    address: int
    offset: int
    length: int
    protection: int


class SharedObject:
    """A shared object, read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._bytes = path.read_bytes()
        if self._bytes[:4] != b"\x7fELF":
            raise NotForThisMachineError(_other_kind(self._bytes))
        machine = struct.unpack_from("<H", self._bytes, 18)[0]
        if self._bytes[4:6] != b"\x02\x01" or machine != _X86_64:
            raise NotForThisMachineError(f"for {_MACHINES.get(machine, f'machine {machine}')}")
        offset, (size, count) = struct.unpack_from("<Q", self._bytes, 32)[0], struct.unpack_from("<HH", self._bytes, 54)
        self._headers_end = offset + size * count
        self.segments = [Segment.unpack(self._bytes, offset + size * number) for number in range(count)]
        self._dynamic = list(self._entries())
        strings = self._values(_STRTAB)
        self._strings = self._file_offset(strings[0]) if strings else 0
        self.needed = [self._string(value) for value in self._values(_NEEDED)]
        names = self._values(_SONAME)
        self.soname = self._string(names[0]) if names else path.name

    @property
    def length(self) -> int:
        return len(self._bytes)

    def pieces(self) -> list[tuple[int, int]]:
        """Offset and length of what a loader reads or writes before it asks an auditor: whole pages, in order.

        These are the headers, notes, the heads of the hash tables, the own name, the dynamic section, and the last page
        of data, behind which the loader writes zeros.
        """
        touched = [(0, max(64, self._headers_end))]
        touched += [(one.offset, one.length) for one in self.segments if one.kind in (_NOTE, _PROPERTY, _DYNAMIC)]
        touched += [(self._file_offset(value), 16) for tag in (_HASH, _GNU_HASH) for value in self._values(tag)]
        touched += [(self._strings + value, 256) for value in self._values(_SONAME)]
        touched += [(one.offset + one.length - 1, 1) for one in self._loaded() if one.memory > one.length > 0]
        pages = sorted(
            {page for start, length in touched for page in range(start // PAGE, -(-(start + length) // PAGE))}
        )
        runs: list[tuple[int, int]] = []
        for page in pages:
            if page * PAGE >= self.length:
                continue
            length = min(PAGE, self.length - page * PAGE)
            if runs and sum(runs[-1]) == page * PAGE:
                runs[-1] = (runs[-1][0], runs[-1][1] + length)
            else:
                runs.append((page * PAGE, length))
        return runs

    def parts(self) -> list[Part]:
        """What an auditor maps over the loaded object: everything but the pages that the loader has written to."""
        parts = []
        for one in self._loaded():
            protection = (one.flags & READ) >> 2 | (one.flags & WRITE) | (one.flags & EXECUTE) << 2
            start, end = one.offset // PAGE, -(-(one.offset + one.length) // PAGE)
            kept: set[int] = set()
            if one.flags & WRITE:
                for other in self.segments:
                    if other.kind == _DYNAMIC:
                        kept.update(range(other.offset // PAGE, -(-(other.offset + other.length) // PAGE)))
                if one.memory > one.length:
                    kept.add(end - 1)
            first = start
            for page in range(start, end + 1):
                if page == end or page in kept:
                    if page > first:
                        at = one.address - one.offset + first * PAGE
                        parts.append(Part(at, first * PAGE, (page - first) * PAGE, protection))
                    first = page + 1
        return parts

    def _loaded(self) -> list[Segment]:
        return [one for one in self.segments if one.kind == LOAD and one.length]

    def _entries(self) -> list[tuple[int, int]]:
        found = [one for one in self.segments if one.kind == _DYNAMIC]
        if not found:
            raise NotForThisMachineError("not a shared object")
        pairs = struct.iter_unpack("<qQ", self._bytes[found[0].offset : found[0].offset + found[0].length])
        return [(tag, value) for tag, value in pairs if tag]

    def _values(self, wanted: int) -> list[int]:
        return [value for tag, value in self._dynamic if tag == wanted]

    def _file_offset(self, address: int) -> int:
        return next(
            address - one.address + one.offset
            for one in self._loaded()
            if one.address <= address < one.address + one.length
        )

    def _string(self, at: int) -> str:
        start = self._strings + at
        return self._bytes[start : self._bytes.index(b"\0", start)].decode()


def _other_kind(start: bytes) -> str:
    if start[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        return "for macOS"
    return "for Windows" if start[:2] == b"MZ" else "not a shared object"
