"""Call a handler in the same way for both kinds of test: in this process, or in the built file and a sidecar emulator.

The tests of a handler are written once; `pytest --fn-file PATH` decides which of the two they use.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from entry.api import registry
from entry.api.errors import FunctionError

from .emulators.knative import Knative, binary_form, whole
from .emulators.sidecar import Sidecar
from .invocation import Outcome, invoke
from .variables import SCOPES


@dataclass(frozen=True, slots=True)
class Function:
    """Run handlers, in the built file if one is given, else in this process."""

    file: Path | None = None

    def __call__(
        self,
        handler: str | Callable[..., object],
        value: object = None,
        *,
        timeout: float | None = None,
        files: Mapping[str, bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        event: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Run a handler, given by name or as a function, with an input: bytes as they are, anything else as JSON.

        `files`: what the workflow passes in, by name; `environment`: variables; `timeout`: seconds for the handler;
        `event`: attributes of a CloudEvent whose data is the input, which a file is given as a server. Raise
        AssertionError for what a workflow would never learn of, such as a run that never announces, ValueError for
        files beside an event: a server has none.
        """
        if event is not None and files:
            raise ValueError("`files` are of the isolated host, and an event is given to a server, which has none")
        if self.file is None:
            function = registry.find(handler).function if isinstance(handler, str) else handler
            with _variables(environment or {}):
                return invoke(function, value, timeout=timeout, files=files, event=event)
        words: list[str | Path] = [self.file, handler if isinstance(handler, str) else _name(handler)]
        words += ["--timeout", f"{timeout:.9f}"] if timeout else []
        if event is not None:
            return _delivered(Knative([words[0], "serve", *words[1:]], environment or {}), value, event)
        return _outcome(Sidecar(words, environment=environment or {}, files=files or {}), value)


def _outcome(sidecar: Sidecar, value: object) -> Outcome:
    report = sidecar.run(value if isinstance(value, bytes) else json.dumps(value).encode())
    decision = report.decision
    if decision is None or report.warnings:
        raise AssertionError(f"{' '.join(map(str, sidecar.command))}: {'; '.join(report.warnings)}")
    if decision.kind == "success":
        return Outcome(report.output, None, report.log, report.variables)
    error = FunctionError(decision.code or None, decision.raw_message)
    return Outcome(None, error, report.log, report.variables)


def _delivered(knative: Knative, value: object, event: Mapping[str, str]) -> Outcome:
    """Return what came of an event; its files and variables are Direktiv's, and not there."""
    with knative:
        delivery = knative.post(*binary_form(whole(event), value))
    answer, none = delivery.answer, {scope: dict[str, bytes]() for scope in SCOPES}
    if not answer.status:
        raise AssertionError(f"{' '.join(map(str, knative.command))}: {answer.problem}")
    records = [json.loads(line) for line in knative.service.lines]
    log = [str(record["msg"]) for record in records if "request" in record]
    if answer.status == 200:
        return Outcome(answer.body, None, log, none, delivery.reply)
    error = json.loads(answer.body)
    return Outcome(None, FunctionError(error["code"] or None, error["message"]), log, none)


def _name(function: Callable[..., object]) -> str:
    """Return the name under which a function is registered, or its own."""
    found = next((known for known in registry.registered() if known.function is function), None)
    return found.name if found else registry.canonical(function.__name__)


@contextlib.contextmanager
def _variables(added: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
