"""Watch folders for changed files, without polling; a burst of events, as of an editor that saves, is one change."""

from __future__ import annotations

import select
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from build.core.cache import folders_from
from entry.testing.inotify import Event, Watch

_QUIET = 0.05  # seconds without an event, which end a burst
_NOBODYS = ("~", ".swp", ".swx", ".pyc", ".tmp")  # ends of names that editors and Python make for themselves


class FileWatcher:
    """Watch folders recursively, and single files, from the moment of construction."""

    def __init__(self, folders: Iterable[Path], files: Iterable[Path] = ()) -> None:
        self._folders, self._files = list(folders), {path.absolute() for path in files}
        self._watches: dict[Path, Watch] = {}
        self._stack = ExitStack()
        self._follow()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def wait(self) -> list[Path]:
        """Wait for changes; return all files that have changed since the last call, or in this burst.

        Leave out a file that has appeared and vanished again, as those of editors, if another one has changed.
        """
        changed: set[Path] = set()
        while folders := self._ready(_QUIET if changed else None):
            for folder in folders:
                for event in self._watches[folder].events(0):
                    changed |= {path for path in [folder / event.name] if self._concerns(path, event)}
            self._follow()
        return sorted(path for path in changed if path.exists()) or sorted(changed)

    def _ready(self, timeout: float | None) -> list[Path]:
        """Return the folders with an event, now or within the timeout."""
        by_number = {watch.fileno(): folder for folder, watch in self._watches.items()}
        return [by_number[number] for number in select.select(by_number, [], [], timeout)[0]]

    def _concerns(self, path: Path, event: Event) -> bool:
        if not (event.appeared or event.changed or event.gone):
            return False
        if path in self._files:
            return True
        return self._is_below(path) and not path.name.startswith(".") and not path.name.endswith(_NOBODYS)

    def _is_below(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self._folders) and "__pycache__" not in path.parts

    def _follow(self) -> None:
        """Watch new folders as well, and those that links lead to."""
        below = [path for folder in self._folders for path in folders_from(folder)]
        to_watch = [*self._folders, *below, *{path.parent for path in self._files}]
        for folder in to_watch:
            if folder not in self._watches:
                self._watches[folder] = self._stack.enter_context(Watch(folder))
