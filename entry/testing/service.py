"""A function behind HTTP, for the emulators that call it: started, waited for as its engine does, and ended."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_STOP = 30.0  # seconds from the request to end to the kill
_PORTS = range(20_000, 32_768)  # below net.ipv4.ip_local_port_range


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came: headers by names in small letters. `status` 0: none came, `problem` says why."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    problem: str = ""


class Caller:
    """Asks a function over connections that are kept, as Go's client does; repeats nothing. `path`: where it is."""

    def __init__(self, host: str, port: int, path: str = "/") -> None:
        self.host, self.port, self.path = host, port, path
        self._idle: list[http.client.HTTPConnection] = []
        self._is_closed = False
        self._lock = threading.Lock()

    def connect(self, timeout: float) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout: float,
        sent: Callable[[], object] = lambda: None,
    ) -> Answer:
        """Send a request over a connection that was kept, if there is one; call `sent` then. Raise TimeoutError."""
        with self._lock:
            connection = self._idle.pop() if self._idle else self.connect(timeout)
        return self.ask_over(connection, method, path, headers, body, sent)

    def ask_over(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        sent: Callable[[], object] = lambda: None,
    ) -> Answer:
        """Send it over this connection, and keep that if the answer allows it."""
        try:
            connection.request(method, path, body, dict(headers))
            sent()
            found = connection.getresponse()
            answer = Answer(found.status, {name.lower(): text for name, text in found.getheaders()}, found.read())
        except TimeoutError:
            connection.close()
            raise
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return Answer(0, {}, b"", f"{type(error).__name__}: {error}")
        with self._lock:
            if found.will_close or self._is_closed:
                connection.close()
            else:
                self._idle.append(connection)
        return answer

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            for connection in self._idle:
                connection.close()


class Service(Caller):
    """A function that listens on a port, as a process of this machine."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], port: int) -> None:
        super().__init__("127.0.0.1", port)
        self.lines: list[str] = []  # of stdout and stderr
        self._process = subprocess.Popen(
            [str(word) for word in command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))

    def probe(self, interval: float, patience: float) -> float:
        """Connect and close without a byte, until it works; return the seconds that took."""
        begun = time.monotonic()
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return time.monotonic() - begun
            if self._process.poll() is not None:
                raise RuntimeError(f"the function ended with status {self._process.returncode}: {self.lines[-3:]}")
            if time.monotonic() - begun > patience:
                raise RuntimeError(f"nobody listens on port {self.port} after {patience:g} s")
            time.sleep(interval)

    def end(self, patience: float) -> int | None:
        """Ask it to end; return its status, or None if it had to be killed."""
        self.close()
        status = self._process.poll()
        if status is None:
            self._process.terminate()
            try:
                status = self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(5)  # a process that it has left behind may hold the other end open
        if self._process.stdout and not self._reader.is_alive():
            self._process.stdout.close()
        return status


@dataclass(slots=True)
class Engine:
    """What starts a function behind HTTP, as a context that begins with `start`."""

    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_seconds: float = field(default=0, init=False)
    exit_status: int | None = field(default=None, init=False)
    service: Service = field(init=False)

    def start(self, environment: Mapping[str, str], port: int, *, interval: float, patience: float) -> None:
        """Start it with these variables and the user's own, and probe it; leave the context if it does not listen."""
        self.service = Service(self.command, {**environment, **self.environment}, port)
        try:
            self.ready_seconds = self.service.probe(interval, patience)
        except RuntimeError:
            self.__exit__()
            raise

    def __exit__(self, *error: object) -> None:
        self.exit_status = self.service.end(_STOP)


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    """Yield a port on which nobody listens, and which nobody else gets before a function does, within the context.

    It is none of those that the kernel gives to whoever wants any, be it for a connection: it would soon give it away.
    """
    first = os.getpid() * 101
    for number in range(len(_PORTS)):
        port = _PORTS[(first + number) % len(_PORTS)]
        with socket.socket(socket.AF_UNIX) as claim:
            if _is_claimed(claim, port):
                yield port
                return
    raise RuntimeError(f"no port from {_PORTS.start} to {_PORTS.stop - 1} is free")


def _is_claimed(claim: socket.socket, port: int) -> bool:
    """Keep a port from others who look for one: by a name in the kernel, so that any function can still bind it."""
    try:
        claim.bind(f"\0fn-port-{port}")
        socket.create_server(("", port)).close()
    except OSError:
        return False
    return True
