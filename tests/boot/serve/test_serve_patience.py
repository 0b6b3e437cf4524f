"""How long the host of HTTP waits for its clients: by a clock that moves only when the test moves it."""

from __future__ import annotations

import socket

import pytest

from tests.boot.serving import Clock, Server, Start, rest

_HEAD = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture
def server(start: Start, clock: Clock) -> Server:
    return start("--workers", "2", FN_TEST_CLOCK=str(clock.path))


def _is_answered(client: socket.socket, body: bytes) -> None:
    client.settimeout(60)
    data = b""
    while not data.endswith(b"\r\n\r\n" + body):
        part = client.recv(1 << 16)
        assert part, data
        data += part
    assert data.startswith(b"HTTP/1.1 200 ")


def test_a_connection_is_kept_for_longer_than_callers_keep_it(server: Server, clock: Clock) -> None:
    """Two minutes at the least: a caller sends nothing into one that is just being closed."""
    with server.connect() as used, server.connect() as silent:
        for _ in range(3):
            used.sendall(_HEAD % 1 + b"a")
            _is_answered(used, b"a")
            clock.passes(server, 70)
        assert silent.recv(1) == b""
        clock.passes(server, 79)
        used.sendall(_HEAD % 1 + b"b")
        _is_answered(used, b"b")
        clock.passes(server, 151)
        assert used.recv(1) == b""


def test_a_head(server: Server, clock: Clock) -> None:
    with server.connect() as quick, server.connect() as slow:
        for client in (quick, slow):
            client.sendall(_HEAD[:20])
        clock.passes(server, 14)
        quick.sendall(_HEAD[20:] % 1 + b"a")
        _is_answered(quick, b"a")
        slow.sendall(_HEAD[20:30])  # a byte now and then does not help
        clock.passes(server, 2)
        assert rest(slow).startswith(b"HTTP/1.1 408 ")


def test_parts_of_a_body(server: Server, clock: Clock) -> None:
    with server.connect() as steady, server.connect() as slow:
        for client in (steady, slow):
            client.sendall(_HEAD % 30 + b"a")
        for _ in range(29):
            clock.passes(server, 29)
            steady.sendall(b"a")
        _is_answered(steady, b"a" * 30)
        assert rest(slow).startswith(b"HTTP/1.1 408 ")


def test_all_of_a_body(server: Server, clock: Clock) -> None:
    """A quarter of an hour, however steadily it comes."""
    with server.connect() as steady:
        steady.sendall(_HEAD % 100 + b"a")
        for _ in range(32):
            clock.passes(server, 29)
            steady.sendall(b"a")
        assert rest(steady).startswith(b"HTTP/1.1 408 ")


def test_parts_of_an_answer(server: Server, clock: Clock) -> None:
    body = b"a" * (30 << 20)
    with server.connect() as steady, server.connect() as slow:
        for client in (steady, slow):
            client.sendall(_HEAD % len(body) + body)
            assert client.recv(1) == b"H"
        data = b""
        while b"\r\n\r\n" not in data:
            data += steady.recv(1 << 10)
        left = len(body) - len(data.partition(b"\r\n\r\n")[2])
        while left:
            for _ in range(40):
                left -= len(steady.recv(min(left, 1 << 18))) if left else 0
            clock.passes(server, 20)
        assert len(_drained(slow)) < len(body)


def _drained(client: socket.socket) -> bytes:
    """What was on its way when the server closed it, in whichever manner."""
    parts = []
    try:
        while part := client.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)
