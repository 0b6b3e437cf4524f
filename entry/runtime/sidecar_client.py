"""Ask Direktiv's sidecar: one request of HTTP on a connection of its own. Knows nothing of variables.

What comes back is bounded, and is trusted only when it is whole.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0  # seconds for each step
MOST = 128 << 20  # bytes of an answer: what the sidecar takes, too
_HEAD_MOST = 64 << 10


class Answer:
    """The status, the headers by names in small letters, the body."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


def ask(sidecar: tuple[str, int], method: str, target: str, kind: str = "", body: bytes = b"") -> Answer:
    """Send a request; `kind` is the type of its body. Raise OSError, also for an answer that is not whole."""
    import _socket

    family = _socket.AF_INET6 if ":" in sidecar[0] else _socket.AF_INET
    connection = _socket.socket(family, _socket.SOCK_STREAM | _socket.SOCK_CLOEXEC)
    try:
        connection.settimeout(PATIENCE)
        connection.connect(sidecar)
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost:8889\r\nConnection: close\r\n"
        if method == "POST":
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(f"{head}\r\n".encode("latin-1") + body)
        return _parse(_received(connection))
    finally:
        connection.close()


def _received(connection: object) -> bytes:
    parts: list[bytes] = []
    length = 0
    while part := connection.recv(1 << 18):  # type: ignore[attr-defined]
        parts.append(part)
        length += len(part)
        if length > MOST + _HEAD_MOST:
            raise ConnectionError(f"its answer is longer than {MOST >> 20} MiB")
    return b"".join(parts)


def _parse(answer: bytes) -> Answer:
    head, end, body = answer.partition(b"\r\n\r\n")
    first, *lines = str(head, "latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not end or not version.startswith("HTTP/1.") or not rest[:3].isdigit():
        raise ConnectionError("it closed the connection without an answer")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join(_chunks(body))
    elif "content-length" in headers and headers["content-length"] != str(len(body)):
        raise ConnectionError("its answer is not whole")
    return Answer(int(rest[:3]), headers, body)


def _chunks(body: bytes) -> Iterator[bytes]:
    at = 0
    while True:
        end = body.find(b"\r\n", at)
        digits = body[at:end].split(b";")[0].strip() if end >= 0 else b""
        length = int(digits, 16) if digits.isalnum() and not digits.strip(b"0123456789abcdefABCDEF") else -1
        if length == 0:
            return
        if length < 0 or end + 2 + length > len(body):
            raise ConnectionError("its answer is not whole")
        yield body[end + 2 : end + 2 + length]
        at = end + 2 + length + 2
