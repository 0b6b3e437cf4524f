"""What profiling runs say: where each block of the heap goes, and then which pages runs write.

The C side: build/boot/snapshot/heap/profile.c writes it, placement.h says what a placement is, heap.c follows them.
"""

from __future__ import annotations

import struct
from itertools import islice

from build.snapshot.written_pages import Written

PROFILES = 2  # of blocks: the first tells which pages runs touch, the second which blocks of these
BLOCKS, PAGES = "blocks", "pages"  # what to profile
SECTION = 0xF  # of a block's placement; its length follows
SECTION_COLD, SECTION_HOT_WRITE, SECTION_RARE = 0, 1, 8
SECTIONS_BEFORE_COLD = range(SECTION_HOT_WRITE, SECTION_RARE + 1)  # in the order in which they lie there
SECTION_UNSTABLE, SECTION_DISCARDED = 14, 15

COUNTS = struct.Struct("<4Q")
_PLACEMENT, _PAGE = 4, 8  # bytes of each in a profile


def tables_length(counts: bytes) -> int:
    """Return how many bytes of a profile follow the counts that it begins with."""
    blocks, *pages = COUNTS.unpack(counts)
    return int(_PLACEMENT * blocks + _PAGE * sum(pages))


def read(profile: bytes) -> tuple[bytes, Written]:
    """Return the placements, by number of the allocation, and the addresses of written pages."""
    blocks, *pages = COUNTS.unpack_from(profile)
    at = COUNTS.size + _PLACEMENT * blocks
    found = iter(struct.unpack_from(f"<{sum(pages)}Q", profile, at))
    every_run, requests, functions = (list(islice(found, count)) for count in pages)
    only_requests = sorted({*requests} - {*every_run})
    return profile[COUNTS.size : at], Written(every_run, only_requests, functions)
