"""One run of any isolated function, watched more closely than a sidecar can: what it did in which order, and left.

Tells what happened; entry/testing/conformance/rules.py judges it.
"""

from __future__ import annotations

import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..emulators.sidecar import Report, Sidecar
from ..inotify import Event, Watch
from .termination import Termination, Terminator

SIDECARS_OWN = ("input.json", "vars")  # what the sidecar puts into the exchange


class Function(Protocol):
    """How the function under examination is started, and whether the process that is started is its own."""

    visible: bool

    def start(self, exchange: Path, *, unprivileged: bool) -> subprocess.Popen[bytes]: ...


@dataclass(frozen=True, slots=True)
class Left:
    """What lay under one name of the exchange at the end: `kind` is "file", "link", "folder" or "other"."""

    kind: str
    mode: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Observation:
    """One run: the sidecar's report, the events in the exchange in their order, what lay there at the end."""

    report: Report
    events: list[Event]
    left: dict[str, Left]
    ran_on: bool = False  # for too long after `done`
    termination: Termination | None = None

    def appeared(self, name: str) -> int | None:
        """Return the position of the event by which a name appeared first."""
        return next((at for at, event in enumerate(self.events) if event.name == name and event.appeared), None)


@dataclass(slots=True)
class Observer:
    """Runs a function and observes it. Seconds: `timeout` of a run; `grace` from SIGTERM to SIGKILL; `linger` from
    `done` on until a function runs on for too long."""

    function: Function
    timeout: float = 30
    grace: float = 10
    linger: float = 5

    def observe(
        self,
        document: bytes,
        *,
        late: float = 0,
        unprivileged: bool = False,
        stale: Mapping[str, bytes] | None = None,
        terminate_after: float | None = None,
    ) -> Observation:
        """Observe one run. `stale`: files of an earlier run.

        `terminate_after`: seconds after which SIGTERM is sent, at the latest; it is sent as soon as the log appears.
        """
        terminators: list[Terminator] = []

        def start(exchange: Path) -> subprocess.Popen[bytes]:
            if terminate_after is None:
                return self.function.start(exchange, unprivileged=unprivileged)
            terminator = Terminator(exchange, terminate_after, self.grace, visible=self.function.visible)
            process = self.function.start(exchange, unprivileged=unprivileged)
            terminators.append(terminator)
            terminator.follow(process)
            return process

        sidecar = Sidecar(
            [], start=start, late=late, timeout=self.timeout, grace=self.grace, linger_warning=self.linger
        )
        with tempfile.TemporaryDirectory(prefix="fn-", ignore_cleanup_errors=True) as folder:
            exchange = Path(folder)
            for name, data in (stale or {}).items():
                (exchange / name).write_bytes(data)
            with Watch(exchange) as watch:
                report = sidecar.run(document, exchange)
                events = _all_events(watch)
            for terminator in terminators:
                terminator.join()
            termination = terminators[0].result if terminators else None
            ran_on = report.done_seconds is not None and report.seconds - report.done_seconds > self.linger
            return Observation(report, events, _left(exchange), ran_on, termination)


def _all_events(watch: Watch) -> list[Event]:
    found: list[Event] = []
    while more := list(watch.events(0)):
        found += more
    return [event for event in found if event.name not in SIDECARS_OWN]


def _left(exchange: Path) -> dict[str, Left]:
    found = {}
    for path in sorted(exchange.iterdir()):
        if path.name in SIDECARS_OWN:
            continue
        mode = path.lstat().st_mode
        kinds = {stat.S_IFREG: "file", stat.S_IFLNK: "link", stat.S_IFDIR: "folder"}
        kind = kinds.get(stat.S_IFMT(mode), "other")
        found[path.name] = Left(kind, stat.S_IMODE(mode), path.read_bytes() if kind == "file" else b"")
    return found
