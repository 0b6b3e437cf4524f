"""Time the host of Lambda against a Runtime API that does nothing else: its start, and each invocation."""

from __future__ import annotations

import socket
import statistics
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

_EVENT = b'{"name":"Ada"}'
_NEXT = b"HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: %d\r\nContent-Length: %d\r\n\r\n%s"
_TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"


class LambdaTimes(NamedTuple):
    """Milliseconds, medians: from the start to the first `next`; from an event to its result; from that to `next`."""

    start: float
    invocation: float
    ready: float


def lambda_times(file: Path, starts: int, invocations: int) -> LambdaTimes:
    """Start the file a number of times; in each start, invoke it a number of times."""
    found: list[tuple[float, float]] = []
    begun = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        variables = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{listener.getsockname()[1]}", "_HANDLER": "greet"}
        for _ in range(starts):
            before = time.perf_counter()
            process = subprocess.Popen([file], env=variables, stdout=subprocess.DEVNULL)
            with listener.accept()[0] as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _receive(client, b"/invocation/next")
                begun.append(time.perf_counter() - before)
                found += [_invoke(client, number) for number in range(invocations)]
                process.terminate()
            process.wait()
    answered, ready = ([each[part] for each in found] for part in (0, 1))
    return LambdaTimes(*(1e3 * statistics.median(taken) for taken in (begun, answered, ready)))


def _invoke(client: socket.socket, number: int) -> tuple[float, float]:
    begun = time.perf_counter()
    client.sendall(_NEXT % (number, len(_EVENT), _EVENT))
    _receive(client, b'{"greeting":"Hello, Ada!"}')
    answered = time.perf_counter()
    client.sendall(_TAKEN)
    _receive(client, b"/invocation/next")
    return answered - begun, time.perf_counter() - answered


def _receive(client: socket.socket, sign: bytes) -> None:
    """Take one request, which is whole when it ends as is said, or has no body."""
    found = b""
    while sign not in found or (sign.startswith(b"/") and not found.endswith(b"\r\n\r\n")):
        part = client.recv(65536)
        if not part:
            raise ConnectionError(f"the function has closed its connection: {found!r}")
        found += part
