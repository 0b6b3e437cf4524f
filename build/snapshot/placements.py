"""What a profiling run says: where each block of the heap goes, and which other pages runs write.

The C side: build/boot/snapshot/heap/profile.c writes it, placement.h says what a placement is, heap.c follows them.
"""

from __future__ import annotations

import struct
from itertools import islice

from build.core.segments import PAGE, whole_pages
from build.snapshot.written_pages import Written

PROFILES = 2  # the first tells which pages runs touch, the second which blocks of these
SECTION = 0xF  # of a block's placement; its length follows
SECTION_COLD, SECTION_HOT_WRITE, SECTION_HOT_REQUEST, SECTION_HOT_READ = 0, 1, 2, 3
SECTION_REHEARSED_WRITE, SECTION_REHEARSED_READ = 4, 5
SECTION_UNSTABLE, SECTION_DISCARDED = 14, 15

COUNTS = struct.Struct("<4Q")
_PLACEMENT, _PAGE = 4, 8  # bytes of each in a profile
_WORD = 8


def tables_length(counts: bytes) -> int:
    """Return how many bytes of a profile follow the counts that it begins with."""
    blocks, *pages = COUNTS.unpack(counts)
    return int(_PLACEMENT * blocks + _PAGE * sum(pages))


def read(profile: bytes) -> tuple[bytes, Written]:
    """Return the placements, by number of the allocation, and the addresses of the other pages."""
    blocks, *pages = COUNTS.unpack_from(profile)
    at = COUNTS.size + _PLACEMENT * blocks
    found = iter(struct.unpack_from(f"<{sum(pages)}Q", profile, at))
    every_run, requests, functions = (list(islice(found, count)) for count in pages)
    only_requests = sorted({*requests} - {*every_run})
    return profile[COUNTS.size : at], Written(every_run, only_requests, functions)


def with_heap(written: Written, placements: bytes, start: int, head: int = 0) -> Written:
    """Return what is written with the pages of the heap, which starts at this address with a head of so many bytes."""
    of_every_run = range(start, start + written_length(placements, head), PAGE)
    of_requests = range(of_every_run.stop, of_every_run.stop + request_length(placements), PAGE)
    of_functions = range(start + whole_pages(head), of_requests.stop, PAGE)
    heap = Written(of_every_run, of_requests, of_functions)
    return Written(*([*pages, *others] for pages, others in zip(heap, written, strict=True)))


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
