"""Drain a process's standard streams, which the sidecar does not read. Count what comes; keep nothing."""

from __future__ import annotations

import subprocess
import threading


class Reader:
    """Reads what the function writes to stdout and stderr, so that it never blocks on them."""

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
