"""The room for a snapshot; the way back from its data to earlier ones, as build/boot/snapshot/pristine.c goes it."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build.core import segments
from build.core.segments import PAGE
from build.snapshot.heap.embed import ROOMS, SNAPSHOT_BASE, open_for_capture, pristine_steps
from build.snapshot.suitability import UnsuitableError

WORDS = st.lists(st.tuples(st.sampled_from([0, 1, 7]), st.sampled_from([0, 1, 9])), max_size=40)


def _packed(words: list[int]) -> bytes:
    return struct.pack(f"<{len(words)}Q", *words)


def _gone(now: list[int], steps: bytes) -> list[int]:
    words, at, place = list(now), 0, 0
    while at < len(steps):
        same, zeros, others = struct.unpack_from("<HHH", steps, at)
        at += 6
        place += same
        words[place : place + zeros] = [0] * zeros
        place += zeros
        words[place : place + others] = struct.unpack_from(f"<{others}Q", steps, at)
        at += 8 * others
        place += others
    return words


@given(WORDS)
def test_the_pristine_steps_leads_to_what_was_before(pairs: list[tuple[int, int]]) -> None:
    now, earlier = [new for new, _ in pairs], [old for _, old in pairs]
    assert _gone(now, pristine_steps(_packed(now), _packed(earlier))) == earlier


def test_long_stretches_take_several_steps() -> None:
    now = [1] * 70_000 + [1] * 70_000 + [1] * 70_000
    earlier = [1] * 70_000 + [0] * 70_000 + [9] * 70_000
    assert _gone(now, pristine_steps(_packed(now), _packed(earlier))) == earlier


def test_what_is_the_same_costs_next_to_nothing() -> None:
    same = _packed([5] * 60_000)
    assert len(pristine_steps(same, same)) == 6


def test_a_file_that_fills_the_room_below_the_snapshot_has_none(tmp_path: Path) -> None:
    """The link that chooses itself is portable then: the reason must be one that it looks for, no failed build."""
    file = bytearray(Path(sys.executable).resolve().read_bytes())
    *others, last = segments.loaded(file)
    segments.replace_loaded(file, [*others, replace(last, memory=SNAPSHOT_BASE + PAGE - last.address)])
    (tmp_path / "linked").write_bytes(file)
    with pytest.raises(UnsuitableError, match="above 256 MiB") as raised:
        open_for_capture(tmp_path / "linked", tmp_path / "builder", ROOMS[0])
    assert "--link portable" in raised.value.advice
    assert not (tmp_path / "builder").exists()
