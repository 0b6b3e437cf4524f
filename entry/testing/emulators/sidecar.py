"""Emulate the sidecar: run a function as in production, and report what a workflow would have seen.

The faults of the sidecar are kept: it does not see a `done` from before its watch, and does not wait for log lines.
A silent fault of production becomes a warning. Source: docs/contract.md.
"""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ..inotify import Watch
from ..variables import collect, prepare
from .decision import Decision, decide
from .follow import Follower
from .streams import Reader

MIB = 1 << 20
ENVIRONMENT = {"HTTP_PROXY": "", "HTTPS_PROXY": "", "NO_PROXY": ""}  # all that a container is given


@dataclass(frozen=True, slots=True)
class Report:
    """A run as the workflow saw it.

    `decision` is None when nothing was ever reported (the workflow would hang until its timeout). Times are seconds
    since the start; `done_seconds` is None when `done` was not seen. `log` holds the lines that were delivered;
    `log_lost` counts those that were not, `log_cuts` has the offsets in `out.log` at which a line was cut, as the rest
    was not there yet. `unread` counts the bytes that the function wrote to its standard streams. `timed_out`: it had to
    be ended.
    """

    decision: Decision | None
    output: bytes | None
    error: bytes | None
    log: list[str]
    log_lost: int
    log_cuts: list[int]
    unread: int
    variables: dict[str, dict[str, bytes]]
    warnings: list[str]
    exit_status: int | None
    timed_out: bool
    done_seconds: float | None
    seconds: float


