"""Run a handler in this process, for unit tests: the real lifecycle, with a directory of its own."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from entry.api import registry
from entry.api.errors import FunctionError
from entry.runtime import lifecycle
from entry.runtime.exchange import OUTCOME, Exchange
from entry.runtime.requests import Requests
from entry.runtime.settings import Settings

from .variables import collect, prepare


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a run: either `output` bytes or `error`.

    `log` holds the lines, `variables` what was set, by scope and name (a folder as tar.gz).
    """

    output: bytes | None
    error: FunctionError | None
    log: list[str]
    variables: dict[str, dict[str, bytes]]

    @property
    def value(self) -> object:
        """Decode the output; raise the error if there is one."""
        if self.error:
            raise self.error
        return json.loads(self.output or b"null")


def invoke(
    handler: Callable[..., object],
    value: object = None,
    *,
    timeout: float | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Outcome:
    """Run a handler with an input: bytes as they are, anything else as JSON. It need not be registered.

    `files`: what a workflow would pass in, by name, for `ctx.variables`.
    """
    settings = Settings()
    settings.timeout = timeout
    log = io.StringIO()
    with tempfile.TemporaryDirectory(prefix="fn-") as folder:
        document = value if isinstance(value, bytes) else json.dumps(value).encode()
        (Path(folder) / "input.json").write_bytes(document)
        prepare(Path(folder), files or {})
        found = next((known for known in registry.registered() if known.function is handler), None)
        found = found or registry.Handler(getattr(handler, "__name__", "handler"), handler, {})
        with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            error = lifecycle.run_handler(lambda: found, settings, Exchange(folder), monotonic(), Requests())
        staged = Path(folder) / OUTCOME
        output = None if error else staged.read_bytes()
        variables, _ = collect(Path(folder))
    return Outcome(output, error, log.getvalue().splitlines(), variables)
