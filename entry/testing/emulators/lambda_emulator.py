"""Emulate AWS Lambda for a custom runtime: start a function, freeze it between invocations, invoke it.

Its faults are those of the service: a function that ends or takes too long is started anew for the next event, and
whatever runs between two invocations stands still. What production does in silence becomes a warning.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .lambda_api import ARN, PAYLOAD_MOST, Event, RuntimeApi
from .streams import LogLines

_INIT_SECONDS = 10  # of the service: more is an error


@dataclass(frozen=True, slots=True)
class Answer:
    """What whoever invoked the function sees: a payload, or an error; and the log lines of that time."""

    request_id: str
    payload: bytes | None
    error: dict[str, Any] | None
    error_type: str  # of the header, such as Function.Exception
    log: list[str]
    seconds: float

    @property
    def value(self) -> Any:
        """The decoded result; AssertionError for an error."""
        if self.payload is None:
            raise AssertionError(f"{self.error}")
        return json.loads(self.payload)


@dataclass(slots=True)
class Lambda:
    """A function of Lambda, as a context: `with Lambda(["dist/fn"], "greet") as function: function.invoke({...})`.

    `command`: what `bootstrap` is, or an image's entrypoint; `handler`: `_HANDLER`; `timeout`: seconds of the function;
    `freezes`: its processes stand still between invocations; `drops`: calls (`next`, `response`, `error`) whose
    connection is lost, each once. `log` holds all lines so far, `starts` counts how often the function was started.
    """

    command: Sequence[str | Path]
    handler: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 3
    freezes: bool = True
    drops: tuple[str, ...] = ()
    log: list[str] = field(default_factory=list)
    starts: int = 0
    exit_status: int | None = None
    api: RuntimeApi = field(init=False)
    _process: subprocess.Popen[bytes] | None = None
    _lines: LogLines | None = None
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self.api = RuntimeApi(self._begin_and_wait, self.drops)
        return self

    def __exit__(self, *error: object) -> None:
        with self._turn:  # an invocation of another thread goes on to its end, or its timeout
            self._kill()
        self.api.close()

    @property
    def warnings(self) -> list[str]:
        """What the service would not have told."""
        return self.api.warnings

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The function's first process; RuntimeError before the first invocation."""
        if self._process is None:
            raise RuntimeError("no invocation has started the function yet")
        return self._process

    def invoke(self, value: object = None, *, context: object = None) -> Answer:
        """Invoke with an event: bytes as they are, anything else as JSON; `context`: the client's."""
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        if len(payload) > PAYLOAD_MOST:
            raise ValueError(f"an event of {len(payload)} bytes: Lambda takes {PAYLOAD_MOST}")
        encoded = base64.b64encode(json.dumps(context).encode()).decode()
        lines, begun = len(self.log), time.monotonic()
        event = self._begin_and_wait(payload, {"Lambda-Runtime-Client-Context": encoded} if context is not None else {})
        if self._lines:
            self._lines.drain()
        error = json.loads(event.error) if event.error is not None else None
        seconds = time.monotonic() - begun
        return Answer(event.id, event.result, error, event.error_type, self.log[lines:], seconds)

    def wait_until_ready(self) -> bool:
        """Start the function if it is not there; False when it ended, or said that it cannot begin."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        with self.api.changed:
            return self._until(lambda: self.api.waits, _INIT_SECONDS) and self.api.init_error is None

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, as the service does where an extension is; return the exit status."""
        self._thaw()
        self.process.send_signal(number)
        self.exit_status = self.process.wait(60)
        return self.exit_status

    # ---- one invocation ----

    def _begin_and_wait(self, payload: bytes, headers: dict[str, str]) -> Event:
        with self._turn:
            event = Event(payload, time.time() + self.timeout, headers)
            if not self.wait_until_ready():
                event.error = self.api.init_error or _document("Runtime.ExitError", self._ended())
                self._check_init_end()
                return event
            self._thaw()
            event.deadline = time.time() + self.timeout
            with self.api.changed:
                self.api.event = event
                self.api.changed.notify_all()
                in_time = self._until(lambda: event.is_over, self.timeout)
                if event.is_over:
                    self._until(lambda: self.api.waits, self.timeout)  # what it still does belongs to the invocation
            if not event.is_over:
                text = (
                    self._ended()
                    if not in_time and self._has_ended()
                    else f"Task timed out after {self.timeout:.2f} seconds"
                )
                event.error = _document("Runtime.ExitError" if self._has_ended() else "Sandbox.Timedout", text)
                self._kill()
            elif self.freezes and not self._has_ended():
                self._freeze()
            return event

    def _until(self, condition: Any, seconds: float) -> bool:
        """Wait for it, holding the condition, as long as the function runs."""
        end = time.monotonic() + seconds
        while not condition() and self.api.init_error is None and not self._has_ended() and time.monotonic() < end:
            self.api.changed.wait(0.02)  # the end of a process is no event of the server
        return bool(condition())

    def _check_init_end(self) -> None:
        try:
            self.exit_status = self.process.wait(_INIT_SECONDS)
        except subprocess.TimeoutExpired:
            self.warnings.append("the function went on after an error of its initialisation")
            self._kill()
        if self.exit_status == 0:
            self.warnings.append("the function ended with status 0 after an error of its initialisation")

    # ---- the process ----

    def _start(self) -> None:
        self._kill()
        self.api.begin()
        variables = {
            "AWS_LAMBDA_RUNTIME_API": self.api.address, "_HANDLER": self.handler,
            "AWS_LAMBDA_FUNCTION_NAME": ARN.rpartition(":")[2], "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_REGION": "eu-central-1", "LAMBDA_TASK_ROOT": "/var/task",
            "LANG": "en_US.UTF-8", "TZ": ":UTC", "PATH": "/usr/local/bin:/usr/bin:/bin", **self.environment,
        }  # fmt: skip
        words = [str(word) for word in self.command]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            words, env=variables, stdin=subprocess.DEVNULL, stdout=pipe, stderr=subprocess.STDOUT
        )
        self.starts += 1
        self._lines = LogLines(self._process.stdout, self.log) if self._process.stdout else None

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _ended(self) -> str:
        self.exit_status = self.process.returncode
        how = "timed out" if self.exit_status is None else f"exited with status {self.exit_status}"
        return f"Runtime {how}"

    def _kill(self) -> None:
        if self._process is None:
            return
        for each in _tree(self._process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self.exit_status = self._process.wait()
        if self._lines:
            self._lines.finish()
        self._lines = None
        self._process = None

    def _freeze(self) -> None:
        self._send_all(signal.SIGSTOP)

    def _thaw(self) -> None:
        self._send_all(signal.SIGCONT)

    def _send_all(self, number: int) -> None:
        for each in _tree(self.process.pid) if self.freezes and not self._has_ended() else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, number)


def _tree(process: int) -> list[int]:
    """Return a process and all below it; those that have gone meanwhile may be among them."""
    found = [process]
    for each in found:
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{each}/task/{each}/children").read_text().split())
    return found


def _document(kind: str, message: str) -> bytes:
    return json.dumps({"errorMessage": message, "errorType": kind, "stackTrace": []}).encode()
