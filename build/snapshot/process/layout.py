"""Decide what of a captured process is stored, and how a restore maps it.

What was only read is in the file already, in the bundled objects. What was written goes to the end of the file; long
stretches of zeros go nowhere. Each mapping costs a run about 2 us, so neighbours are joined where they can be:
constants with code, and what is read-only after relocation with the data behind it.
"""

from __future__ import annotations

import mmap
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from build.core.segments import PAGE, whole_pages
from build.snapshot.process.capture import Capture
from build.snapshot.process.format import EXECUTE, READ, WIPED, WRITE, ZEROS, Mapping
from build.snapshot.process.regions import Region
from build.snapshot.written_pages import Written, with_gaps

_ZEROS_LEAST = 64 * PAGE  # shorter stretches are stored
_COMPARED_FIRST = 64  # bytes of a page, before all of a region is


@dataclass
class _Block:
    start: int
    end: int
    protection: int
    offset: int | None  # in the file, or ZEROS or WIPED; None: it is stored
    parts: list[memoryview] = field(default_factory=list)  # of what is stored


def lay_out(capture: Capture, linked: bytes | mmap.mmap, builder: Path) -> tuple[list[Mapping], bytes]:
    """Return the mappings, and what is stored, whose place is right behind the linked file's last page."""
    mappings, stored = list[Mapping](), list[memoryview]()
    end = whole_pages(len(linked))
    before_data = _before_data(capture.regions)
    blocks = [
        block
        for region, after in _with_next(capture.regions)
        for block in _blocks(region, after if region.start in before_data else None, linked, builder)
    ]
    for block in _joined(blocks):
        offset = block.offset
        if offset is None:
            offset = end
            stored += block.parts
            end += block.end - block.start
        mappings.append(Mapping(block.start, block.end - block.start, block.protection, offset))
    return mappings, b"".join(stored)


def _with_next(regions: list[Region]) -> Iterator[tuple[Region, Region | None]]:
    return zip(regions, [*regions[1:], None], strict=True)


def _before_data(regions: list[Region]) -> set[int]:
    """Return the starts of what is read-only, with data or more of the same right behind it."""
    found: set[int] = set()
    for region, after in reversed(list(_with_next(regions))):
        is_next = after is not None and after.start == region.end and region.protection == READ
        if after is not None and is_next and (after.protection == READ | WRITE or after.start in found):
            found.add(region.start)
    return found


def _blocks(region: Region, after: Region | None, linked: bytes | mmap.mmap, builder: Path) -> Iterator[_Block]:
    if region.is_wiped:
        yield _Block(region.start, region.end, region.protection, WIPED)
    elif region.protection & WRITE:
        yield from _split(region)
    else:
        is_last = after is not None and after.protection == READ | WRITE and region.name != str(builder)
        offset = None if is_last else _place_in_file(region, linked, builder)
        protection = READ | WRITE if after is not None and offset is None else region.protection
        yield _Block(region.start, region.end, protection, offset, [memoryview(region.content)])


def _place_in_file(region: Region, linked: bytes | mmap.mmap, builder: Path) -> int | None:
    """Return where the linked file has the same bytes; the loader itself and its program were mapped from copies."""
    if region.is_as_in_file:
        return region.offset
    content, start = region.content, bytes(region.content[:_COMPARED_FIRST])
    places = [region.offset] if region.name == str(builder) else range(0, len(linked), PAGE)
    alike = (place for place in places if linked[place : place + len(start)] == start)
    return next((place for place in alike if linked[place : place + len(content)] == content), None)


def _split(region: Region) -> Iterator[_Block]:
    """Yield stretches of zeros, and of other pages."""
    zero, at, content = bytes(PAGE), 0, memoryview(region.content)
    while at < region.length:
        start, is_zero = at, region.is_unused or region.content.startswith(zero, at)
        at = region.length if region.is_unused else at + PAGE
        while at < region.length and region.content.startswith(zero, at) == is_zero:
            at += PAGE
        offset = ZEROS if is_zero and at - start >= _ZEROS_LEAST else None
        yield _Block(region.start + start, region.start + at, region.protection, offset, [content[start:at]])


def _joined(blocks: list[_Block]) -> list[_Block]:
    joined: list[_Block] = []
    for block in blocks:
        before = joined[-1] if joined else None
        if before and _belong_together(before, block):
            before.end = block.end
            before.protection |= block.protection
            before.parts += block.parts
        else:
            joined.append(block)
    return joined


def _belong_together(one: _Block, other: _Block) -> bool:
    protections = {one.protection, other.protection}
    if one.end != other.start or (len(protections) > 1 and protections != {READ, READ | EXECUTE}):
        return False
    if one.offset is None or other.offset is None or one.offset >= WIPED or other.offset >= WIPED:
        return one.offset == other.offset
    return one.offset + one.end - one.start == other.offset


def mapped(written: Written, mappings: list[Mapping]) -> Written:
    """Return the written pages that a restore maps; the others are made in the run."""
    ends = {mapping.address: mapping.end for mapping in mappings if mapping.protection & WRITE}
    starts = sorted(ends)

    def is_mapped(page: int) -> bool:
        at = bisect_right(starts, page) - 1
        return at >= 0 and page < ends[starts[at]]

    return Written(*(list(filter(is_mapped, with_gaps(pages))) for pages in written))
