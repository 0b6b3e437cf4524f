"""The form of the snapshot of a process in the file: build/boot/portable/process_snapshot.h, in Python."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from build.core import segments
from build.core.errors import BuildError
from build.core.segments import whole_pages
from build.snapshot import written_pages
from build.snapshot.suitability import EmbeddedState, UnsuitableError
from build.snapshot.written_pages import Written

HOLE_START, HOLE_END = 0x70000000, 0x1000000000  # where all of the process lies
ZEROS, WIPED = (1 << 64) - 1, (1 << 64) - 2  # in place of an offset in the file
READ, WRITE, EXECUTE = 1, 2, 4  # as for mmap(2)
MAPPINGS_MAX = 1200

_MAGIC = b"fn: process data"
_HEAD = struct.Struct("<16s3Q")
_ADDRESSES = struct.Struct("<12Q")  # at the start of the state; what follows is the restorer's business
_STATE_LENGTH = 8 * 15 + 32 * 65 + 16 * 9
_KERNEL_WORDS_MAX, _KERNEL_WORD = 8, struct.Struct("<Q24s")
_COUNT = struct.Struct("<Q")
_MAPPING = struct.Struct("<4Q")


@dataclass(frozen=True)
class Mapping:
    """One call of mmap(2) that a restore makes."""

    address: int
    length: int
    protection: int
    offset: int

    @property
    def end(self) -> int:
        return self.address + self.length


@dataclass
class State:
    """What the captured process says of itself, and what the build has to know of it: addresses, and malloc's key."""

    packed: bytes
    thread_id: int
    auxiliary: int
    stack_start: int
    heap_end: int
    loader_data: int
    malloc_key: int
    processor_number: int

    @classmethod
    def unpack(cls, packed: bytes) -> State:
        words = _ADDRESSES.unpack_from(packed)
        _, thread_id, _, auxiliary, _, stack_start, _, *others, _ = words
        return cls(packed, thread_id, auxiliary, stack_start, *others)

    def clear_key(self, instead: bytes) -> None:
        at = _ADDRESSES.size - 3 * _COUNT.size
        self.packed = self.packed[:at] + instead + self.packed[at + _COUNT.size :]


STATE_LENGTH = _STATE_LENGTH


def open_for_capture(builder: Path) -> None:
    """Make a copy of the linked file capture itself when it is started."""
    _write_head(builder, _HEAD.pack(_MAGIC, EmbeddedState.CAPTURE, 0, 0))


def add_snapshot(
    linked: Path,
    snapshot: bytes,
    page_size: int,
    state: State,
    words: list[tuple[int, str]],
    written: Written,
    mappings: list[Mapping],
) -> None:
    """Finish the linked file: put the snapshot behind its last page.

    `words` are those with addresses of the kernel's functions. Raise UnsuitableError if a restore cannot make so many
    mappings; nothing is written then.
    """
    if len(mappings) > MAPPINGS_MAX:
        raise UnsuitableError(
            f"the snapshot would take {len(mappings)} mappings, more than {MAPPINGS_MAX}",
            "large data that is mostly zeros takes them, or memory that an import has mapped in many pieces: make it "
            "in the handler or under @on_start",
        )
    words = words[:_KERNEL_WORDS_MAX]
    start = whole_pages(linked.stat().st_size)
    body = [
        _HEAD.pack(_MAGIC, EmbeddedState.SNAPSHOT, start + len(snapshot), page_size),
        state.packed,
        *(_KERNEL_WORD.pack(address, name.encode()) for address, name in words),
        bytes(_KERNEL_WORD.size * (_KERNEL_WORDS_MAX - len(words))),
        written_pages.pack(written),
        _COUNT.pack(len(mappings)),
        *(_MAPPING.pack(each.address, each.length, each.offset, each.protection) for each in mappings),
    ]
    _write_head(linked, b"".join(body))
    with linked.open("r+b") as file:
        file.seek(start)
        file.write(snapshot)


def _write_head(path: Path, packed: bytes) -> None:
    """Write where the linked file has its place for this."""
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            # A variable for one compiler, a constant for another: gcc 12 and 14 differ.
            found = [content.find(_MAGIC, each.offset, each.offset + each.length) for each in segments.loaded(content)]
        places = [place for place in found if place >= 0]
        if len(places) != 1:
            raise BuildError("the linked file has no place for a snapshot")
        file.seek(places[0])
        file.write(packed)
