"""What a profiling run says, as build/boot/snapshot/heap/profile.c writes it."""

from __future__ import annotations

import struct

from build.snapshot.placements import (
    COUNTS,
    SECTION_COLD,
    SECTION_HOT_WRITE,
    SECTION_RARE,
    read,
    tables_length,
)
from build.snapshot.written_pages import Written


def _placed(section: int, length: int) -> int:
    return section | length << 4


def test_blocks_and_pages_are_told_apart() -> None:
    blocks = [_placed(SECTION_HOT_WRITE, 24), _placed(SECTION_COLD, 0), _placed(SECTION_RARE, 40)]
    found = struct.pack("<4Q3I5Q", 3, 2, 2, 1, *blocks, 0x1000, 0x7000, 0x7000, 0x3000, 0x7000)
    placements, written = read(found)
    assert struct.unpack("<3I", placements) == tuple(blocks)
    assert written == Written([0x1000, 0x7000], [0x3000], [0x7000])
    assert tables_length(found[: COUNTS.size]) == len(found) - COUNTS.size
