"""Peers of `fn serve` for gunicorn: the handler in the worker itself, and an interpreter of its own for each request.

Runs in gunicorn's process, with the handlers of the bench on its path.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

Start = Callable[[str, list[tuple[str, str]]], object]
_JOB = "import json, sys; data = json.load(sys.stdin); print(json.dumps({'greeting': f\"Hello, {data['name']}!\"}))"


def _given(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def _answer(start: Start, body: bytes) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def within(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Run the handler in the worker: nothing is isolated."""
    data = json.loads(_given(environ))
    result = data if environ["PATH_INFO"] == "/same" else {"greeting": f"Hello, {data['name']}!"}
    return _answer(start, json.dumps(result).encode())


def process(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Run it as CGI does: an interpreter for each request, as bare as there is one."""
    command = [sys.executable, "-I", "-S", "-c", _JOB]
    return _answer(start, subprocess.run(command, input=_given(environ), stdout=subprocess.PIPE, check=True).stdout)
