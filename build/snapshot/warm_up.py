"""What the warm-up before a snapshot (entry/snapshot/warm_up.py) finds in its exchange, and which lines it logs."""

from __future__ import annotations

import shutil
from pathlib import Path

_INPUT = '{"name": "warm-up", "list": [1, 2.5, null, true]}'
_OWN = "warm-up "  # how its own lines begin


def make_exchange(folder: Path) -> None:
    """Make the folder anew in which a snapshot builder is started."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "input.json").write_text(_INPUT)


def lines_of_others(printed: str) -> list[str]:
    """Return the lines that a snapshot builder has printed, without those of the warm-up."""
    return [line for line in printed.splitlines() if not line.startswith(_OWN)]
