"""Read directory events from the kernel, as the sidecar does: no polling, and nothing about existing files."""

from __future__ import annotations

import ctypes
import os
import select
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_MODIFY, _CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x2, 0x8, 0x40, 0x80, 0x100, 0x200
_HEAD = struct.Struct("iIII")


@dataclass(frozen=True, slots=True)
class Event:
    """An event: the name in the directory, and what happened; to close a written file is none of the three."""

    name: str
    appeared: bool  # created, or renamed into place
    changed: bool  # its content was
    gone: bool  # removed, or renamed away


class Watch:
    """A watch on a directory, from the moment of construction."""

    def __init__(self, directory: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        mask = _MODIFY | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _CLOSE_WRITE
        if self._descriptor < 0 or libc.inotify_add_watch(self._descriptor, bytes(directory), mask) < 0:
            raise OSError(ctypes.get_errno(), f"cannot watch {directory}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._descriptor)

    def fileno(self) -> int:
        return int(self._descriptor)

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield what has happened, or happens first within `timeout` seconds."""
        if not select.select([self._descriptor], [], [], max(0.0, timeout))[0]:
            return
        buffer = os.read(self._descriptor, 1 << 16)
        position = 0
        while position < len(buffer):
            _, mask, _, length = _HEAD.unpack_from(buffer, position)
            position += _HEAD.size
            name = buffer[position : position + length].rstrip(b"\0")
            position += length
            appeared, gone = bool(mask & (_CREATE | _MOVED_TO)), bool(mask & (_DELETE | _MOVED_FROM))
            yield Event(os.fsdecode(name), appeared, bool(mask & _MODIFY), gone)
