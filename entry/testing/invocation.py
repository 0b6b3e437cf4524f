"""Run a handler in this process, for unit tests: the real lifecycle, with a directory of its own."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from entry.api import registry
from entry.api.errors import FunctionError
from entry.codec.room import with_room
from entry.runtime import lifecycle
from entry.runtime.exchange import OUTCOME, Exchange
from entry.runtime.log import LOGGING_FORMAT
from entry.runtime.requests import Requests
from entry.runtime.settings import Settings

from .emulators.knative import Reply, binary_form, reply_of, whole
from .request import Request, action_with
from .service import Answer
from .variables import collect, prepare

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a run: either `output` bytes or `error`.

    `log` holds the lines, `variables` what was set, by scope and name (a folder as tar.gz). `reply` is the event that a
    handler gave back for its event; its data are the output.
    """

    output: bytes | None
    error: FunctionError | None
    log: list[str]
    variables: dict[str, dict[str, bytes]]
    reply: Reply | None = None

    @property
    def value(self) -> object:
        """Decode the output; raise the error if there is one."""
        if self.error:
            raise self.error
        value: object = with_room(json.loads, self.output or b"null")
        return value


def invoke(
    handler: Callable[..., object],
    value: object = None,
    *,
    timeout: float | None = None,
    files: Mapping[str, bytes] | None = None,
    event: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    variables: Mapping[tuple[str, str], bytes] | None = None,
) -> Outcome:
    """Run a handler with an input: bytes as they are, anything else as JSON. It need not be registered.

    `files`: what a workflow would pass in, by name, for `ctx.variables`. `event`: the attributes of a CloudEvent whose
    data is the input (None: an event without data); those that it must have need not be there. `headers`: for
    `ctx.headers`. `variables`: what `ctx.variables.read` finds, by scope and name, as under Direktiv of today.
    """
    settings = Settings()
    settings.timeout = timeout
    log = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="fn-") as folder:
        document = value if isinstance(value, bytes) else json.dumps(value).encode()
        told = dict(headers or {})
        if event is not None:
            of_event, document = binary_form(whole(event), value)
            told |= of_event
        (Path(folder) / "input.json").write_bytes(document)
        prepare(Path(folder), files or {})
        found = next((known for known in registry.registered() if known.function is handler), None)
        found = found or registry.Handler(getattr(handler, "__name__", "handler"), handler, {})
        with (
            contextlib.redirect_stdout(log),
            contextlib.redirect_stderr(log),
            _logging_to(log),
            action_with(variables, Path(folder) / "vars") as action,
        ):
            exchange = Request(folder, told, action) if told or action else Exchange(folder)
            error = lifecycle.run_handler(lambda: found, settings, exchange, monotonic(), Requests())
        staged = Path(folder) / OUTCOME
        output = None if error else staged.read_bytes()
        collected, _ = collect(Path(folder))
    return Outcome(output, error, _lines(log.getvalue()), collected, _reply(exchange, output))


@contextlib.contextmanager
def _logging_to(log: io.StringIO) -> Iterator[None]:
    """Write what `logging` is told to the log, in the form and from the level that a run has."""
    root = logging.getLogger()
    handler, level = logging.StreamHandler(log), root.level
    handler.setLevel(logging.INFO)
    handler.setFormatter(logging.Formatter(LOGGING_FORMAT))
    root.addHandler(handler)
    root.setLevel(min(level or logging.INFO, logging.INFO))  # a test may want more of it for itself
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _lines(text: str) -> list[str]:
    """Return the lines of a log as the supervisor writes them: a newline ends one, control characters are escaped."""
    clean = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text).encode("utf-8", "backslashreplace").decode()
    *lines, rest = clean.split("\n")
    return [*lines, rest] if rest else lines


def _reply(exchange: Exchange, output: bytes | None) -> Reply | None:
    """Return the event that goes back: headers that belong to the output."""
    if output is None or exchange.event is None:
        return None
    lines = [line.partition(": ") for line in exchange.head.decode().splitlines()]
    return reply_of(Answer(200, {name: text for name, _, text in lines}, output), [])
