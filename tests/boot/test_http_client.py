"""The client of HTTP that hosts use, under the sanitizers, against servers that answer well and badly."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.boot.building import SANITIZERS, build_client
from tests.boot.peer import Peer
from tests.ports import nobody_listens

OK = b"HTTP/1.1 200 OK\r\nX: one\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture(scope="module")
def program() -> Path:
    return build_client(*SANITIZERS)


Ask = Callable[..., list[str]]


@pytest.fixture
def ask(program: Path) -> Ask:
    def begin(address: str, *requests: str, patience: str = "-", most: int = 1 << 20) -> list[str]:
        words = [str(program), address, patience, str(most), *requests]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return begin


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    made: list[Peer] = []

    def make(*answers: bytes) -> Peer:
        made.append(Peer(*answers))
        return made[-1]

    yield make
    for each in made:
        each.close()


GET, POST = ("GET", "/a", ""), ("POST", "/b", "text")


def test_a_connection_is_kept(peer: Callable[..., Peer], ask: Ask) -> None:
    server = peer(OK, OK, OK)
    assert ask(server.address, *GET, *POST, *GET) == ["answered 200 one 2 hi"] * 3
    assert server.connections == 1
    host = server.address.encode()
    assert server.requests[0] == b"GET /a HTTP/1.1\r\nHost: %s\r\nX: y\r\n\r\n" % host
    assert server.requests[1] == b"POST /b HTTP/1.1\r\nHost: %s\r\nX: y\r\nContent-Length: 4\r\n\r\ntext" % host


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        b"HTTP/1.1 200 OK\r\nX: one\r\n\r\nhi",  # its body ends with the connection
    ],
)
def test_a_connection_that_ends_with_its_answer(peer: Callable[..., Peer], ask: Ask, answer: bytes) -> None:
    server = peer(answer, OK)
    assert ask(server.address, *GET, *POST) == ["answered 200 one 2 hi"] * 2
    assert server.connections == 2


def test_chunks_and_interim_answers(peer: Callable[..., Peer], ask: Ask) -> None:
    chunked = b"HTTP/1.1 202 Accepted\r\nX: two\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    server = peer(b"HTTP/1.1 100 Continue\r\nX: no\r\n\r\n" + OK, chunked)
    assert ask(server.address, *POST, *GET) == ["answered 200 one 2 hi", "answered 202 two 5 abcde"]


def test_a_file_is_sent_whole(peer: Callable[..., Peer], ask: Ask) -> None:
    server = peer(OK)
    assert ask(server.address, "POST", "/", "@3000000") == ["answered 200 one 2 hi"]
    assert server.requests[0].endswith(b"\r\n\r\n" + bytes(3_000_000))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + bytes(17_000).replace(b"\0", b"x") + b"\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + bytes(2_000_000),
    ],
)
def test_what_is_no_answer(peer: Callable[..., Peer], ask: Ask, answer: bytes) -> None:
    assert ask(peer(answer, OK).address, *GET, *GET) == ["lost", "answered 200 one 2 hi"]


def test_what_nobody_asked_for_spoils_the_connection(peer: Callable[..., Peer], ask: Ask) -> None:
    unasked = OK.replace(b"\r\n\r\n", b"\r\nX: " + b"x" * 500 + b"\r\n\r\n")  # both come in one piece
    server = peer(OK + unasked, OK)
    assert ask(server.address, *GET, *GET) == ["answered 200 one 2 hi"] * 2
    assert server.connections == 2


def test_an_answer_before_all_is_sent(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def refuse() -> None:
            client, _ = listener.accept()
            client.recv(100)
            client.sendall(b"HTTP/1.1 413 Content Too Large\r\nX: no\r\nContent-Length: 0\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
            while client.recv(1 << 20):  # it takes nothing more, and lets the client close
                pass
            client.close()

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        assert ask(address, "POST", "/", "@300000000") == ["answered 413 no 0 "]
        thread.join(60)


def test_nobody_listens(ask: Ask) -> None:
    with nobody_listens() as port:
        assert ask(f"127.0.0.1:{port}", *GET, *POST) == ["refused", "refused"]


def test_an_answer_that_does_not_come(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert ask(f"localhost:{listener.getsockname()[1]}", *GET, patience="0.05") == ["late"]


@pytest.mark.parametrize(
    "address", ["", "a", "example.com:80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:99999", "[::1:80"]
)
def test_what_is_no_address(ask: Ask, address: str) -> None:
    assert ask(address, *GET) == ["no address"]


def test_ipv6(ask: Ask) -> None:
    if not socket.has_ipv6:
        return
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        assert ask(f"[::1]:{listener.getsockname()[1]}", *GET, patience="0.05") == ["late"]
