"""Capture the heap of a static file's interpreter: start the linked file to profile runs, then twice to capture it.

Profiling finds out which memory runs touch, first by pages, then by single blocks, and which memory is freed before the
snapshot. In the snapshot, memory that runs touch lies together, so that a run copies and maps fewer pages, and freed
memory is left out. With all in its place, a last profile tells which pages runs write. The two processes that capture
have different random addresses: a word that differs between their snapshots is an address, a time, a process id or a
random number, which no snapshot may hold.
"""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from build.core import session
from build.core.configuration import EVERY_TRICK, Tricks
from build.core.console import counted
from build.core.errors import BuildError
from build.core.segments import PAGE
from build.snapshot.heap import difference
from build.snapshot.heap.embed import ROOMS, SNAPSHOT_BASE, Snap, open_for_capture, with_written_pages
from build.snapshot.placements import (
    BLOCKS,
    PAGES,
    PROFILES,
    SECTION,
    SECTION_COLD,
    SECTION_DISCARDED,
    SECTION_UNSTABLE,
    SECTIONS_BEFORE_COLD,
    read,
)
from build.snapshot.suitability import UnsuitableError, capture_failed, draw_seed, refuse_secrets
from build.snapshot.warm_up import lines_of_others, make_exchange

_ATTEMPTS = 5  # before the last, all memory that was freed in the profiling run is kept
_CAPTURES_MOST = 4
_KEPT = {SECTION_DISCARDED: SECTION_UNSTABLE}
_NOT_HOT = dict.fromkeys(SECTIONS_BEFORE_COLD, SECTION_COLD)
_SEED = 4  # bytes, of the seed of hashes
_WORD = 8
_MISPLACED, _FULL = 3, 4  # statuses of a snapshot builder (build/boot/snapshot/capture/capture.h)
_TRACED_MOST = 64  # of the words that differ (build/boot/snapshot/capture/trace.c)

_Start = Callable[[bytes, str], tuple[bytes, list[str]]]  # of placements and a word for the builder: result, lines


def capture(linked: Path, snap: Snap, work: Path, *, reproducible: bool, tricks: Tricks = EVERY_TRICK) -> bytes:
    """Return the snapshot of the linked file, captured with as much room as it needs."""
    builder = work / "builder"
    for room in ROOMS:
        open_for_capture(linked, builder, room)
        try:
            return capture_twice(builder, snap, work, reproducible=reproducible, tricks=tricks)
        except _FullError:
            continue
    raise UnsuitableError(
        f"the imports keep more than the {ROOMS[-1] >> 31} GiB that a snapshot can hold",
        "load large data in the handler, or under @on_start",
    )


def capture_twice(builder: Path, snap: Snap, work: Path, *, reproducible: bool, tricks: Tricks = EVERY_TRICK) -> bytes:
    """Return the snapshot that two captures agree on, of four at the most.

    Raise UnsuitableError with the reason if the handlers leave behind what a snapshot cannot hold.
    """
    seed = draw_seed(builder, _SEED, reproducible=reproducible)
    start = partial(_start, builder, seed, work)
    placements = b""
    for _ in range(PROFILES if tricks.second_profile else 1):
        placements, _ = read(start(placements, BLOCKS)[0])
        moved = ({} if tricks.hot_sections else _NOT_HOT) | ({} if tricks.freed_apart else _KEPT)
        placements = _moved(placements, moved) if moved else placements
    attempts_left = _ATTEMPTS
    while True:
        attempts_left -= 1
        try:
            return _agreed(start, placements, snap, tricks)
        except _MisplacedError as error:
            if not attempts_left:
                raise
            placements = _moved(placements, _KEPT, error.blocks if attempts_left > 1 else None)