@dataclass(slots=True)
class Sidecar:
    """Start a command with a new exchange directory, and watch it.

    `late`: seconds after the start at which it begins to watch; `cap`: bytes of a report, 32 MiB (4 MiB in older
    versions); `slow`: seconds that delivering one log line takes; `timeout`: of the workflow, then SIGTERM, `grace`
    seconds, SIGKILL; `files`: what the workflow passes in, by path below vars/; `on_log` gets lines as they come.
    `start` replaces how the command is started, e.g. inside a container: it gets the directory.
    """

    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    late: float = 0
    cap: int = 32 * MIB
    slow: float = 0
    timeout: float = 900
    grace: float = 10
    linger_warning: float = 5
    files: Mapping[str, bytes] = field(default_factory=dict)
    on_log: Callable[[str], None] | None = None
    start: Callable[[Path], subprocess.Popen[bytes]] | None = None

    def run(self, input_document: bytes, directory: Path | None = None) -> Report:
        """Run once; without `directory`, make a new one and remove it afterwards."""
        with ExitStack() as stack:
            if directory is None:
                directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fn-")))
            self._prepare(directory, input_document)
            return _Watcher(self, directory, stack).watch()

    def _prepare(self, directory: Path, input_document: bytes) -> None:
        directory.chmod(0o777)
        path = directory / "input.json"
        path.write_bytes(input_document)
        path.chmod(0o644)
        prepare(directory, self.files)

    def started(self, directory: Path) -> subprocess.Popen[bytes]:
        if self.start:
            return self.start(directory)
        environment = {**ENVIRONMENT, "FN_DATA_DIR": str(directory), **self.environment}
        return subprocess.Popen(
            [str(word) for word in self.command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


class _Watcher:
    """The watch over one run."""

    def __init__(self, sidecar: Sidecar, directory: Path, stack: ExitStack) -> None:
        self._sidecar, self._directory = sidecar, directory
        self._stack = stack
        self._log: list[str] = []
        self._written_at_done: int | None = None
        self._warnings: list[str] = []
        self._timed_out = False
        # Not late by accident of a slow machine. Closing it takes the kernel 10 ms, so the stack does it at the end.
        self._watch = None if sidecar.late else stack.enter_context(Watch(directory))
        self._begun = time.monotonic()
        self._process = stack.enter_context(sidecar.started(directory))
        self._end = os.pidfd_open(self._process.pid)  # waiting for it is exact; Popen.wait looks every now and then
        stack.callback(os.close, self._end)
        self._streams = Reader(self._process)
        self._follower = Follower(directory / "out.log", self._deliver)
        stack.callback(self._follower.close)

    def watch(self) -> Report:
        if self._sidecar.late:
            time.sleep(self._sidecar.late)  # the race of production: what happens until then is not seen
        watch = self._watch or self._stack.enter_context(Watch(self._directory))
        done = self._wait_for_done(watch)
        outcome = self._read_outcome() if done is not None else None
        status, seconds = self._wait_for_exit(done)
        self._follower.poll()
        unread = self._streams.finish()
        self._warn(done, status, seconds, unread)
        decision, output, error, variables = outcome or (None, None, None, {})
        lost = max(0, self._count_lines() - len(self._log)) if self._sidecar.slow else self._follower.dropped
        return Report(
            decision=decision, output=output, error=error, variables=variables, warnings=self._warnings,
            log=self._log, log_lost=lost, log_cuts=self._follower.cuts, unread=unread,
            exit_status=status, timed_out=self._timed_out, done_seconds=done, seconds=seconds,
        )  # fmt: skip

    def _deliver(self, line: str) -> None:
        if self._sidecar.slow:
            time.sleep(self._sidecar.slow)
            if os.path.lexists(self._directory / "done"):
                return  # the outcome is reported by now: what was not delivered is lost
        self._log.append(line)
        if self._sidecar.on_log:
            self._sidecar.on_log(line)

    def _elapsed(self) -> float:
        return time.monotonic() - self._begun

    def _wait_for_done(self, watch: Watch) -> float | None:
        """Return the seconds until the first `done` event, or None if the process or the timeout ends before it."""
        self._follower.poll()
        while self._elapsed() < self._sidecar.timeout:
            ended = self._process.poll() is not None
            events = list(watch.events(0 if ended else min(0.05, self._sidecar.timeout - self._elapsed())))
            for event in events:
                if event.name == "done" and event.appeared:
                    done = self._elapsed()
                    if not self._sidecar.slow:
                        self._follower.poll()
                    self._written_at_done = self._count_lines()
                    return done
                if event.name == "out.log":
                    self._follower.poll()
            if ended and not events:
                return None
        return None

    def _count_lines(self) -> int:
        path = self._directory / "out.log"
        return path.read_bytes().count(b"\n") if path.is_file() else 0

    def _read_outcome(self) -> tuple[Decision | None, bytes | None, bytes | None, dict[str, dict[str, bytes]]]:
        """Read the outcome once, in the sidecar's order: variables, output, error."""
        variables, refused = collect(self._directory)
        self._warnings += refused
        output, error = self._read("output.json"), self._read("error.json")
        decision = decide(output, error)
        if output is not None and error is not None:
            self._warnings.append("both output.json and error.json are there")
        if output is None and error is None:
            self._warnings.append("neither output.json nor error.json is there: counts as success with an empty output")
        if decision.ignored:
            self._warnings.append(f"error.json was ignored: {decision.ignored}")
        size = len(output or b"") + len(decision.code.encode()) + len(decision.raw_message.encode())
        if size > self._sidecar.cap:
            self._warnings.append(f"the report of {size} bytes is over the cap of {self._sidecar.cap}: never reported")
            return None, output, error, variables
        return decision, output, error, variables

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._directory / name).read_bytes()
        except OSError:
            return None

    def _wait_for_exit(self, done: float | None) -> tuple[int | None, float]:
        """Return the exit status and the seconds until the end; end a process that outlives the timeout."""
        if done is not None:
            patience = max(self._sidecar.linger_warning, self._sidecar.timeout - self._elapsed())
            select.select([self._end], [], [], patience)
        try:
            status = self._process.wait(0)
        except subprocess.TimeoutExpired:
            self._timed_out = True
            self._warnings.append("the function was still running at the timeout: ended with SIGTERM")
            self._process.terminate()
            try:
                status = self._process.wait(self._sidecar.grace)
            except subprocess.TimeoutExpired:
                self._warnings.append("SIGTERM did not end it: SIGKILL")
                self._process.kill()
                status = self._process.wait()
        return status, self._elapsed()

    def _warn(self, done: float | None, status: int | None, seconds: float, unread: int) -> None:
        if done is None:
            seen = " (it was there before the watch began)" if os.path.lexists(self._directory / "done") else ""
            self._warnings.append(f"`done` was never seen{seen}: the workflow would hang until its timeout")
        elif seconds - done > self._sidecar.linger_warning:
            self._warnings.append(f"the function ran on for {seconds - done:.1f} s after `done`")
        if status:
            self._warnings.append(f"exit status {status}: the job would be retried")
        if self._written_at_done is not None and self._count_lines() > self._written_at_done:
            self._warnings.append("lines were logged after `done`")
        if self._follower.cuts:
            self._warnings.append(f"{len(self._follower.cuts)} lines were read before they were whole")
        if self._follower.dropped:
            self._warnings.append(f"{self._follower.dropped} lines were not UTF-8 and are lost")
        if unread:
            self._warnings.append("the function wrote to stdout or stderr, which nobody reads")
