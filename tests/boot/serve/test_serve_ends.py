"""How runs of the host of HTTP end, and the host itself."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.boot.serving import Server, Start, until


def test_the_deadline(start: Start) -> None:
    status, headers, _ = start("--timeout", "0.2").ask("/hang")
    assert (status, headers["direktiv-errorcode"]) == (500, "fn.timeout")


def test_an_action_that_is_cancelled(start: Start) -> None:
    server = start("--workers", "1", "--queue", "1", "--spares", "0")
    with server.connect() as client, server.connect() as waiting:
        for each, action in ((client, b"one"), (waiting, b"two")):
            each.sendall(
                b"POST /wait HTTP/1.1\r\nHost: a\r\nDirektiv-ActionID: %s\r\nContent-Length: 0\r\n\r\n" % action
            )
            until(server.children)
        until(lambda: server.ask("/readyz", b"", "GET")[0] == 429)  # both have been seen: there is no room for a third
        for each, name in ((waiting, "two"), (client, "one")):
            assert server.ask("/", b"", "DELETE", Direktiv_ActionID=name)[0] == 200
            assert b"Direktiv-ErrorCode: fn.terminated\r\n" in each.recv(4096)
    assert server.ask("/", b"", "DELETE", Direktiv_ActionID="three")[0] == 200
    assert server.ask("/output")[0] == 200


def _is_refused(server: Server) -> bool:
    try:
        server.connect().close()
    except OSError:
        return True
    return False


def test_what_is_under_way_is_finished(start: Start, tmp_path: Path) -> None:
    server = start("--spares", "1")
    with server.connect() as client:
        client.sendall(b"POST /until%%20%s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" % bytes(tmp_path / "go"))
        until(lambda: len(server.children()) > 1)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: _is_refused(server))
        (tmp_path / "go").touch()
        answer = client.recv(1000)
        assert answer.endswith(b"\r\n\r\n5")
        assert b"Connection: close\r\n" in answer  # else the client might send its next request just then
    assert server.process.wait(60) == 0


def test_a_request_that_is_never_whole_is_refused_at_the_end(start: Start) -> None:
    server = start("--drain", "0.1")
    with server.connect() as client:
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"a")
        server.process.send_signal(signal.SIGTERM)
        assert client.recv(1000).startswith(b"HTTP/1.1 503 ")
    assert server.process.wait(60) == 0


def test_who_does_not_take_his_answer_has_a_moment_at_the_end(start: Start) -> None:
    """An answer that is too large to be sent at once, and a client that reads its head alone."""
    server = start("--drain", "0.1", "--timeout", "20")
    with server.connect() as client:
        client.sendall(b"POST /fill HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0  # it would wait for a minute


@pytest.mark.parametrize("words", [(), ("--drain", "0.1")])
def test_what_does_not_end_is_ended_with_an_answer(start: Start, words: tuple[str, ...]) -> None:
    server = start("--spares", "0", *words)
    with server.connect() as client:
        client.sendall(b"POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        until(server.children)
        server.process.send_signal(signal.SIGTERM)
        if not words:
            until(lambda: _is_refused(server))  # the first signal has been seen
            server.process.send_signal(signal.SIGTERM)
        assert b"Direktiv-ErrorCode: fn.terminated\r\n" in client.recv(4096)
    assert server.process.wait(60) == 0


@pytest.mark.parametrize("signals", [1, 2])
def test_what_waits_has_its_answer_too(start: Start, tmp_path: Path, signals: int) -> None:
    server = start("--workers", "1", "--queue", "1", "--spares", "0")
    with server.connect() as busy, server.connect() as waiting:
        busy.sendall(b"POST /until%%20%s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" % bytes(tmp_path / "go"))
        until(server.children)
        waiting.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        until(lambda: server.ask("/readyz", b"", "GET")[0] == 429)  # it has been seen
        server.process.send_signal(signal.SIGTERM)
        until(lambda: _is_refused(server))
        if signals == 1:
            (tmp_path / "go").touch()
        else:
            server.process.send_signal(signal.SIGTERM)
        for client, result in ((busy, b"\r\n\r\n5"), (waiting, b"\r\n\r\nabc")):
            assert (result if signals == 1 else b"Direktiv-ErrorCode: fn.terminated\r\n") in client.recv(4096)
    assert server.process.wait(60) == 0