def _agreed(start: _Start, placements: bytes, snap: Snap, tricks: Tricks) -> bytes:
    """Raise _MisplacedError if any of the captures needs what the profiling run has freed in time."""

    def take() -> bytes:
        return start(placements, "capture")[0]

    taken = [take(), take()]
    confirmed = _confirmed(taken, take)
    if confirmed is None:
        culprits = difference.culprits(_traced(start, snap))
        raise UnsuitableError(_problem(_differing(taken[0], taken[1], snap), culprits), _ADVICE)
    refuse_secrets(confirmed)
    return with_written_pages(confirmed, read(start(placements, PAGES)[0])[1]) if tricks.populate else confirmed


def _confirmed(taken: list[bytes], take: Callable[[], bytes]) -> bytes | None:
    """Return a capture that another one is equal to, of four at the most; as a rule the first two are.

    A time or random number whose text has a digit less makes imports allocate otherwise once in a while.
    """
    while taken[-1] not in taken[:-1] and len(taken) < _CAPTURES_MOST:
        taken.append(take())
    return taken[-1] if taken[-1] in taken[:-1] else None


class _FullError(BuildError):
    """There is no room for what the imports keep."""


class _MisplacedError(UnsuitableError):
    """Memory that was freed in the profiling run is still in use: `blocks`, by index of allocation.

    Imports may allocate in another order each time, as those that wait for a thread, or that go through a set whose
    order depends on addresses.
    """

    def __init__(self, blocks: set[int]) -> None:
        super().__init__("the snapshot cannot be taken", "its imports allocate in another order each time")
        self.blocks = blocks


def _moved(placements: bytes, sections: Mapping[int, int], blocks: set[int] | None = None) -> bytes:
    """Return the placements with blocks of some sections in others: these, or all."""
    kinds = [
        kind & ~SECTION | sections.get(kind & SECTION, kind & SECTION) if blocks is None or index in blocks else kind
        for index, (kind,) in enumerate(struct.iter_unpack("<I", placements))
    ]
    return struct.pack(f"<{len(kinds)}I", *kinds)


def _start(builder: Path, seed: int, work: Path, placements: bytes, what: str) -> tuple[bytes, list[str]]:
    folder, result, placed = work / "warm-up", work / "snapshot", work / "placements"
    placed.write_bytes(placements)
    make_exchange(folder)
    command: list[str | Path] = [builder, result, str(seed), placed, what]
    done = session.run(command, cwd=folder, environment={}, stdin=subprocess.PIPE)
    printed = lines_of_others(done.stderr)
    if done.status == _MISPLACED:
        raise _MisplacedError({index for (index,) in struct.iter_unpack("<I", result.read_bytes())})
    if done.status == _FULL:
        raise _FullError("the room for the snapshot is too small")
    if done.status:
        raise capture_failed(done.status, printed)
    return result.read_bytes(), printed


def _differing(first: bytes, second: bytes, snap: Snap) -> list[int]:
    """Return the addresses of the words that differ, as far as the shorter snapshot goes."""
    heap, length = len(first) - (snap.end - snap.start), min(len(first), len(second))
    return [
        SNAPSHOT_BASE + at if at < heap else snap.start + at - heap
        for page in range(0, length, PAGE)
        if first[page : page + PAGE] != second[page : page + PAGE]
        for at in range(page, min(page + PAGE, length), _WORD)
        if first[at : at + _WORD] != second[at : at + _WORD]
    ]


def _traced(start: _Start, snap: Snap) -> list[str]:
    """Return what the snapshot builder prints about who makes what differs, when it is asked to trace that."""
    words = _differing(start(b"", "trace")[0], start(b"", "trace")[0], snap)
    if not words:
        return []
    return start(b"", " ".join(["trace", *map(hex, words[:: len(words) // _TRACED_MOST + 1])]))[1]


def _problem(words: list[int], culprits: list[str]) -> str:
    who = f"made by {', '.join(culprits)}" if culprits else f"at {', '.join(map(hex, words[:8]))}"
    return f"two snapshots differ in {counted(len(words), 'word')}, {who}"


_ADVICE = (
    "it keeps a time, an address, a process id, a random number or memory that is not Python's, of which each run "
    "needs its own; make it in the handler or under @on_start"
)
