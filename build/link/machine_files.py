"""Note the files of this machine that a link takes, so that an update of one shows in what was linked before.

Of each only size and time: to read them all would take longer than to find a finished file. Asks no package database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

NAME = "machine-files.json"


def note(files: Iterable[Path], target: Path) -> None:
    """Write what the files are like now; do it before they are read: an update that comes meanwhile shows later."""
    target.write_text(json.dumps({str(path): _state(path) for path in sorted({*files})}))


def are_as_noted(noted: Path) -> bool:
    """Tell whether the machine has all these files as they were; not if the note is gone."""
    try:
        states: dict[str, list[int]] = json.loads(noted.read_text())
    except FileNotFoundError:
        return False
    return all(_state(Path(path)) == state for path, state in states.items())


def _state(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:  # a library has its version in its name
        return None
    return [found.st_size, found.st_mtime_ns]  # packages bring the times of their files
