"""Read what a process writes, so that it never blocks on that: count it, or keep its lines."""

from __future__ import annotations

import os
import select
import subprocess
import threading
from contextlib import suppress
from typing import IO


class Reader:
    """Counts what a process writes to stdout and stderr, which the sidecar does not read; keeps nothing."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._count = 0
        self._open = [stream.fileno() for stream in (process.stdout, process.stderr) if stream]
        for each in self._open:
            os.set_blocking(each, False)
        self._end = os.eventfd(0)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def finish(self) -> int:
        """Return what was written so far; the pipes may not be at their end: an orphan may hold them open."""
        os.eventfd_write(self._end, 1)
        self._thread.join()
        os.close(self._end)
        for each in [*self._open]:  # where the thread has not come to look since
            self._take(each)
        return self._count

    def _follow(self) -> None:
        while self._open:
            ready = select.select([*self._open, self._end], [], [])[0]
            if self._end in ready:
                return
            for each in ready:
                self._take(each)

    def _take(self, pipe: int) -> None:
        """Take what is there, as much as a pipe can hold."""
        with suppress(BlockingIOError):
            part = os.read(pipe, 1 << 20)
            self._count += len(part)
            if not part:
                self._open.remove(pipe)


class LogLines:
    """Collects the lines of a pipe in a list, as they come: by a thread, and at once when all of them are wanted."""

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
