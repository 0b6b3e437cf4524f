"""Follow out.log as the sidecar does, faults included: what this reads is what a workflow's log shows.

From offset 0; late creation, renaming and truncation are handled; lines end at a newline and nowhere else; a partial
line at the end of the file is sent at once as a line of its own, and the reader then seeks to the end; lines that are
not UTF-8 are dropped.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


class Follower:
    """Reads what has been added whenever `poll` is called (at an inotify event, say)."""

    def __init__(self, path: Path, deliver: Callable[[str], None]) -> None:
        self._path = path
        self._deliver = deliver
        self._descriptor = -1
        self._identity = (0, 0)
        self._offset = 0
        self.cuts: list[int] = []  # where the file ended within a line that was sent
        self.dropped = 0  # lines that were not UTF-8

    def poll(self) -> None:
        if not self._open():
            return
        if os.fstat(self._descriptor).st_size < self._offset:
            self._offset = 0
        data = b""
        while chunk := os.pread(self._descriptor, 1 << 16, self._offset + len(data)):
            data += chunk
        if not data:
            return
        self._offset += len(data)
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._send(line)
        if rest:
            self.cuts.append(self._offset)
            self._send(rest)
            self._offset = os.fstat(self._descriptor).st_size

    def _open(self) -> bool:
        try:
            status = self._path.stat()
        except OSError:
            return self._descriptor >= 0
        identity = (status.st_dev, status.st_ino)
        if identity != self._identity:
            self.close()
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            self._identity, self._offset = identity, 0
        return True

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _send(self, line: bytes) -> None:
        try:
            self._deliver(line.decode())
        except UnicodeDecodeError:
            self.dropped += 1
