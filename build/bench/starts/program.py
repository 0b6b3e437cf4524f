"""Run one program of the bench in an exchange of its own; time and check it. Know none by name."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from build.bench.starts.container import bundle
from build.core.errors import BuildError

_LIFECYCLE = ["done", "input.json", "out.log", "output.json"]
_QUIET = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1)]


@dataclass(frozen=True)
class Program:
    """One row. `leaves`: the files that a run has to leave in its exchange; none for one that only starts and ends."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    leaves: Sequence[str] = tuple(_LIFECYCLE)
    handlers: Sequence[str] = ("greet", "hold", "same")  # that it has
    ships: Path | None = None  # the folder that is shipped, where it is more than the file
    runtime: Path | None = None  # of containers; then `command` is a path inside `root`
    root: Path | None = None


class Taken(NamedTuple):
    """What one run took: seconds from its start to its end, seconds of processors, and page faults of all processes."""

    seconds: float
    cpu: float
    faults: int


@dataclass(frozen=True)
class Run:
    """One run that is ready to be started."""

    program: Program
    command: list[str]
    environment: Mapping[str, str]
    exchange: Path

    def start(self) -> int:
        """Return the process id; nothing is done between the clock and the start but the system call."""
        return os.posix_spawn(self.command[0], self.command, self.environment, file_actions=_QUIET)

    def check(self, status: int) -> None:
        """Raise BuildError unless the run ended well and did the whole lifecycle."""
        if status:
            raise BuildError(f"bench: {self.program.name} ended with status {os.waitstatus_to_exitcode(status)}")
        found = sorted(path.name for path in self.exchange.iterdir())
        if self.program.leaves and found != sorted(self.program.leaves):
            raise BuildError(f"bench: {self.program.name} did not do the lifecycle", f"it left {', '.join(found)}")


def prepare(program: Program, folder: Path, handler: str = "greet", document: bytes = b'{"name": "Ada"}') -> Run:
    """Make the exchange of one run in a fresh folder."""
    exchange = folder / "exchange"
    exchange.mkdir(parents=True)
    exchange.chmod(0o777)
    (exchange / "input.json").write_bytes(document)
    own = {"FN_HANDLER": handler, **program.environment}
    environment = {"PATH": os.environ["PATH"], "FN_DATA_DIR": str(exchange), **own}
    argv = [str(word) for word in program.command]
    if program.runtime and program.root:
        argv = bundle(program.runtime, program.root, argv, {"FN_DATA_DIR": "/direktiv-data", **own}, folder)
        environment = {"PATH": os.environ["PATH"]}
    return Run(program, argv, environment, exchange)


def once(program: Program, folder: Path, handler: str, document: bytes) -> Taken:
    """Time one run alone, in a folder that is removed after it."""
    run = prepare(program, folder, handler, document)
    started = time.perf_counter()
    pid = run.start()
    _, status, used = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    run.check(status)
    shutil.rmtree(folder)
    return Taken(seconds, used.ru_utime + used.ru_stime, used.ru_minflt)


def many(program: Program, at_once: int, count: int, folder: Path) -> Taken:
    """Do `count` runs, always `at_once` of them under way; return the sums of all."""
    runs = [prepare(program, folder / str(number)) for number in range(count)]
    waiting, under_way, cpu = list(reversed(runs)), dict[int, Run](), 0.0
    faults = 0
    started = time.perf_counter()
    while waiting or under_way:
        while waiting and len(under_way) < at_once:
            run = waiting.pop()
            under_way[run.start()] = run
        pid, status, used = os.wait4(-1, 0)
        ended = under_way.pop(pid)
        cpu += used.ru_utime + used.ru_stime
        faults += used.ru_minflt
        if status:
            ended.check(status)
    seconds = time.perf_counter() - started
    for run in runs:
        run.check(0)
    shutil.rmtree(folder)
    return Taken(seconds, cpu, faults)


@contextmanager
def held(program: Program, folder: Path) -> Iterator[int]:
    """Yield a run whose handler waits, by its process id; it is ended afterwards."""
    from entry.testing.inotify import Watch

    run = prepare(program, folder, "hold")
    log = run.exchange / "out.log"
    with Watch(run.exchange) as watch:
        pid = run.start()
        while not log.exists() or b"holding" not in log.read_bytes():
            if os.waitpid(pid, os.WNOHANG) != (0, 0):
                raise BuildError(f"bench: {program.name} ended before its handler waited")
            list(watch.events(1))
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        shutil.rmtree(folder)
