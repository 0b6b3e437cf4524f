"""Finishes the linked file: with the image of a snapshot, or without one. Changes program headers and data, no code.

The image becomes part of the program as the kernel sees it: `.snap` is replaced in place; what follows at the end is
under one program header, since each mapping costs a run some 5 us: libraries that are packed, the way back to what
`.snap` was before, the image heap.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from build.core import segments
from build.core.errors import BuildError
from build.core.segments import PAGE, READ, WRITE, Segment, whole_pages
from build.link.c_libraries import LIBRARIES_MAX, Library, lay_out
from build.link.linker_script import addresses

IMAGE_BASE = 0x10000000  # build/boot/snapshot/format.h
ROOMS = (1 << 28, 1 << 30, 1 << 32)  # bytes, tried in turn: half is for what an image keeps; the last is HEAP_MOST
_IMAGE_HEAD = 4096
AREA, AREA_WRITTEN, AREA_FLEETING, AREA_GONE = 0xF, 1, 14, 15  # of a piece in a plan of the heap; its length follows
_WRITTEN, _RANGES_MAX = 176, 32  # where the list of written pages lies in the image, and how long it can be
_LIBRARIES = _WRITTEN + 16 * _RANGES_MAX  # where it says which libraries it has to do with, a bit for each

_MAGIC = b"fn: seal here-\0\0"
_SEAL_VALUES = 5 + 2 * LIBRARIES_MAX
_SEAL = struct.Struct(f"<16s{_SEAL_VALUES}Q")
_COLD, _OPEN, _WARM = 0, 1, 2
_WORD, _STEP, _STEP_MOST = 8, struct.Struct("<HHH"), 0xFFFF  # of the way back: build/boot/snapshot/pristine.c
_Word = tuple[int]  # as struct.iter_unpack gives it


@dataclass(frozen=True)
class Snap:
    """Where `.snap` lies, from the linker's map: addresses, the middle one where its initialised data ends."""

    start: int
    data_end: int
    end: int

    @classmethod
    def read(cls, link_map: Path) -> Snap:
        found = addresses(link_map, "__snap_")
        return cls(found["__snap_start"], found["__snap_data_end"], found["__snap_end"])


def seal(linked: Path, output: Path, image: bytes | None, snap: Snap, libraries: Sequence[Library]) -> None:
    """Writes the finished file, with libraries packed that the image has nothing to do with.

    Raises BuildError when the parts do not fit together.
    """
    file = bytearray(linked.read_bytes())
    if image is None:
        lay_out(file, libraries, packed=())
        _write_seal(file, _COLD)
    else:
        _add_image(file, image, snap, libraries)
    output.write_bytes(file)
    output.chmod(0o755)


def with_written_pages(image: bytes, plan: bytes, pages: list[int]) -> bytes:
    """The image with a list of what every run writes: the first area of the heap, and ranges of pages of `.snap`."""
    area = 8 + sum(8 + (piece >> 4) for (piece,) in struct.iter_unpack("<I", plan) if piece & AREA == AREA_WRITTEN)
    ranges = [(IMAGE_BASE, whole_pages(_IMAGE_HEAD + area)), *_longest_ranges(pages)]
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


def open_for_snapshot(linked: Path, output: Path, room: int) -> None:
    """Writes a file that takes a snapshot of itself when it is started: with this room for the image, still empty."""
    file = bytearray(linked.read_bytes())
    _append(file, Segment(segments.LOAD, READ | WRITE, 0, IMAGE_BASE, 0, room, PAGE))
    _write_seal(file, _OPEN, room)
    output.write_bytes(file)
    output.chmod(0o755)


def _add_image(file: bytearray, image: bytes, snap: Snap, libraries: Sequence[Library]) -> None:
    (in_use,) = struct.unpack_from("<Q", image, _LIBRARIES)
    packed = lay_out(file, libraries, [number for number in range(len(libraries)) if not in_use >> number & 1])
    heap_length = len(image) - (snap.end - snap.start)
    if heap_length <= 0 or heap_length % PAGE:
        raise BuildError("the image has another length than the file that took it expects")
    owner = next(each for each in segments.loaded(file) if each.address <= snap.start < each.end)
    at = owner.shift + snap.start
    data_length = whole_pages(snap.data_end - snap.start)
    steps = way_back(image[heap_length : heap_length + data_length], bytes(file[at : at + data_length]))
    file[at : at + snap.end - snap.start] = image[heap_length:]

    stored = whole_pages(len(image[:heap_length].rstrip(b"\0")))  # the kernel gives the zeros at the end
    before_image = [_in_pages(b"".join(packed)), _in_pages(steps)]  # the latter is unmapped when the way was gone
    in_front = b"".join(before_image)
    start = IMAGE_BASE - len(in_front)
    file.extend(bytes(-len(file) % PAGE))
    length, memory = len(in_front) + stored, len(in_front) + heap_length
    _append(file, Segment(segments.LOAD, READ | WRITE, len(file), start, length, memory, PAGE))
    file.extend(in_front + image[:stored])
    lengths = [len(each) for each in packed]
    places = [start + sum(lengths[:number]) for number in range(len(lengths))]
    _write_seal(file, _WARM, heap_length, start + len(before_image[0]), len(steps), data_length,
                *chain(*zip(places, lengths, strict=True)))  # fmt: skip


def _append(file: bytearray, segment: Segment) -> None:
    """Adds a header behind those of the other segments that the kernel maps."""
    before = segments.loaded(file)
    if before[-1].end > segment.address:
        raise BuildError("the file is too large for a snapshot", "build with --snapshot none")
    segments.replace_loaded(file, [*before, segment])


def _in_pages(content: bytes) -> bytes:
    return content + bytes(-len(content) % PAGE)


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


def _write_seal(file: bytearray, *values: int) -> None:
    if file.count(_MAGIC) != 1:
        raise BuildError("the linked file has no place for its seal")
    values = (*values, *(0,) * (_SEAL_VALUES - len(values)))
    _SEAL.pack_into(file, file.index(_MAGIC), _MAGIC, *values)
