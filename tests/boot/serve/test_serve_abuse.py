"""The host of HTTP under the sanitizers: bytes that are no requests, clients and functions that misbehave."""

from __future__ import annotations

import http.client
import random
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.boot.serving import Server, Start, open_files, until

_SEEDS = (
    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"POST /output HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    b"DELETE / HTTP/1.1\r\nHost: a\r\nDirektiv-ActionID: x\r\n\r\n",
    b"HEAD /readyz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /say%20a HTTP/1.1\r\nHost: a\r\nDirektiv-ActionID: a%\r\nDirektiv-Namespace: n\r\nDirektiv-Path: p\r\n"
    b"Direktiv-TempDir: /mnt/shared/a\r\nContent-Length: 0\r\n\r\n",
    b"POST /output HTTP/1.1\r\nHost: a\r\nTraceparent: 00-0a-0b-01\r\nCe-Id: %41\r\nContent-Length: 0\r\n\r\n",
    b"POST /head HTTP/1.1\r\nHost: a\r\nContent-Type: application/cloudevents+json\r\nContent-Length: 2\r\n\r\n{}",
)
_WORDS = (
    b"\r\n", b"\n", b"\0", b": ", b"Content-Length: 9999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n",
    b"\xff" * 40, b"%00%", b"A" * 9000, b"HTTP/2.0", b"0\r\n\r\n", b"-1", b"Connection: close\r\n",
    b"Upgrade: h2c\r\n", b"/../", b"?", b"Direktiv-ActionID: " + b"i" * 200 + b"\r\n", b"-batch", b"Ce-", b"%",
)  # fmt: skip


def _mutated(dice: random.Random) -> bytes:
    text = bytearray(b"".join(dice.choices(_SEEDS, k=dice.randint(1, 3))))
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(text) + 1)
        match dice.randrange(4):
            case 0:
                text[at:at] = dice.choice(_WORDS)
            case 1:
                del text[at : at + dice.randint(1, 30)]
            case 2:
                text[at : at + 1] = bytes([dice.randrange(256)])
            case _:
                text[at:at] = text[: dice.randint(0, 60)]
    return bytes(text)


def test_bytes_that_are_no_requests(start: Start) -> None:
    """Each connection ends or waits for more, and the server goes on; the sanitizers say nothing."""
    server, dice = start("--workers", "4", "--max-body", "20K"), random.Random(20261129)
    for _ in range(1500):
        with server.connect() as client:
            text = _mutated(dice)
            try:
                for part in (text[: len(text) // 2], text[len(text) // 2 :]):
                    client.sendall(part)
                client.shutdown(dice.choice((socket.SHUT_WR, socket.SHUT_RDWR)))
            except OSError:
                continue  # it has been refused by then
    assert server.ask("/output")[0] == 200
    server.end()


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_each_request_has_one_answer(start: Start, seed: int) -> None:
    """Results, errors, kills, orphans and clients who leave, at once; each answer is that of its own request."""
    server, wrong = start("--workers", "4", "--queue", "100"), list[object]()
    unused = start("--workers", "4", "--queue", "100")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: _client(server, random.Random(seed * 100 + number), wrong), range(8)))
    assert wrong == []
    until(lambda: open_files(server.process.pid) == open_files(unused.process.pid))
    server.end()


def _client(server: Server, dice: random.Random, wrong: list[object]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for turn in range(40):
        body = dice.randbytes(dice.choice((0, 10, 5_000, 100_000)))
        path, status = dice.choice(
            (("/echo", 200), ("/error", 422), ("/signal%209", 500), ("/orphan", 200), ("/leave", 0))
        )
        if path == "/leave":
            with server.connect() as client:
                client.sendall(
                    b"POST /%s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" % dice.choice((b"wait", b"echo"))
                )
            continue
        connection.request("POST", path, body)
        answer = connection.getresponse()
        found = answer.read()
        if answer.status != status or (path == "/echo" and found != body):
            wrong.append((turn, path, answer.status, found[:50]))
    connection.close()
