"""Calls of handlers, as `fn call` takes them, for the tests beside this file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping

from tests.conftest import Target

started: list[subprocess.Popen[bytes]] = []


def start(
    target: Target, *words: str, environment: Mapping[str, str] | None = None, **streams: object
) -> subprocess.Popen[bytes]:
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    process: subprocess.Popen[bytes] = subprocess.Popen(  # type: ignore[call-overload]
        [*target.command, "call", *words],
        cwd=target.directory,
        env={**target.environment, **(environment or {})},
        **streams,
    )
    started.append(process)
    return process


def call(
    target: Target, *words: str, given: bytes = b"", environment: Mapping[str, str] | None = None
) -> tuple[int, bytes, str]:
    """Status, stdout, stderr."""
    process = start(target, *words, environment=environment)
    output, log = process.communicate(given, timeout=60)
    return process.returncode, output, log.decode()


def error_of(text: str) -> tuple[str, str]:
    """Code and message, after checking the form."""
    error = json.loads(text)
    assert list(error) == ["code", "message"]
    return error["code"], error["message"]
