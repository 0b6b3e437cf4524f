"""Finishes the linked file: with the image of a snapshot, or without one. Changes program headers and data, no code.

The image becomes part of the program as the kernel sees it: `.snap` is replaced in place; the way back to what it was
before and the image heap follow at the end, under one program header (ELF-64, System V ABI): each mapping costs a run
some 5 us.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from build.layout import ADDED_HEADERS
from build.steps import BuildError

IMAGE_BASE = 0x10000000  # build/boot/image.h
_IMAGE_MOST = 1 << 28  # bytes that an image may take
PAGE = 4096
_IMAGE_HEAD = 4096
AREA, AREA_WRITTEN, AREA_FLEETING, AREA_GONE = 0xF, 1, 14, 15  # of a piece in a plan of the heap; its length follows
_WRITTEN, _RANGES_MAX = 176, 32  # where the list of written pages lies in the image, and how long it can be

_MAGIC = b"fn: seal here-\0\0"
_SEAL = struct.Struct("<16sQQQQQ")
_COLD, _OPEN, _WARM = 0, 1, 2
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_LOAD, _READ, _WRITE = 1, 4, 2
_WORD, _STEP, _STEP_MOST = 8, struct.Struct("<HHH"), 0xFFFF  # of the way back: build/boot/cold.c
_Word = tuple[int]  # as struct.iter_unpack gives it


@dataclass
class Segment:
    """One program header."""

    kind: int
    flags: int
    offset: int
    address: int
    length: int
    memory: int
    align: int

    @classmethod
    def unpack(cls, raw: bytes | bytearray) -> Segment:
        kind, flags, offset, address, _, length, memory, align = _PROGRAM_HEADER.unpack(raw)
        return cls(kind, flags, offset, address, length, memory, align)

    def pack(self) -> bytes:
        return _PROGRAM_HEADER.pack(
            self.kind, self.flags, self.offset, self.address, self.address, self.length, self.memory, self.align
        )


@dataclass(frozen=True)
class Snap:
    """Where `.snap` lies, from the linker's map: addresses, the middle one where its initialised data ends."""

    start: int
    data_end: int
    end: int

    @classmethod
    def read(cls, link_map: Path) -> Snap:
        found: dict[str, int] = {}
        for line in link_map.read_text().splitlines():
            words = line.split()
            if len(words) == 4 and words[1].startswith("__snap_") and words[2:] == ["=", "."]:
                found[words[1]] = int(words[0], 16)
        return cls(found["__snap_start"], found["__snap_data_end"], found["__snap_end"])


def seal(linked: Path, output: Path, image: bytes | None, snap: Snap) -> None:
    """Writes the finished file; raises BuildError when the parts do not fit together."""
    file = bytearray(linked.read_bytes())
    if image is None:
        _write_seal(file, _COLD, 0, 0, 0, 0)
    else:
        _add_image(file, image, snap)
    output.write_bytes(file)
    output.chmod(0o755)


def with_written_pages(image: bytes, plan: bytes, pages: list[int]) -> bytes:
    """The image with a list of what every run writes: the first area of the heap, and ranges of pages of `.snap`."""
    area = 8 + sum(8 + (piece >> 4) for (piece,) in struct.iter_unpack("<I", plan) if piece & AREA == AREA_WRITTEN)
    ranges = [(IMAGE_BASE, _whole_pages(_IMAGE_HEAD + area)), *_longest_ranges(pages)]
    flat = [number for each in ranges for number in each]
    return image[:_WRITTEN] + struct.pack(f"<{len(flat)}Q", *flat) + image[_WRITTEN + 8 * len(flat) :]


def _longest_ranges(pages: list[int]) -> list[tuple[int, int]]:
    """Neighbours as (start, length), the longest of them, in the order of addresses."""
    ranges: list[tuple[int, int]] = []
    for page in sorted(pages):
        if ranges and sum(ranges[-1]) == page:
            ranges[-1] = (ranges[-1][0], ranges[-1][1] + PAGE)
        else:
            ranges.append((page, PAGE))
    return sorted(sorted(ranges, key=lambda each: -each[1])[: _RANGES_MAX - 1])


def open_for_snapshot(linked: Path, output: Path) -> None:
    """Writes a file that takes a snapshot of itself when it is started: with room for the image, still empty."""
    file = bytearray(linked.read_bytes())
    segments = _segments(file)
    if max(map(_end, segments)) > IMAGE_BASE:
        raise BuildError("the file is too large for a snapshot", "build with --no-snapshot")
    _insert(file, segments, Segment(_LOAD, _READ | _WRITE, 0, IMAGE_BASE, 0, _IMAGE_MOST, PAGE))
    _write_seal(file, _OPEN, _IMAGE_MOST, 0, 0, 0)
    output.write_bytes(file)
    output.chmod(0o755)


