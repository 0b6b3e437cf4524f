"""Lists of pages that runs write, for the file: build/boot/shared/written_pages.h, in Python."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from build.core.segments import PAGE

_RANGES_MAX, _RANGE = 96, struct.Struct("<2I")
_SHARES = (40, 12, 44)  # of the ranges, by list
_END = (0, 0)  # of a list
LENGTH = _RANGES_MAX * _RANGE.size  # bytes of all lists


class Written(NamedTuple):
    """Addresses of pages that are written: by every run, only by those that answer a request, by functions of a server.

    A function is a fork of a template: it copies all that it writes, whatever the template has copied.
    """

    by_every_run: Sequence[int]
    by_requests: Sequence[int]
    by_functions: Sequence[int]


def pack(written: Written) -> bytes:
    """Return the lists as the file has them; each has as many ranges as it has room for, the longest.

    Lone pages are worth a call each, if runs do write them: a start takes 0.97 of its time with them.
    """
    lists = [[*_longest(pages, most - 1), _END] for pages, most in zip(written, _SHARES, strict=True)]
    return b"".join(_RANGE.pack(*each) for ranges in lists for each in ranges).ljust(LENGTH, b"\0")


def with_gaps(pages: Iterable[int]) -> list[int]:
    """Return pages with those between two of them: a range more costs as much as a page."""
    known = {page // PAGE for page in pages}
    between = {number + 1 for number in known if number + 2 in known}
    return [number * PAGE for number in sorted(known | between)]


def _longest(pages: Iterable[int], most: int) -> list[tuple[int, int]]:
    """Return neighbours as (number of the first page, count), in the order of addresses."""
    ranges: list[list[int]] = []
    for page in sorted({address // PAGE for address in pages}):
        if ranges and page == sum(ranges[-1]):
            ranges[-1][1] += 1
        else:
            ranges.append([page, 1])
    longest = sorted(ranges, key=lambda each: -each[1])[:most]
    return [(first, count) for first, count in sorted(longest)]
