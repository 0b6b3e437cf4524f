"""What tests of Direktiv of today share: its lines, and how a function is started under the emulator."""

from __future__ import annotations

from pathlib import Path

import pytest

from entry.testing import Direktiv
from entry.testing.emulators.local_server import Line
from tests.conftest import Target

LINES: tuple[Line, ...] = ("0.8", "0.10", "main")
each_line = pytest.mark.parametrize("line", LINES)
each_release = pytest.mark.parametrize("line", LINES[:2])


def started(file: Target, *words: str, line: Line = "0.10", repeats: int = 0, **variables: str) -> Direktiv:
    """A function that serves, with variables of its environment."""
    environment = {**file.environment, **variables}
    return Direktiv([*file.command, "serve", *words], line=line, environment=environment, repeats=repeats)


def as_user(file: Target, user: int) -> list[str]:
    """What starts it as that user, who may look at it."""
    for folder in Path(file.command[0]).parents:
        if folder != Path("/") and folder.stat().st_uid == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all", *file.command]
