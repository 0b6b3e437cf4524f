"""Which files change in some folders, told by the kernel: no polling; what an editor does in a burst is one change."""

from __future__ import annotations

import select
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from entry.testing.inotify import Event, Watch

_QUIET = 0.05  # seconds without an event, which end a burst
_NOBODYS = ("~", ".swp", ".swx", ".pyc", ".tmp")  # ends of names that editors and Python make for themselves


class Changes:
    """Watches folders with all below them, and single files, from the moment it is made."""

    def __init__(self, folders: Iterable[Path], files: Iterable[Path] = ()) -> None:
        self._folders, self._files = list(folders), {path.absolute() for path in files}
        self._watches: dict[Path, Watch] = {}
        self._stack = ExitStack()
        self._follow()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def wait(self) -> list[Path]:
        """Blocks until files change; all that have changed since the last call, or in this burst.

        A file that came and went in it, as editors make them, is left out if another one has changed.
        """
        changed: set[Path] = set()
        while folders := self._ready(_QUIET if changed else None):
            for folder in folders:
                for event in self._watches[folder].events(0):
                    changed |= {path for path in [folder / event.name] if self._concerns(path, event)}
            self._follow()
        return sorted(path for path in changed if path.exists()) or sorted(changed)

    def _ready(self, timeout: float | None) -> list[Path]:
        """The folders that something has happened in, or happens within the time."""
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
        """Watches folders that are new as well."""
        below = [path for folder in self._folders for path in folder.rglob("*") if path.is_dir()]
        wanted = [*self._folders, *filter(self._is_below, below), *{path.parent for path in self._files}]
        for folder in wanted:
            if folder not in self._watches:
                self._watches[folder] = self._stack.enter_context(Watch(folder))
