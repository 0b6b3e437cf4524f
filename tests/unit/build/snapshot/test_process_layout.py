"""How a captured process is laid out in the file: which stretches are stored, which are mapped together."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import cast

from build.core.segments import PAGE
from build.snapshot.process.capture import Capture
from build.snapshot.process.format import EXECUTE, READ, WRITE, ZEROS, Mapping, State
from build.snapshot.process.layout import lay_out, mapped
from build.snapshot.process.regions import Region
from build.snapshot.written_pages import Written

_BUILDER = Path("/of/the/machine/builder")
_LINKED = b"".join(bytes([number]) * PAGE for number in range(1, 9))  # each page another


def _region(page: int, protection: int, content: bytes, offset: int = -1) -> Region:
    """Mapped from the file if there is an offset, in pages."""
    name = str(_BUILDER) if offset >= 0 else "/memfd:fn (deleted)"
    start = page * PAGE
    return Region(start, start + len(content), protection, max(offset, 0) * PAGE, name, content=bytearray(content))


def _laid_out(*regions: Region) -> tuple[list[tuple[int, int, int, int]], bytes]:
    """Return mappings in pages, and what is stored."""
    mappings, stored = lay_out(Capture(cast("State", struct), list(regions), []), _LINKED, _BUILDER)
    places = [
        (
            each.address // PAGE,
            each.length // PAGE,
            each.protection,
            each.offset // PAGE if each.offset != ZEROS else -1,
        )
        for each in mappings
    ]
    return places, stored


def test_what_is_the_same_is_mapped_from_the_file_code_and_constants_together() -> None:
    code = _region(16, READ | EXECUTE, _LINKED[PAGE : 3 * PAGE], 1)
    constants = _region(18, READ, _LINKED[3 * PAGE : 4 * PAGE], 3)
    assert _laid_out(code, constants) == ([(16, 3, READ | EXECUTE, 1)], b"")


def test_what_is_read_only_after_relocation_is_stored_with_the_data_behind_it() -> None:
    relocated = _region(16, READ, b"r" * PAGE, 4)
    more = _region(17, READ, b"m" * PAGE)
    data = _region(18, READ | WRITE, b"d" * PAGE)
    assert _laid_out(relocated, more, data) == ([(16, 3, READ | WRITE, 8)], b"r" * PAGE + b"m" * PAGE + b"d" * PAGE)


def test_constants_behind_a_gap_or_before_code_stay_what_they_are() -> None:
    alone = _region(16, READ, b"r" * PAGE, 4)
    before_code = _region(18, READ, b"s" * PAGE, 4)
    code = _region(19, READ | EXECUTE, _LINKED[PAGE : 2 * PAGE], 1)
    data = _region(20, READ | WRITE, b"d" * PAGE)
    assert [each[2] for each in _laid_out(alone, before_code, code, data)[0]] == [
        READ, READ, READ | EXECUTE, READ | WRITE,
    ]  # fmt: skip


def test_long_stretches_of_zeros_are_not_stored() -> None:
    data = _region(16, READ | WRITE, b"d" * PAGE + bytes(100 * PAGE) + b"e" * PAGE + bytes(10 * PAGE))
    places, stored = _laid_out(data)
    assert places == [(16, 1, 3, 8), (17, 100, 3, -1), (117, 11, 3, 9)]
    assert len(stored) == 12 * PAGE


def test_written_pages_that_are_made_in_the_run_are_left_out() -> None:
    mappings = [Mapping(16 * PAGE, 8 * PAGE, READ | WRITE, 0), Mapping(24 * PAGE, 8 * PAGE, READ, 0)]
    pages = [number * PAGE for number in (15, 16, 20, 22, 23, 25)]
    expected = [number * PAGE for number in (16, 20, 21, 22, 23)]
    assert mapped(Written(pages, [], pages[:2]), mappings) == Written(expected, [], expected[:1])
