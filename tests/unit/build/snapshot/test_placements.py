"""What a profiling run says, as build/boot/snapshot/heap/profile.c writes it."""

from __future__ import annotations

import struct

from build.core.segments import PAGE
from build.snapshot.placements import (
    COUNTS,
    SECTION_COLD,
    SECTION_HOT_READ,
    SECTION_HOT_REQUEST,
    SECTION_HOT_WRITE,
    read,
    request_length,
    tables_length,
    with_heap,
    written_length,
)
from build.snapshot.written_pages import Written


def _placed(section: int, length: int) -> int:
    return section | length << 4


def test_blocks_and_pages_are_told_apart() -> None:
    blocks = [_placed(SECTION_HOT_WRITE, 24), _placed(SECTION_COLD, 0), _placed(SECTION_HOT_READ, 40)]
    found = struct.pack("<4Q3I5Q", 3, 2, 2, 1, *blocks, 0x1000, 0x7000, 0x7000, 0x3000, 0x7000)
    placements, written = read(found)
    assert struct.unpack("<3I", placements) == tuple(blocks)
    assert written == Written([0x1000, 0x7000], [0x3000], [0x7000])
    assert tables_length(found[: COUNTS.size]) == len(found) - COUNTS.size


def test_what_runs_write_is_counted_with_the_word_before_each_block() -> None:
    placements = struct.pack("<2I", _placed(SECTION_HOT_WRITE, PAGE - 16), _placed(SECTION_HOT_READ, 4000))
    assert written_length(placements) == PAGE
    assert written_length(placements, before=8) == 2 * PAGE


def test_what_only_requests_write_follows_in_whole_pages() -> None:
    write, request = _placed(SECTION_HOT_WRITE, 24), _placed(SECTION_HOT_REQUEST, PAGE - 16)
    assert request_length(struct.pack("<I", write)) == 0
    assert request_length(struct.pack("<2I", write, request)) == PAGE


def test_a_function_writes_what_every_run_and_what_requests_write_in_the_heap_but_not_its_head() -> None:
    placements = struct.pack("<2I", _placed(SECTION_HOT_WRITE, 24), _placed(SECTION_HOT_REQUEST, 24))
    written = with_heap(Written([0x1000], [0x2000], [0x3000]), placements, start=0x80000, head=PAGE)
    assert written == Written([0x80000, 0x81000, 0x1000], [0x82000, 0x2000], [0x81000, 0x82000, 0x3000])
