"""Emulate Direktiv of today: call a function over HTTP as its sidecar does, and tell what a workflow would have seen.

Releases (0.6.1 to 0.10) and the main branch differ; each has its traps here. What production does in silence becomes a
warning. The rules are in docs/hosts.md and docs/testing.md.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from ..service import Answer, Engine, free_port
from ..variables import collect_from, prepare_in
from . import go_json
from .decision import Decision, decide
from .local_server import Line, LocalServer, State

_AT_ONCE = 10  # calls that a sidecar of the releases makes at once
_CANCEL = 10.0  # seconds in which a cancelled call has to be answered
_PROBING = 120.0
_CAP = 128 << 20  # bytes of an answer
_SIDECAR = 65532  # the user of the sidecar since 0.8.8: TempDir is its own
_REPEATED = range(502, 505)  # statuses after which the flow of a release calls again by itself
_PAUSE = 0.05  # seconds between two tries: a second there
_VALUES = {"namespace": "default", "path": "/greet.wf.ts", "invoker": "api", "state": "run", "status": "running"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the workflow saw it: `decision` is None when no answer came.

    `log` holds the lines that reached the instance by `/log`; `variables` those set by files and by `/var`, by scope;
    `tries` is how often the function was called.
    """

    id: str
    decision: Decision | None
    answer: Answer
    log: list[str]
    variables: dict[str, dict[str, bytes]]
    warnings: list[str]
    seconds: float
    tries: int = 1


