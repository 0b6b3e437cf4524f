"""What a profiling run says: where each block of the heap goes, and which other pages runs write.

The C side: build/boot/snapshot/heap/profile.c writes it, placement.h says what a placement is, heap.c follows them.
"""

from __future__ import annotations

import struct

from build.core.segments import whole_pages

PROFILES = 2  # the first tells which pages runs touch, the second which blocks of these
SECTION = 0xF  # of a block's placement; its length follows
SECTION_COLD, SECTION_HOT_WRITE, SECTION_HOT_READ, SECTION_UNSTABLE, SECTION_DISCARDED = 0, 1, 2, 14, 15

_COUNTS = struct.Struct("<2Q")
_WORD = 8


def read(profile: bytes) -> tuple[bytes, list[int]]:
    """Return the placements, by number of the allocation, and the addresses of the other pages."""
    blocks, pages = _COUNTS.unpack_from(profile)
    placements = profile[_COUNTS.size : _COUNTS.size + 4 * blocks]
    return placements, list(struct.unpack_from(f"<{pages}Q", profile, _COUNTS.size + 4 * blocks))


def written_length(placements: bytes, before: int = 0) -> int:
    """Return how long the part of the heap is that runs write, in whole pages, with what lies before it."""
    placed = (block for (block,) in struct.iter_unpack("<I", placements))
    hot = _WORD + sum(_WORD + (block >> 4) for block in placed if block & SECTION == SECTION_HOT_WRITE)
    return whole_pages(before + hot)
