"""Servers for the tests of http-request: HTTP, with TLS, that answer raw bytes, and a proxy. All on the loopback."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Received:
    """One request as the server saw it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query)


@dataclass
class Server:
    """A running server: where it is, and what it got."""

    url: str
    port: int
    received: list[Received] = field(default_factory=list)
    answers: dict[str, Callable[[Received], Any]] = field(default_factory=dict)  # by path: status, headers, body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: Server

    def _answer(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(self.command, self.path, headers, self.rfile.read(length))
        self.server_of.received.append(request)
        status, more, body = self.server_of.answers.get(urlsplit(self.path).path, _echo)(request)
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        pass


def _echo(request: Received) -> tuple[int, list[tuple[str, str]], bytes]:
    told = {"method": request.method, "target": request.target, "body": request.body.decode("latin-1")}
    return 200, [("content-type", "application/json")], json.dumps(told | {"headers": request.headers}).encode()


def answer(
    status: int = 200, content: bytes = b"", kind: str = "", *headers: tuple[str, str]
) -> Callable[[Received], Any]:
    """Always the same answer."""
    return lambda request: (status, [*([("content-type", kind)] if kind else []), *headers], content)


def redirect(place: str, status: int = 302) -> Callable[[Received], Any]:
    return answer(status, b"moved", "text/plain", ("location", place))


ENCODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw deflate": lambda data: zlib.compress(data, wbits=-15),
    "two members": lambda data: gzip.compress(data[:5]) + gzip.compress(data[5:]),
}


@contextmanager
def serving(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Server]:
    """An HTTP server as long as the block runs."""
    handler = type("Handler", (_Handler,), {})

    class Quiet(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def handle_error(self, request: object, address: object) -> None:
            pass  # clients that go away are part of the tests

    server = Quiet((host, 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    port = server.server_address[1]
    place = f"[{host}]" if ":" in host else host
    handler.server_of = Server(f"{'https' if context else 'http'}://{place}:{port}", port)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield handler.server_of  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does with each connection whatever `talk` does; its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # the client may leave
            talk(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(threading.Thread(target=one, args=(connection,), daemon=True))
            connections[-1].start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def raw(*pieces: bytes, pause: float = 0) -> Callable[[socket.socket], None]:
    """Reads a request's head, then sends these bytes."""

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        for piece in pieces:
            connection.sendall(piece)
            if pause:
                threading.Event().wait(pause)

    return talk


@contextmanager
def holding(*pieces: bytes, pause: float = 0) -> Iterator[int]:
    """A server that sends these bytes and then nothing more, without closing the connection; its port."""
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        raw(*pieces, pause=pause)(connection)
        over.wait(60)

    with talking(talk) as port:
        yield port
        over.set()


def read_head(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        more = connection.recv(4096)
        if not more:
            return head
        head += more
    return head


@contextmanager
def proxying(user: str = "") -> Iterator[tuple[int, list[str]]]:
    """A proxy for both kinds of URL, which wants credentials when it is given some; its port, what it was asked for."""
    asked: list[str] = []

    def talk(client: socket.socket) -> None:
        head = read_head(client)
        line, _, rest = head.partition(b"\r\n")
        method, target, _ = line.decode().split()
        asked.append(f"{method} {target}")
        if user and f"proxy-authorization: basic {user}".lower() not in head.decode().lower():
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            return
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _pipe_both(client, server)
            return
        parts = urlsplit(target)
        with socket.create_connection((str(parts.hostname), int(parts.port or 80))) as server:
            server.sendall(f"{method} {parts.path or '/'} HTTP/1.1\r\n".encode() + rest)
            _pipe_both(client, server)

    with talking(talk) as port:
        yield port, asked


def _pipe_both(one: socket.socket, other: socket.socket) -> None:
    back = threading.Thread(target=_pipe, args=(other, one), daemon=True)
    back.start()
    _pipe(one, other)
    back.join()


def _pipe(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side has left
