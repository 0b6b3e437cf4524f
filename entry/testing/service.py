"""A function behind HTTP, for the emulators that call it: started, waited for as its engine does, and ended."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_STOP = 30.0  # seconds from the request to end to the kill


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

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, timeout: float) -> Answer:
        """Send a request over a connection that was kept, if there is one. Raise TimeoutError."""
        with self._lock:
            connection = self._idle.pop() if self._idle else self.connect(timeout)
        return self.ask_over(connection, method, path, headers, body)

    def ask_over(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Answer:
        """Send it over this connection, and keep that if the answer allows it."""
        try:
            connection.request(method, path, body, dict(headers))
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


def free_port() -> int:
    """Return a port to listen on, which Linux gives to nobody else who asks for any, for a minute.

    A connection to it was closed here, and waits there for late segments: servers set SO_REUSEADDR to listen even so.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listener.accept()[0].close()
    return port
