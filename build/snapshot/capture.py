"""Takes the snapshot: starts the linked file to rehearse a run, then twice to write its image, and checks the image.

The rehearsals tell which memory runs touch, the first by pages, the second by single pieces, and which is freed before
them. The image has the former side by side, so that a run copies and maps fewer pages, and the latter not at all. The
two processes that write an image lie at different random addresses: a word that differs between their images is an
address, a time, a process id or a random number that must not be in it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from build.core.errors import BuildError
from build.core.segments import PAGE
from build.snapshot import difference
from build.snapshot.embed import (
    AREA,
    AREA_FLEETING,
    AREA_GONE,
    IMAGE_BASE,
    ROOMS,
    Snap,
    open_for_snapshot,
    with_written_pages,
)
from entry.snapshot.audit_tables import OF_PROCESS

_REHEARSALS = 2
_ATTEMPTS = 5  # before the last, all memory that was freed in the rehearsal is kept
_WORD = 8
_MISPLACED, _FULL, _BROKEN = 3, 4, 5  # statuses of a taker (build/boot/snapshot/capture/capture.h)
_TRACED_MOST = 64  # of the words that differ (build/boot/snapshot/capture/trace.c)
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)
_SHORTEST_SECRET = 8  # characters


class UnsuitableError(BuildError):
    """No snapshot can be taken of these handlers, which may be right all the same: a cold boot does without."""


def refuse_what_none_holds(refused: Sequence[tuple[str, str]], link: str) -> None:
    """Raises UnsuitableError for what imports were seen to do: places, each with words and advice.

    entry/snapshot/import_audit.py has seen it.
    """
    if link == "portable":
        refused = [each for each in refused if each[1].partition(" at import: ")[0].rstrip(",") not in OF_PROCESS]
    if refused:
        raise UnsuitableError(
            "; ".join(f"{place}: {words.partition(': ')[0]}" for place, words in refused),
            "a snapshot would lose it: move it into the handler or under @on_start",
        )


def capture(linked: Path, snap: Snap, work: Path, *, reproducible: bool) -> bytes:
    """The image of the linked file, taken with as much room as it needs."""
    taker = work / "taker"
    for room in ROOMS:
        open_for_snapshot(linked, taker, room)
        try:
            return take(taker, snap, work, reproducible=reproducible)
        except _FullError:
            continue
    raise UnsuitableError(
        f"the imports keep more than the {ROOMS[-1] >> 31} GiB that a snapshot can hold",
        "load large data in the handler, or under @on_start",
    )


def take(taker: Path, snap: Snap, work: Path, *, reproducible: bool) -> bytes:
    """The image.

    The seed of hashes is drawn, or made of the file's own content when the image must be the same each time.
    Raises UnsuitableError with the reason when the handlers leave behind what an image cannot hold.
    """
    seed = seed_for(taker, reproducible=reproducible)
    plan, pages = b"", list[int]()
    for _ in range(_REHEARSALS):
        rehearsal, _ = _start(taker, seed, plan, "rehearse", work)
        plan, pages = _result(rehearsal)
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            first, _ = _start(taker, seed, plan, "take", work)
            break
        except _MisplacedError as error:
            if not attempts_left:
                raise
            plan = _with_kept(plan, error.pieces if attempts_left > 1 else None)
    second, _ = _start(taker, seed, plan, "take", work)
    if first != second:
        made = difference.places(_traced(lambda words: _start(taker, seed, b"", words, work), snap))
        raise UnsuitableError(_problem(_differing(first, second, snap), made), _ADVICE)
    look_for_secrets(first)
    return with_written_pages(first, plan, pages)


def seed_for(taker: Path, *, reproducible: bool) -> int:
    """The seed of hashes: drawn, or made of the file's own content when the image must be the same each time."""
    return (
        int.from_bytes(hashlib.sha256(taker.read_bytes()).digest()[:4], "little")
        if reproducible
        else secrets.randbits(32)
    )


