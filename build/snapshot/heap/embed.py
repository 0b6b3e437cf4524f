"""Embed a snapshot in the linked file, or finish it without one. Change program headers and data, no code.

The snapshot becomes part of the program as the kernel maps it. `.snap` is replaced in place. At the end come compressed
libraries, the steps back to the pristine `.snap`, and the heap of the snapshot, all under one program header, since
each mapping costs a run some 5 us.
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
from build.snapshot import written_pages
from build.snapshot.suitability import EmbeddedState, UnsuitableError
from build.snapshot.written_pages import Written

SNAPSHOT_BASE = 0x10000000  # build/boot/snapshot/format.h
ROOMS = (1 << 28, 1 << 30, 1 << 32)  # bytes, tried in turn: half is for what a snapshot keeps; the last is HEAP_MOST
_WRITTEN = 176  # where the lists of written pages lie in the snapshot
_LIBRARIES = _WRITTEN + written_pages.LENGTH  # where it says which libraries it uses, a bit for each

_MAGIC = b"fn: embed here\0\0"
_EMBEDDED_VALUES = 5 + 2 * LIBRARIES_MAX
_EMBEDDED = struct.Struct(f"<16s{_EMBEDDED_VALUES}Q")
_WORD, _STEP, _STEP_MOST = 8, struct.Struct("<HHH"), 0xFFFF  # of the steps back: build/boot/snapshot/pristine.c
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


def embed(linked: Path, output: Path, snapshot: bytes | None, snap: Snap, libraries: Sequence[Library]) -> None:
    """Write the finished file; compress libraries that the snapshot does not use.

    Raise BuildError if the parts do not fit together.
    """
    file = bytearray(linked.read_bytes())
    if snapshot is None:
        lay_out(file, libraries, packed=())
        _write_embedded(file, EmbeddedState.NONE)
    else:
        _add_snapshot(file, snapshot, snap, libraries)
    output.write_bytes(file)
    output.chmod(0o755)


def with_written_pages(snapshot: bytes, written: Written) -> bytes:
    """Return the snapshot with the lists of pages that runs write."""
    return snapshot[:_WRITTEN] + written_pages.pack(written) + snapshot[_LIBRARIES:]


def open_for_capture(linked: Path, output: Path, room: int) -> None:
    """Write a snapshot builder: a file that captures itself when it is started, with this room, still empty."""
    file = bytearray(linked.read_bytes())
    _append(file, Segment(segments.LOAD, READ | WRITE, 0, SNAPSHOT_BASE, 0, room, PAGE))
    _write_embedded(file, EmbeddedState.CAPTURE, room)
    output.write_bytes(file)
    output.chmod(0o755)


def _add_snapshot(file: bytearray, snapshot: bytes, snap: Snap, libraries: Sequence[Library]) -> None:
    (in_use,) = struct.unpack_from("<Q", snapshot, _LIBRARIES)
    packed = lay_out(file, libraries, [number for number in range(len(libraries)) if not in_use >> number & 1])
    heap_length = len(snapshot) - (snap.end - snap.start)
    if heap_length <= 0 or heap_length % PAGE:
        raise BuildError("the snapshot has another length than the file that was captured expects")
    owner = next(each for each in segments.loaded(file) if each.address <= snap.start < each.end)
    at = owner.shift + snap.start
    data_length = whole_pages(snap.data_end - snap.start)
    steps = pristine_steps(snapshot[heap_length : heap_length + data_length], bytes(file[at : at + data_length]))
    file[at : at + snap.end - snap.start] = snapshot[heap_length:]

    stored = whole_pages(len(snapshot[:heap_length].rstrip(b"\0")))  # the kernel adds the zeros at the end
    before_heap = [_in_pages(b"".join(packed)), _in_pages(steps)]  # a cold boot unmaps the latter when it has used it
    in_front = b"".join(before_heap)
    start = SNAPSHOT_BASE - len(in_front)
    file.extend(bytes(-len(file) % PAGE))
    length, memory = len(in_front) + stored, len(in_front) + heap_length
    _append(file, Segment(segments.LOAD, READ | WRITE, len(file), start, length, memory, PAGE))
    file.extend(in_front + snapshot[:stored])
    lengths = [len(each) for each in packed]
    places = [start + sum(lengths[:number]) for number in range(len(lengths))]
    _write_embedded(file, EmbeddedState.SNAPSHOT, heap_length, start + len(before_heap[0]), len(steps), data_length,
                *chain(*zip(places, lengths, strict=True)))  # fmt: skip


def _append(file: bytearray, segment: Segment) -> None:
    """Add a header behind those of the other segments that the kernel maps.

    Raise UnsuitableError if the file fills the room below the snapshot (data files of a quarter of a gigabyte do).
    """
    before = segments.loaded(file)
    if before[-1].end > segment.address:
        raise UnsuitableError(
            f"a static file above {SNAPSHOT_BASE >> 20} MiB has no room for one",
            "build with --link portable, or keep large data files out of the folder of handlers",
        )
    segments.replace_loaded(file, [*before, segment])


def _in_pages(content: bytes) -> bytes:
    return content + bytes(-len(content) % PAGE)


def pristine_steps(now: bytes, pristine: bytes) -> bytes:
    """Return steps from the snapshot's data back to the pristine ones.

    A step is three counts, of words that stay, of words that become zero, and of words that follow and replace others.
    """
    steps = bytearray()
    words = list(zip(*(struct.iter_unpack("<Q", each) for each in (now, pristine)), strict=True))
    at = 0
    while at < len(words):
        same = _run(words, at, lambda new, old: new == old)
        zeros = _run(words, at + same, lambda new, old: old == (0,) and new != old)
        others = _run(words, at + same + zeros, lambda new, old: old != (0,) and new != old)
        steps += _STEP.pack(same, zeros, others)
        at += same + zeros + others
        steps += pristine[_WORD * (at - others) : _WORD * at]
    return bytes(steps)


def _run(words: Sequence[tuple[_Word, _Word]], start: int, belongs: Callable[[_Word, _Word], bool]) -> int:
    """Return how many words belong together, from `start` on."""
    end = start
    while end < len(words) and end - start < _STEP_MOST and belongs(*words[end]):
        end += 1
    return end - start


def _write_embedded(file: bytearray, *values: int) -> None:
    if file.count(_MAGIC) != 1:
        raise BuildError("the linked file has no place for what is to be embedded")
    values = (*values, *(0,) * (_EMBEDDED_VALUES - len(values)))
    _EMBEDDED.pack_into(file, file.index(_MAGIC), _MAGIC, *values)
