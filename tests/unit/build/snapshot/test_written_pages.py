"""The lists of written pages, as build/boot/shared/written_pages.h reads them."""

from __future__ import annotations

import struct

from build.core.segments import PAGE
from build.snapshot.written_pages import LENGTH, Written, pack, with_gaps


def _lists(packed: bytes) -> list[list[tuple[int, int]]]:
    lists: list[list[tuple[int, int]]] = [[]]
    for first, count in struct.iter_unpack("<2I", packed):
        if count:
            lists[-1].append((first, count))
        else:
            lists.append([])
    return lists[:3]


def test_neighbours_are_one_range_and_each_list_ends_with_an_empty_one() -> None:
    packed = pack(Written([5 * PAGE, 4 * PAGE, 6 * PAGE + 24], [], [PAGE, 3 * PAGE]))
    assert len(packed) == LENGTH
    assert _lists(packed) == [[(4, 3)], [], [(1, 1), (3, 1)]]


def test_a_page_between_two_is_taken_along() -> None:
    pages = [number * PAGE for number in (9, 1, 3, 4, 6)]
    assert with_gaps(pages) == [number * PAGE for number in (1, 2, 3, 4, 5, 6, 9)]


def test_where_there_is_no_room_for_all_the_longest_are_kept_in_order() -> None:
    short, long = [range(at, at + 1) for at in range(0, 1000, 10)], [range(at, at + 2) for at in range(5, 100, 10)]
    pages = [number * PAGE for each in (*short, *long) for number in each]
    lists = _lists(pack(Written(pages, pages, pages)))
    for ranges in lists:
        assert ranges == sorted(ranges)
        assert [each for each in ranges if each[1] == 2] == [(each.start, 2) for each in long]
    assert sum(map(len, lists)) == LENGTH // 8 - len(lists)
