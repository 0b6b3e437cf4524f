"""A server that follows a script, for what hosts ask of others."""

from __future__ import annotations

import contextlib
import socket
import threading


class Peer:
    """A server that takes a request to its end, then sends what a script says; it counts its connections."""

    def __init__(self, *answers: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while self._answers:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with client, contextlib.suppress(OSError):  # a client that has seen enough closes
                self._talk(client)
        self._listener.close()

    def _talk(self, client: socket.socket) -> None:
        while self._answers and (request := _request(client)):
            self.requests.append(request)
            answer = self._answers.pop(0)
            for at in range(0, len(answer), 7000 if len(answer) > 500 else 1):  # in pieces that end anywhere
                client.sendall(answer[at : at + (7000 if len(answer) > 500 else 1)])
            if b"Connection: close" in answer or not answer.startswith(b"HTTP/1.1 ") or b"Length" not in answer:
                return

    def close(self) -> None:
        self._listener.close()


def _request(client: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        part = client.recv(65536)
        if not part:
            return b""
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
    while len(body) < length:
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body
