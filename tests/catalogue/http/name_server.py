"""A name server for tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def naming(address: str, names: dict[str, str]) -> Iterator[None]:
    """A name server (RFC 1035) that knows these names and no others; port 53, so it needs root."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((address, 53))

    def answer(question: bytes) -> bytes:
        labels, at = [], 12
        while length := question[at]:
            labels.append(question[at + 1 : at + 1 + length].decode())
            at += 1 + length
        name, kind, asked = ".".join(labels).lower(), question[at + 1 : at + 3], question[12 : at + 5]
        found = names.get(name) if kind == b"\0\1" else None
        flags = b"\x81\x80" if name in names else b"\x81\x83"
        head = question[:2] + flags + b"\0\1" + (b"\0\1" if found else b"\0\0") + b"\0\0\0\0"
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(found) if found else b""
        return head + asked + record

    def serve() -> None:
        while True:
            question, client = listener.recvfrom(512)
            if not question:
                return
            listener.sendto(answer(question), client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closing:
            closing.sendto(b"", (address, 53))
        thread.join()
        listener.close()