class _FullError(BuildError):
    """There is no room for what the imports keep."""


class _MisplacedError(UnsuitableError):
    """Memory that was freed in the rehearsal is still in use: `pieces`, by number.

    Imports may allocate in another order each time, as those that wait for a thread, or that go through a set whose
    order depends on addresses.
    """

    def __init__(self, pieces: set[int]) -> None:
        super().__init__("the snapshot cannot be taken", "its imports allocate in another order each time")
        self.pieces = pieces


def _with_kept(plan: bytes, pieces: set[int] | None) -> bytes:
    """The plan with these pieces in the image; None: all that it had left out."""
    kinds = [
        AREA_FLEETING if kind & AREA == AREA_GONE and (pieces is None or number in pieces) else kind
        for number, (kind,) in enumerate(struct.iter_unpack("<I", plan))
    ]
    return struct.pack(f"<{len(kinds)}I", *kinds)


def _start(taker: Path, seed: int, plan: bytes, what: str, work: Path) -> tuple[bytes, list[str]]:
    folder, result, planned = work / "warm-up", work / "image", work / "plan"
    planned.write_bytes(plan)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "input.json").write_text('{"name": "warm-up", "list": [1, 2.5, null, true]}')
    done = subprocess.run(
        [taker, result, str(seed), planned, what], cwd=folder, env={}, stdin=subprocess.PIPE, capture_output=True,
        text=True, errors="backslashreplace", check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if not line.startswith("warm-up ")]
    if done.returncode == _MISPLACED:
        raise _MisplacedError({number for (number,) in struct.iter_unpack("<I", result.read_bytes())})
    if done.returncode == _FULL:
        raise _FullError("the image is too small")
    if done.returncode:
        kind = BuildError if done.returncode == _BROKEN else UnsuitableError
        raise kind("the snapshot cannot be taken", "\n".join(said[-25:]) or f"status {done.returncode}")
    return result.read_bytes(), said


def _result(rehearsal: bytes) -> tuple[bytes, list[int]]:
    """The plan by number of allocation, and the written pages of `.snap` (build/boot/snapshot/capture/profile.c)."""
    line, _, tables = rehearsal.partition(b"\n")
    pieces, pages = map(int, line.split())
    return tables[: 4 * pieces], list(struct.unpack_from(f"<{pages}Q", tables, 4 * pieces))


def _differing(first: bytes, second: bytes, snap: Snap) -> list[int]:
    """The addresses of the words that differ, as far as the shorter image goes."""
    heap, length = len(first) - (snap.end - snap.start), min(len(first), len(second))
    return [
        IMAGE_BASE + at if at < heap else snap.start + at - heap
        for page in range(0, length, PAGE)
        if first[page : page + PAGE] != second[page : page + PAGE]
        for at in range(page, min(page + PAGE, length), _WORD)
        if first[at : at + _WORD] != second[at : at + _WORD]
    ]


def _traced(start: Callable[[str], tuple[bytes, list[str]]], snap: Snap) -> list[str]:
    """What the taker says of those who make what differs, when it is started with an eye on that."""
    words = _differing(start("trace")[0], start("trace")[0], snap)
    if not words:
        return []
    return start(" ".join(["trace", *map(hex, words[:: len(words) // _TRACED_MOST + 1])]))[1]


def _problem(words: list[int], made: list[str]) -> str:
    who = f"made by {', '.join(made)}" if made else f"at {', '.join(map(hex, words[:8]))}"
    return f"two snapshots differ in {len(words)} words, {who}"


_ADVICE = (
    "it keeps a time, an address, a process id, a random number or memory that is not Python's, of which each run "
    "needs its own; make it in the handler or under @on_start"
)


def look_for_secrets(image: bytes) -> None:
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET and value.encode() in image:
            raise UnsuitableError(
                f"the value of the environment variable {name} is in the snapshot",
                "a handler's import has read it; read it in the handler or under @on_start",
            )
