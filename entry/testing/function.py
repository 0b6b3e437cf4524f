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

from .invocation import Outcome, invoke
from .sidecar import Sidecar


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
    ) -> Outcome:
        """Run a handler, given by name or as a function, with an input: bytes as they are, anything else as JSON.

        `files`: what the workflow passes in, by name; `environment`: variables; `timeout`: seconds for the handler.
        Raise AssertionError for what a workflow would never learn of, such as a run that never announces.
        """
        if self.file is None:
            function = registry.find(handler).function if isinstance(handler, str) else handler
            with _variables(environment or {}):
                return invoke(function, value, timeout=timeout, files=files)
        words: list[str | Path] = [self.file, handler if isinstance(handler, str) else _name(handler)]
        words += ["--timeout", f"{timeout:g}"] if timeout else []
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