def _add_image(file: bytearray, image: bytes, snap: Snap) -> None:
    segments = _segments(file)
    heap_length = len(image) - (snap.end - snap.start)
    if heap_length <= 0 or heap_length % PAGE:
        raise BuildError("the image has another length than the file that took it expects")
    owner = next(each for each in segments if each.kind == _LOAD and each.address <= snap.start < _end(each))
    at = owner.offset + snap.start - owner.address
    data_length = _whole_pages(snap.data_end - snap.start)
    steps = way_back(image[heap_length : heap_length + data_length], bytes(file[at : at + data_length]))
    file[at : at + snap.end - snap.start] = image[heap_length:]

    stored = _whole_pages(len(image[:heap_length].rstrip(b"\0")))  # the kernel gives the zeros at the end
    in_front = steps + bytes(-len(steps) % PAGE)
    start = IMAGE_BASE - len(in_front)
    if max(map(_end, segments)) > start:
        raise BuildError("the file is too large for a snapshot", "build with --no-snapshot")
    file.extend(bytes(-len(file) % PAGE))
    length, memory = len(in_front) + stored, len(in_front) + heap_length
    _insert(file, segments, Segment(_LOAD, _READ | _WRITE, len(file), start, length, memory, PAGE))
    file.extend(in_front + image[:stored])
    _write_seal(file, _WARM, heap_length, start, len(steps), data_length)


def way_back(now: bytes, earlier: bytes) -> bytes:
    """Steps through both: how many words are the same, how many are zero in the earlier one, and the others of it."""
    steps = bytearray()
    words = list(zip(*(struct.iter_unpack("<Q", each) for each in (now, earlier)), strict=True))
    at = 0
    while at < len(words):
        same = _run(words, at, lambda new, old: new == old)
        zeros = _run(words, at + same, lambda new, old: old == (0,) and new != old)
        others = _run(words, at + same + zeros, lambda new, old: old != (0,) and new != old)
        steps += _STEP.pack(same, zeros, others)
        at += same + zeros + others
        steps += earlier[_WORD * (at - others) : _WORD * at]
    return bytes(steps)


def _run(words: Sequence[tuple[_Word, _Word]], start: int, belongs: Callable[[_Word, _Word], bool]) -> int:
    """How many words from there on belong together."""
    end = start
    while end < len(words) and end - start < _STEP_MOST and belongs(*words[end]):
        end += 1
    return end - start


def _segments(file: bytearray) -> list[Segment]:
    start, count = _table(file)
    length = _PROGRAM_HEADER.size
    return [Segment.unpack(file[start + length * i : start + length * (i + 1)]) for i in range(count)]


def _insert(file: bytearray, segments: list[Segment], *added: Segment) -> None:
    """Puts headers behind those of their kind, as the kernel wants them: in the order of addresses."""
    behind = max(index for index, each in enumerate(segments) if each.kind == _LOAD) + 1
    _write_segments(file, [*segments[:behind], *added, *segments[behind:]])


def _write_segments(file: bytearray, segments: list[Segment]) -> None:
    start, count = _table(file)
    packed = b"".join(segment.pack() for segment in segments)
    room = _PROGRAM_HEADER.size * (count + ADDED_HEADERS)
    if len(packed) > room or any(file[start + _PROGRAM_HEADER.size * count : start + room]):
        raise BuildError("there is no room in the file for the headers of the image")
    file[start : start + len(packed)] = packed
    struct.pack_into("<H", file, 56, len(segments))  # e_phnum


def _table(file: bytearray) -> tuple[int, int]:
    (start,) = struct.unpack_from("<Q", file, 32)  # e_phoff
    (count,) = struct.unpack_from("<H", file, 56)  # e_phnum
    return int(start), int(count)


def _write_seal(file: bytearray, *values: int) -> None:
    if file.count(_MAGIC) != 1:
        raise BuildError("the linked file has no place for its seal")
    _SEAL.pack_into(file, file.index(_MAGIC), _MAGIC, *values)


def _end(segment: Segment) -> int:
    return segment.address + segment.memory


def _whole_pages(length: int) -> int:
    return (length + PAGE - 1) // PAGE * PAGE
