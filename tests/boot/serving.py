"""Servers of the host of HTTP under the sanitizers, with functions in C, for the tests beside this file."""

from __future__ import annotations

import contextlib
import http.client
import json
import mmap
import os
import signal
import socket
import struct
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.boot.building import SANITIZERS, build


def ask(
    port: int, path: str, body: bytes | None = None, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by small names, body."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        client.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = client.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        client.close()


@dataclass
class Server:
    """A server that runs, on a port of its own."""

    process: subprocess.Popen[bytes]
    port: int
    complaints: Path

    def ask(
        self, path: str, body: bytes = b"{}", method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        return ask(self.port, path, body, method, **headers)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def raw(self, request: bytes) -> bytes:
        """All that comes back until the server closes."""
        with self.connect() as client:
            client.sendall(request)
            return rest(client)

    def children(self) -> list[str]:
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def lines(self) -> list[dict[str, object]]:
        """What it logs from now on, up to its end."""
        assert self.process.stdout is not None
        return [json.loads(line) for line in self.process.stdout]

    def end(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        assert self.process.wait(60) == 0


class Clock:
    """The clock of a server that is started with FN_TEST_CLOCK, its path: no time passes there but what passes here."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self._ahead = mmap.mmap(file.fileno(), 8)

    def advance(self, seconds: float) -> None:
        """The server sees it when it looks at its clock: at its next request."""
        self._ahead[:] = struct.pack("d", struct.unpack("d", self._ahead[:])[0] + seconds)

    def passes(self, server: Server, seconds: float) -> None:
        """The server has looked at its clock, and at all that was sent before."""
        assert server.ask("/healthz", b"", "GET")[0] == 200
        self.advance(seconds)
        assert server.ask("/healthz", b"", "GET")[0] == 200


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


def until(condition: Callable[[], object]) -> None:
    """Waits for it: long enough for a machine that has a lot to do."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def open_files(pid: int) -> Counter[str]:
    """Those of a process by their kinds: pipe, socket, anon_inode, in memory, any other."""
    found: Counter[str] = Counter()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has been closed since
            kind, colon, _ = str(each.readlink()).partition(":")
            found[kind if colon else "file"] += 1
    return found


def rest(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


@pytest.fixture(scope="session")
def program() -> Path:
    return build(*SANITIZERS)


Start = Callable[..., Server]


@pytest.fixture
def start(program: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts servers; at the end each must have found nothing to complain of."""
    started: list[Server] = []

    def begin(*words: str, quiet: bool = True, files: int = 0, **variables: str) -> Server:
        complaints = tmp_path / f"complaints-{len(started)}"
        with complaints.open("wb") as errors:
            process = subprocess.Popen(
                ["prlimit", f"--nofile={files or 1024}:{files or 20_000}", program, "serve", "--port", "0", *words],
                stdout=subprocess.PIPE,
                stderr=errors,
                env={"PATH": os.environ["PATH"], **variables},
            )
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        server = Server(process, int(first["msg"].rpartition(" ")[2]), complaints)
        if quiet:
            threading.Thread(target=process.stdout.read, daemon=True).start()
        started.append(server)
        return server

    yield begin
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
        assert server.complaints.read_text() == ""
        if server.process.stdout:
            server.process.stdout.close()
