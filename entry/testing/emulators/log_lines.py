"""Read the lines that a process writes, as they come: by a thread, and at once when all of them are wanted."""

from __future__ import annotations

import os
import select
import threading
from typing import IO


class LogLines:
    """Collect the lines of a pipe in a list."""

    def __init__(self, pipe: IO[bytes], lines: list[str]) -> None:
        self._pipe, self._lines = pipe, lines
        self._rest = b""
        self._lock = threading.Lock()
        os.set_blocking(pipe.fileno(), False)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def drain(self) -> bool:
        """Take all that was written so far; False at the end of the pipe."""
        with self._lock:
            while True:
                try:
                    part = os.read(self._pipe.fileno(), 1 << 16)
                except BlockingIOError:
                    return True
                *whole, self._rest = (self._rest + part).split(b"\n")
                self._lines += [line.decode("utf-8", "backslashreplace") for line in whole]
                if not part:
                    return False

    def finish(self) -> None:
        """Wait for the end of the pipe, and close it."""
        self._thread.join()
        self._pipe.close()

    def _follow(self) -> None:
        while self.drain():
            select.select([self._pipe], [], [])
