"""What a profiling run says: where each block of the heap goes, and which other pages runs write.

The C side: build/boot/snapshot/heap/profile.c writes it, placement.h says what a placement is, heap.c follows them.
"""

from __future__ import annotations

import struct

from build.core.segments import whole_pages

PROFILES = 2  # the first tells which pages runs touch, the second which blocks of these
SECTION = 0xF  # of a block's placement; its length follows
SECTION_COLD, SECTION_HOT_WRITE, SECTION_HOT_REQUEST, SECTION_HOT_READ = 0, 1, 2, 3
SECTION_REHEARSED_WRITE, SECTION_REHEARSED_READ = 4, 5
SECTION_UNSTABLE, SECTION_DISCARDED = 14, 15

_COUNTS = struct.Struct("<3Q")
_WORD = 8


def read(profile: bytes) -> tuple[bytes, list[int], list[int]]:
    """Return the placements, by number of the allocation, and the addresses of the other pages.

    They are those that every run writes, then those that only runs of HTTP write.
    """
    blocks, pages, of_http = _COUNTS.unpack_from(profile)
    placements = profile[_COUNTS.size : _COUNTS.size + 4 * blocks]
    found = struct.unpack_from(f"<{pages + of_http}Q", profile, _COUNTS.size + 4 * blocks)
    return placements, list(found[:pages]), sorted(set(found[pages:]).difference(found[:pages]))


def written_length(placements: bytes, before: int = 0) -> int:
    """Return how long the part of the heap is that runs write, in whole pages, with what lies before it."""
    return whole_pages(before + _WORD + _room(placements, SECTION_HOT_WRITE))


def request_length(placements: bytes) -> int:
    """Return how long the part behind it is, which only runs of HTTP write."""
    room = _room(placements, SECTION_HOT_REQUEST)
    return whole_pages(_WORD + room) if room else 0


def _room(placements: bytes, section: int) -> int:
    placed = (block for (block,) in struct.iter_unpack("<I", placements))
    return sum(_WORD + (block >> 4) for block in placed if block & SECTION == section)