@dataclass(slots=True)
class Direktiv(Engine):
    """Start a function with Direktiv's sidecar beside it: `with Direktiv([...]) as direktiv: direktiv.call({...})`.

    `line`: "0.8" (before 0.8.8), "0.10" or "main"; `variables`: values by scope and name that `/var` gives; `port`: on
    which the function listens, if FN_PORT does not tell it; `url_path`: what main's engine calls, `/` for releases;
    `repeats`: how often a call is made again that got no answer or a status of 502 to 504, up to 300 times in releases;
    on main after any 5xx, if a workflow has `retries`.
    """

    line: Line = "0.10"
    variables: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    port: int = 0
    url_path: str = "/"
    repeats: int = 0
    _state: State = field(init=False)
    _server: LocalServer = field(init=False)
    _shared: Path = field(init=False)
    _places: threading.BoundedSemaphore = field(init=False)
    _changed: threading.Condition = field(default_factory=threading.Condition, init=False)
    _under_way: int = field(default=0, init=False)  # calls

    def __enter__(self) -> Self:
        self._state = State(self.line, dict(self.variables))
        self._server = LocalServer(self._state)
        self._shared = Path(tempfile.mkdtemp(prefix="fn-shared-"))
        self._shared.chmod(0o755)
        self._places = threading.BoundedSemaphore(_AT_ONCE if self.line != "main" else 10_000)
        with nullcontext(self.port) if self.port else free_port() as port:
            told = {"FN_SIDECAR": self._server.address, "FN_SHARED_DIR": str(self._shared), "FN_PORT": str(port)}
            self.start(told, port, interval=0.1 if self.line == "main" else 0.25, patience=_PROBING)
        return self

    def __exit__(self, *error: object) -> None:
        Engine.__exit__(self, *error)
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)  # other threads' calls still read what they were given
        self._server.close()
        shutil.rmtree(self._shared, ignore_errors=True)

    @property
    def lines(self) -> list[str]:
        """What the function has written to stdout and stderr so far."""
        return self.service.lines

    @property
    def kinds(self) -> Mapping[tuple[str, str], str]:
        """The types of variables that were set by `/var`, by scope and name."""
        return self._state.kinds

    def attached(self, action: str) -> list[str]:
        """Return the messages that the main branch attaches to an instance, by the fields of JSON lines."""
        found = []
        for line in list(self.service.lines):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            needed = {"time", "level", "msg", "nanos", "path", "invoker", "state", "status"}
            if not isinstance(record, dict) or not needed <= record.keys():
                continue
            if (record.get("id"), record.get("scope"), record.get("namespace")) == (action, "instance", "default"):
                found.append(str(record["msg"]))
        return found

    def call(self, value: object = None, *, files: Mapping[str, bytes] | None = None, timeout: float = 900) -> Call:
        """Call it with an input: bytes as they are, anything else as JSON. `files`: passed in, by path in TempDir."""
        document = value if isinstance(value, bytes) else json.dumps(value).encode()
        with self._counted(), self._places:
            return self._call(document, files or {}, timeout)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Let the end of the context wait for this call."""
        with self._changed:
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _call(self, document: bytes, files: Mapping[str, bytes], timeout: float) -> Call:
        action, begun, warnings = str(uuid.uuid4()), time.monotonic(), list[str]()
        folder = self._shared / action
        lines = self._state.logs[action] = list[str]()
        odd, before = len(self._state.warnings), dict(self._state.variables)
        if self.line != "main":
            folder.mkdir()
            folder.chmod(0o750)
            prepare_in(folder, files)
            if os.geteuid() == 0 and self.line != "0.8":
                for path in (folder, *folder.rglob("*")):
                    os.chown(path, _SIDECAR, _SIDECAR)
        answer, tries = self._ask(action, document, timeout, warnings), 1
        while tries <= self.repeats and self._is_repeated(answer):
            time.sleep(_PAUSE)
            answer, tries = self._ask(action, document, timeout, warnings), tries + 1
        del self._state.logs[action]
        decision = self._decided(answer, warnings)
        variables: dict[str, dict[str, bytes]] = {"namespace": {}, "workflow": {}, "instance": {}}
        for (scope, name), data in self._state.variables.items():
            if before.get((scope, name)) is not data:
                variables[scope][name] = data
        if self.line != "main":
            found, refused = collect_from(folder)
            for scope, values in found.items():
                variables[scope].update(values)
                self._state.variables.update({(scope, name): data for name, data in values.items()})
            if refused:
                warnings += refused
                decision = Decision("crash", message="an internal error occurred", raw_message=refused[0])
            shutil.rmtree(folder)
        warnings += self._state.warnings[odd:]
        return Call(action, decision, answer, lines, variables, warnings, time.monotonic() - begun, tries)

    def _is_repeated(self, answer: Answer) -> bool:
        return not answer.status or (answer.status >= 500 if self.line == "main" else answer.status in _REPEATED)

    def _headers(self, action: str) -> dict[str, str]:
        """Return headers as Go writes them: one capital letter a word."""
        headers = {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip", "Direktiv-Actionid": action}
        if self.line == "main":
            trace = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
            own = {f"Direktiv-{name.capitalize()}": text for name, text in _VALUES.items()}
            return {**headers, **own, "Direktiv-Scope": "instance", "Direktiv-Tempdir": "/tmp", "Traceparent": trace}  # noqa: S108
        own = {"Direktiv-Tempdir": str(self._shared / action), "Direktiv-Iterator": "0"}
        return {**headers, **own, "Content-Type": "application/json"}

    def _ask(self, action: str, document: bytes, timeout: float, warnings: list[str]) -> Answer:
        """Call; at the deadline cancel by DELETE and wait for the answer (releases), or close the connection (main)."""
        if self.line == "main":
            connection = self.service.connect(timeout)
            try:
                return self.service.ask_over(connection, "POST", self.url_path, self._headers(action), document)
            except TimeoutError:
                return Answer(0, {}, b"", f"no answer within {timeout:g} s: the connection was closed")
        found: list[Answer] = []
        is_sent = threading.Event()

        def post() -> None:
            try:
                headers, patience = self._headers(action), timeout + _CANCEL
                found.append(self.service.ask("POST", "/", headers, document, patience, is_sent.set))
            except TimeoutError:
                found.append(Answer(0, {}, b"", f"no answer within {timeout:g} s"))
            finally:
                is_sent.set()

        thread = threading.Thread(target=post)
        thread.start()
        is_sent.wait()  # what the function has not been sent cannot be cancelled
        thread.join(timeout)
        if thread.is_alive():
            self._cancel(action, warnings)
            thread.join()
        return found[0]

    def _cancel(self, action: str, warnings: list[str]) -> None:
        connection = self.service.connect(_CANCEL)
        try:
            answer = self.service.ask_over(connection, "DELETE", "/", {"Direktiv-Actionid": action}, None)
        except TimeoutError:
            answer = Answer(0, {}, b"", "no answer")
        if answer.status != 200:
            warnings.append(f"DELETE was answered with {answer.status or answer.problem}, not 200")

    def _decided(self, answer: Answer, warnings: list[str]) -> Decision | None:
        code, message = answer.headers.get("direktiv-errorcode", ""), answer.headers.get("direktiv-errormessage", "")
        if not answer.status:
            warnings.append(f"no answer: {answer.problem}")
            return None
        if len(answer.body) > _CAP:
            warnings.append(f"an answer of {len(answer.body)} bytes is cut at {_CAP >> 20} MiB")
        if "content-length" not in answer.headers:
            warnings.append("an answer without Content-Length: a long one is cut in silence")
        if self.line == "main":
            problem = go_json.problem(answer.body)
            if answer.status == 200 and problem is None:
                return decide(answer.body, None)
            raw = f"{message} ({code})" if code else message
            return Decision("crash", message="an internal error occurred", raw_message=raw or f"status {answer.status}")
        if code:
            return Decision("error", code=code, message=message, raw_message=message)
        if not 200 <= answer.status < 300:
            return Decision("error", code="container failed")
        if message:
            return Decision("crash", message="an internal error occurred", raw_message=message)
        return decide(answer.body[:_CAP], None)
