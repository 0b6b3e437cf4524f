"""The host of HTTP with many clients, and what is left over of them."""

from __future__ import annotations

import http.client
import os
import resource
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from tests.boot.serving import Start, open_files, until


def test_a_full_queue(start: Start, tmp_path: Path) -> None:
    server = start("--workers", "1", "--queue", "1")
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(2)]
        for number, client in enumerate(clients):
            go = tmp_path / str(number)
            client.sendall(b"POST /until%%20%s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" % bytes(go))
        until(lambda: server.ask("/_/ready", b"", "GET")[0] != 200)
        assert server.ask("/_/ready", b"", "GET")[0] == 429
        status, headers, _ = server.ask("/output")
        assert (status, headers["retry-after"]) == (503, "1")
        for number, client in enumerate(clients):
            (tmp_path / str(number)).touch()
            assert client.recv(1000).endswith(b"\r\n\r\n5")
    assert server.ask("/output")[0] == 200


def test_hundreds_at_once(start: Start) -> None:
    server, wrong = start("--workers", "8", "--queue", "1000"), list[object]()

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for turn in range(20):
            body = b"%d-%d" % (number, turn) * 100
            connection.request("POST", "/echo", body)
            answer = connection.getresponse()
            if (answer.status, answer.read()) != (200, body):
                wrong.append((number, turn, answer.status))
        connection.close()

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(client, range(24)))
    assert wrong == []


def test_spares_are_made_good_while_a_function_runs_for_long(start: Start) -> None:
    """The next one is started at its end, but after a millisecond at the latest."""
    server = start("--spares", "3")
    until(lambda: len(server.children()) == 3)
    with server.connect() as client:
        client.sendall(b"POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        until(lambda: len(server.children()) == 4)


def test_clients_who_leave_end_their_runs(start: Start) -> None:
    server = start("--workers", "1", "--queue", "10", "--spares", "0")
    for _ in range(5):
        with server.connect() as client:
            client.sendall(b"POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            until(server.children)
    assert server.ask("/output")[0] == 200


def test_silent_and_slow_clients_are_in_nobodys_way(start: Start) -> None:
    server = start("--workers", "2")
    with ExitStack() as stack:
        for number in range(600):
            client = stack.enter_context(server.connect())
            client.sendall(
                [b"", b"POST /ec", b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"][number % 3]
            )
        for _ in range(20):
            assert server.ask("/output")[0] == 200


def test_ten_thousand_idle_connections(start: Start) -> None:
    """Of which every tenth has sent a part of a request: others notice nothing, and all can be closed at once."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[1], 11_000), limit[1]))
    try:
        server = start("--workers", "2", files=20_000)
        with ExitStack() as stack:
            for number in range(10_000):
                client = stack.enter_context(server.connect())
                if number % 10 == 0:
                    client.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"[: 10 + number % 50])
            for _ in range(20):
                assert server.ask("/output")[0] == 200
            assert len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) > 9_000
        until(lambda: len(list(Path(f"/proc/{server.process.pid}/fd").iterdir())) < 50)
        assert server.ask("/output")[0] == 200
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)


def test_who_was_silent_for_longest_makes_room(start: Start) -> None:
    server = start("--workers", "1", "--spares", "0", files=200)
    with ExitStack() as stack:
        silent = [stack.enter_context(server.connect()) for _ in range(180)]
        assert server.ask("/output")[0] == 200
        assert silent[0].recv(1) == b""


# ---- nothing of one request can be seen by another ----


def test_no_memory_of_another_request(start: Start) -> None:
    server, word = start("--spares", "3"), "swordfish-0451"
    with server.connect() as waiting:
        waiting.sendall(f"POST /wait HTTP/1.1\r\nHost: a\r\nX: {word}\r\nContent-Length: 14\r\n\r\n{word}".encode())
        for _ in range(6):
            assert server.ask("/echo", word.encode(), X=word)[2] == word.encode()
            assert server.ask(f"/search%20{word[::-1]}")[2] == b'"no"'
        assert server.ask(f"/search%20{word[::-1]}", X=word)[2] == b'"yes"'  # its own it finds


def test_no_descriptor_and_no_process_is_left_over(start: Start) -> None:
    """A client's end is read a moment after its answer, and then its descriptor goes: what is left over never goes."""
    server, unused = start("--spares", "0"), start("--spares", "0")
    for _ in range(3):
        for path in ("/output", "/error", "/orphan", "/signal%209", "/echo") * 20:
            server.ask(path, os.urandom(1000))
        until(lambda: server.children() == [] and open_files(server.process.pid) == open_files(unused.process.pid))
