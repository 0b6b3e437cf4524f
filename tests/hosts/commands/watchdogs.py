"""OpenFaaS' watchdogs, as far as a function notices them: how each starts it, feeds it, judges it and ends it.

`Watchdog` is the classic one, and the newer one in its modes "serializing" and "streaming": a process a request.
`Upstream` is the newer one in its mode "http": one process, which is a server, and every request is passed on to it.
"""

from __future__ import annotations

import http.client
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from entry.testing.service import Answer, Service, free_port


class _Server(ABC):
    """Listens, and answers each request with what `answer` gives: status, headers, body."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            watchdog = self
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = self.watchdog.answer(self.command, self.path, dict(self.headers), body)
                self.send_response(answer.status)
                for name, text in answer.headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815  (names of http.server)

        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._listener.daemon_threads = True
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()

    @abstractmethod
    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Do what this watchdog does with a request."""

    def ask(
        self, body: bytes = b"", path: str = "/", method: str = "POST", headers: Mapping[str, str] | None = None
    ) -> Answer:
        client = http.client.HTTPConnection("127.0.0.1", self._listener.server_port, timeout=60)
        try:
            client.request(method, path, body, dict(headers or {}))
            found = client.getresponse()
            return Answer(found.status, {name.lower(): text for name, text in found.getheaders()}, found.read())
        finally:
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()


@dataclass
class Watchdog(_Server):
    """`fprocess` is split at its spaces and runs once a request: body on stdin, result on stdout, log on stderr."""

    fprocess: str
    environment: Mapping[str, str] = field(default_factory=dict)
    mode: str = "classic"
    exec_timeout: float | None = None
    combine_output: bool = False
    content_type: str = "application/json"
    log: list[bytes] = field(default_factory=list)  # what it writes to its own stderr

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        where, _, query = path.partition("?")
        told = {f"Http_{name.title().replace('-', '_')}": text for name, text in headers.items()}
        told |= {"Http_Method": method, "Http_ContentLength": str(len(body)), "Http_Path": where}
        told |= {"Http_Query": query} if query else {}
        stderr = subprocess.STDOUT if self.combine_output else subprocess.PIPE
        with subprocess.Popen(
            self.fprocess.split(" "),
            env={**self.environment, **told},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        ) as process:
            was_killed = threading.Event()

            def kill() -> None:
                was_killed.set()
                process.kill()

            timer = threading.Timer(self.exec_timeout or 3600, kill)
            timer.start()
            output, log = process.communicate(body)  # to the end of both: a process left behind would hold it up
            timer.cancel()
        self.log.append(log or b"")
        reason = f"signal: {-process.returncode}" if process.returncode < 0 else f"exit status {process.returncode}"
        if self.mode == "classic" and was_killed.is_set():
            return Answer(408, {}, b"Killed process.\n")
        if process.returncode and self.mode == "classic":
            return Answer(500, {}, f"{reason}\n".encode() + output)
        if process.returncode and self.mode == "serializing":
            return Answer(500, {}, reason.encode())
        if process.returncode and not output:  # streaming: what was written has gone out with 200
            return Answer(500, {}, reason.encode())
        return Answer(200, {"Content-Type": self.content_type}, output)


@dataclass
class Upstream(_Server):
    """`fprocess` is a server at `port`; it gets each request as it came, with the body chunked, and its path."""

    fprocess: str
    environment: Mapping[str, str] = field(default_factory=dict)
    exec_timeout: float = 60

    def __post_init__(self) -> None:
        super().__init__()
        with free_port() as port:
            self.port = port
            words = self.fprocess.replace("8082", str(port)).split(" ")
            self.service = Service(words, dict(self.environment), port)
            self.service.probe(0.05, 60)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.exec_timeout)
        passed = {name: text for name, text in headers.items() if name.lower() not in ("content-length", "connection")}
        try:
            client.request(method, path, iter([body]) if body else None, passed, encode_chunked=bool(body))
            found = client.getresponse()
            copied = {name: text for name, text in found.getheaders() if name.lower() != "content-length"}
            return Answer(found.status, copied, found.read())
        except TimeoutError:
            return Answer(504, {"X-OpenFaaS-Internal": "of-watchdog"}, b"")
        except (OSError, http.client.HTTPException):
            return Answer(500, {"X-OpenFaaS-Internal": "of-watchdog"}, b"")
        finally:
            client.close()

    def __exit__(self, *_: object) -> None:
        self.exit_status = self.service.end(30)
        super().__exit__()
