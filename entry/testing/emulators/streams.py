"""Read what a process writes, so that it never blocks on that: count it, or keep its lines."""

from __future__ import annotations

import os
import select
import subprocess
import threading
from typing import IO


class Reader:
    """Counts what a process writes to stdout and stderr, which the sidecar does not read; keeps nothing."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._count = 0
        streams = [stream for stream in (process.stdout, process.stderr) if stream]
        self._threads = [threading.Thread(target=self._read, args=(stream,), daemon=True) for stream in streams]
        for thread in self._threads:
            thread.start()

    def _read(self, stream: object) -> None:
        for chunk in iter(lambda: stream.read1(1 << 16), b""):  # type: ignore[attr-defined]
            self._count += len(chunk)

    def finish(self) -> int:
        for thread in self._threads:
            thread.join(1)  # an orphan of the function may hold them open
        return self._count


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
