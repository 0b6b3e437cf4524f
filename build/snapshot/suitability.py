"""Decide whether an interpreter can be kept as a snapshot: what imports may have done, and what it must not hold."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from build.core.errors import BuildError
from entry.snapshot.audit.tables import OF_PROCESS

_BROKEN = 5  # status of a snapshot builder when a handler cannot be imported at all (entry/snapshot/prepare.py)
# What a service authorizes with is one; an author's name is none, and is in `__author__`.
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH(?!OR(?!I[SZ]))", re.IGNORECASE)
_SHORTEST_SECRET = 8  # characters


class EmbeddedState(IntEnum):
    """What a linked file is told of its snapshot (build/boot/snapshot/embedded_state.h)."""

    NONE, CAPTURE, SNAPSHOT = range(3)


class UnsuitableError(BuildError):
    """No snapshot can be taken of these handlers, which may be right all the same: a cold boot does without."""


def capture_failed(status: int, printed: Sequence[str]) -> BuildError:
    """Return what to raise: the last line that was printed is the cause, those before it show how it came to that."""
    kind = BuildError if status == _BROKEN else UnsuitableError
    cause = printed[-1].strip() if printed else f"status {status}"
    return kind(f"the snapshot cannot be taken: {cause}", "\n".join(printed[-25:-1]))


def refuse_unsuitable_imports(refused: Sequence[tuple[str, str]], link: str) -> None:
    """Raise UnsuitableError for what imports were seen to do: lines of source, each with words and advice.

    entry/snapshot/audit/imports.py has seen it.
    """
    if link == "portable":
        refused = [each for each in refused if each[1].partition(" at import: ")[0].rstrip(",") not in OF_PROCESS]
    if refused:
        raise UnsuitableError(
            "; ".join(f"{place}: {words.partition(': ')[0]}" for place, words in refused),
            "a snapshot would lose it: move it into the handler or under @on_start",
        )


def draw_seed(builder: Path, length: int, *, reproducible: bool) -> int:
    """Draw a seed of so many bytes, or make it of the file's own content if the snapshot must be the same each time."""
    if reproducible:
        return int.from_bytes(hashlib.sha256(builder.read_bytes()).digest()[:length], "little")
    return secrets.randbits(8 * length)


def refuse_secrets(snapshot: bytes) -> None:
    """Raise UnsuitableError if the value of a variable of the build that looks like a secret is in the snapshot."""
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET and os.fsencode(value) in snapshot:
            raise UnsuitableError(
                f"the value of the environment variable {name} is in the snapshot",
                "a handler's import has read it; read it in the handler or under @on_start",
            )
