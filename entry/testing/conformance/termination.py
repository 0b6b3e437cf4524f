"""Ask a running function to end with SIGTERM, and report what came of it. Judge nothing."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from ..inotify import Watch

_MASKS = {"SigIgn", "SigCgt", "SigBlk"}  # of /proc/PID/status; what is blocked may be taken from a descriptor


@dataclass(slots=True)
class Termination:
    """What SIGTERM did: `sent` is False when the run had ended before; `seconds` until the end, None: SIGKILL ended it.

    `ignored` and `handled` are what the kernel knew of the process then; None when it could not be seen.
    """

    sent: bool = False
    seconds: float | None = None
    ignored: bool | None = None
    handled: bool | None = None


class Terminator(threading.Thread):
    """Sends SIGTERM when the log appears in the exchange, or `after` seconds; SIGKILL `grace` seconds later.

    Made before the function starts, so that no event is missed; `follow` gives it the process.
    """

    def __init__(self, exchange: Path, after: float, grace: float, *, visible: bool) -> None:
        super().__init__(daemon=True)
        self.result = Termination()
        self._after, self._grace, self._visible = after, grace, visible
        self._watch = Watch(exchange)

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        self._number = process.pid
        self._process = os.pidfd_open(process.pid)
        self.start()

    def run(self) -> None:
        try:
            with self._watch as watch:
                self._wait_for_log(watch)
                self._terminate()
        finally:
            os.close(self._process)

    def _wait_for_log(self, watch: Watch) -> None:
        end = monotonic() + self._after
        while (left := end - monotonic()) > 0:
            if self._process in select.select([watch.fileno(), self._process], [], [], left)[0]:
                return
            if any(event.name == "out.log" and event.appeared for event in watch.events(0)):
                return

    def _terminate(self) -> None:
        if self._visible:
            self._look()
        begun = monotonic()
        if self._ended(0):
            return
        self.result.sent = True
        signal.pidfd_send_signal(self._process, signal.SIGTERM)
        if self._ended(self._grace):
            self.result.seconds = monotonic() - begun
        else:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)

    def _ended(self, timeout: float) -> bool:
        return bool(select.select([self._process], [], [], timeout)[0])

    def _look(self) -> None:
        """Read what the process does with SIGTERM; a process that has ended tells nothing."""
        try:
            lines = Path(f"/proc/{self._number}/status").read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return
        masks = {name: int(mask, 16) for name, _, mask in (line.partition(":") for line in lines) if name in _MASKS}
        if masks.keys() == _MASKS and not self._ended(0):
            bit = 1 << (signal.SIGTERM - 1)
            self.result.ignored = bool(masks["SigIgn"] & bit)
            self.result.handled = bool((masks["SigCgt"] | masks["SigBlk"]) & bit)
