"""Takes the snapshot: starts the linked file twice to write its image, and checks what the image holds.

The two processes lie at different random addresses: a word that differs between their images is an address, a time, a
process id or a random number that must not be in it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

from build.seal import IMAGE_BASE, Snap
from build.steps import BuildError

_WORD = 8
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)
_SHORTEST_SECRET = 8  # characters


def take(taker: Path, snap: Snap, work: Path) -> tuple[bytes, list[str]]:
    """The image, and what imports do that it freezes, one line each.

    Raises BuildError with the reason when the handlers leave behind what an image cannot hold.
    """
    seed = secrets.randbits(32)
    first, remarks = _take_once(taker, seed, work)
    second, _ = _take_once(taker, seed, work)
    _compare(first, second, snap)
    _look_for_secrets(first)
    return first, remarks


def _take_once(taker: Path, seed: int, work: Path) -> tuple[bytes, list[str]]:
    folder, image = work / "warm-up", work / "image"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "input.json").write_text('{"name": "warm-up", "list": [1, 2.5, null, true]}')
    done = subprocess.run(
        [taker, image, str(seed)], cwd=folder, env={}, stdin=subprocess.PIPE,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if not line.startswith("warm-up ")]
    if done.returncode:
        raise BuildError("the snapshot cannot be taken", "\n".join(said[-25:]) or f"status {done.returncode}")
    return image.read_bytes(), said


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
