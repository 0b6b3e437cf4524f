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
from pathlib import Path

from build.core.errors import BuildError
from build.snapshot.embed import AREA, AREA_FLEETING, AREA_GONE, IMAGE_BASE, Snap, with_written_pages

_REHEARSALS = 2
_ATTEMPTS = 5  # before the last, all memory that was freed in the rehearsal is kept
_WORD = 8
_MISPLACED = 3  # status of a taker (build/boot/snapshot/format.h)
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)
_SHORTEST_SECRET = 8  # characters


def take(taker: Path, snap: Snap, work: Path, *, reproducible: bool) -> tuple[bytes, list[str]]:
    """The image, and what imports do that it freezes, one line each.

    The seed of hashes is drawn, or made of the file's own content when the image must be the same each time.
    Raises BuildError with the reason when the handlers leave behind what an image cannot hold.
    """
    seed = _seed_of(taker) if reproducible else secrets.randbits(32)
    plan, pages = b"", list[int]()
    for _ in range(_REHEARSALS):
        rehearsal, _ = _start(taker, seed, plan, "rehearse", work)
        plan, pages = _result(rehearsal)
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            first, remarks = _start(taker, seed, plan, "take", work)
            break
        except _MisplacedError as error:
            if not attempts_left:
                raise
            plan = _with_kept(plan, error.pieces if attempts_left > 1 else None)
    second, _ = _start(taker, seed, plan, "take", work)
    _compare(first, second, snap)
    _look_for_secrets(first)
    return with_written_pages(first, plan, pages), remarks


def _seed_of(taker: Path) -> int:
    return int.from_bytes(hashlib.sha256(taker.read_bytes()).digest()[:4], "little")


class _MisplacedError(BuildError):
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
        [taker, result, str(seed), planned, what], cwd=folder, env={}, stdin=subprocess.PIPE,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if not line.startswith("warm-up ")]
    if done.returncode == _MISPLACED:
        raise _MisplacedError({number for (number,) in struct.iter_unpack("<I", result.read_bytes())})
    if done.returncode:
        raise BuildError("the snapshot cannot be taken", "\n".join(said[-25:]) or f"status {done.returncode}")
    return result.read_bytes(), said


def _result(rehearsal: bytes) -> tuple[bytes, list[int]]:
    """The plan by number of allocation, and the written pages of `.snap` (build/boot/snapshot/capture/profile.c)."""
    line, _, tables = rehearsal.partition(b"\n")
    pieces, pages = map(int, line.split())
    return tables[: 4 * pieces], list(struct.unpack_from(f"<{pages}Q", tables, 4 * pieces))


def _compare(first: bytes, second: bytes, snap: Snap) -> None:
    heap = len(first) - (snap.end - snap.start)
    if len(first) != len(second):
        raise BuildError(f"two snapshots differ in length: {len(first)} and {len(second)} bytes", _ADVICE)
    places = [
        IMAGE_BASE + at if at < heap else snap.start + at - heap
        for at in range(0, len(first), _WORD)
        if first[at : at + _WORD] != second[at : at + _WORD]
    ]
    if places:
        shown = ", ".join(f"{place:#x}" for place in places[:8])
        raise BuildError(f"two snapshots differ in {len(places)} words, at {shown}", _ADVICE)


_ADVICE = (
    "something that is imported keeps a time, an address, a process id or a random number; make it in the handler "
    "or under @on_start, or build with --no-snapshot"
)


def _look_for_secrets(image: bytes) -> None:
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET and value.encode() in image:
            raise BuildError(
                f"the value of the environment variable {name} is in the snapshot",
                "a handler's import has read it; read it in the handler or under @on_start",
            )
