"""The server of Direktiv's sidecar that functions call: `/log` and `/var`, with its traps. Decides nothing."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from ..variables import SCOPES

Line = Literal["0.8", "0.10", "main"]
LOG_MOST = 4 << 20


@dataclass(slots=True)
class State:
    """What the server knows: ids of actions under way with their log, variables by scope and key, what was odd."""

    line: Line
    variables: dict[tuple[str, str], bytes] = field(default_factory=dict)
    kinds: dict[tuple[str, str], str] = field(default_factory=dict)  # types of values
    logs: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class LocalServer:
    """Listens on a port of its own until it is closed."""

    def __init__(self, state: State) -> None:
        class Handler(_Handler):
            known = state

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    known: State
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        place = urlsplit(self.path)
        query = {name: texts[0] for name, texts in parse_qs(place.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if place.path == "/log":
            self._log(query.get("aid", ""), body.decode("utf-8", "replace") if body else query.get("log", ""))
        elif place.path == "/var" and self.known.line != "main":
            self._variable(query, body)
        else:
            self._refuse(404, "404 page not found")

    def _log(self, action: str, text: str) -> None:
        """Take log lines. Releases drop the connection if the id is unknown or was answered; main takes anything."""
        lines = self.known.logs.get(action)
        if lines is None and self.known.line != "main":
            self.known.warnings.append(f"log lines for {action!r}, which is not under way: they are lost")
            self.close_connection = True
            return
        if len(text.encode()) > LOG_MOST:
            self.known.warnings.append(f"log lines of more than {LOG_MOST >> 20} MiB at once: they are lost")
            self._refuse(413, "Request Entity Too Large")
            return
        if lines is not None and text:
            lines += text.splitlines()
        self._give(b"")

    def _variable(self, query: dict[str, str], body: bytes) -> None:
        scope, key = query.get("scope", ""), query.get("key", "")
        if query.get("aid", "") not in self.known.logs:
            self._refuse(404, f"actionId {query.get('aid', '')} not found")
        elif scope not in SCOPES:
            self._refuse(400, f"unknown scope: {scope}")
        elif self.command == "POST":
            self.known.variables[scope, key] = body
            self.known.kinds[scope, key] = self.headers.get("Content-Type", "")
            self._give(b"")
        elif (scope, key) in self.known.variables:
            self._give(self.known.variables[scope, key])
        else:  # the trap: since 0.8.8 with the status of a success
            self._refuse(500 if self.known.line == "0.8" else 200, f"variable not found: {key} in {scope}")

    def _refuse(self, status: int, sentence: str) -> None:
        """Answer as Go's http.Error does."""
        self._give(f"{sentence}\n".encode(), status, {"X-Content-Type-Options": "nosniff"})

    def _give(self, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Answer with a body; chunk a long one, as Go does if it does not know the length."""
        self.send_response(status)
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        if len(body) <= 2048:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(body), 1 << 15):
            part = body[start : start + (1 << 15)]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")
