"""Log lines to Direktiv's sidecar before the answer, under the sanitizers: whatever the sidecar does with them."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.boot.serving import Clock, Start, until
from tests.ports import nobody_listens


class Receiver:
    """Takes what is sent to a sidecar; `answers` False: it never answers."""

    def __init__(self, answers: bool = True, reads: bool = True) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self.release = threading.Event()
        self._answers, self._reads = answers, reads
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._clients: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._take, args=(client,), daemon=True).start()

    def _take(self, client: socket.socket) -> None:
        if not self._reads:
            return
        data = b""
        while b"\r\n\r\n" not in data:
            part = client.recv(1 << 16)
            if not part:
                return
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length and (part := client.recv(1 << 20)):
            body += part
        self.requests.append((head.decode(), body))
        if self._answers:
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            client.close()

    def close(self) -> None:
        self._listener.close()
        for client in self._clients:
            client.close()


@pytest.fixture
def receivers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def _receiver(stack: ExitStack, *, answers: bool = True, reads: bool = True) -> Receiver:
    made = Receiver(answers, reads)
    stack.callback(made.close)
    return made


def test_lines_arrive_before_the_answer(start: Start, receivers: ExitStack) -> None:
    sidecar = _receiver(receivers)
    server = start(FN_SIDECAR=sidecar.address)
    assert server.ask("/say%20hello", Direktiv_ActionID="a&b =1")[2] == b"6"
    ((head, body),) = sidecar.requests
    assert head.startswith("POST /log?aid=a%26b%20%3D1 HTTP/1.1\r\n")
    assert body == b"hello\n"


def test_all_lines_in_one_request_and_no_more_than_it_takes(start: Start, receivers: ExitStack) -> None:
    sidecar = _receiver(receivers)
    server = start(FN_SIDECAR=sidecar.address)
    server.ask("/flood", Direktiv_ActionID="one")
    assert sidecar.requests[0][1].decode() == "".join(f"line {n} of a flood\n" for n in range(20_000))
    server.ask("/flood%20300000", Direktiv_ActionID="two")
    lines = sidecar.requests[1][1].decode().splitlines()
    assert 3_900_000 < len(sidecar.requests[1][1]) <= 4 << 20
    assert lines[-1] == f"fn: {300_000 - len(lines) + 1} more lines are on stdout alone"


def test_nothing_is_sent_without_an_id_or_without_lines(start: Start, receivers: ExitStack) -> None:
    sidecar = _receiver(receivers)
    server = start(FN_SIDECAR=sidecar.address)
    server.ask("/say%20hello")
    server.ask("/output", Direktiv_ActionID="a")
    server.ask("/say%20last", Direktiv_ActionID="b")
    assert [body for _, body in sidecar.requests] == [b"last\n"]


def test_lines_of_a_run_that_is_killed(start: Start, receivers: ExitStack, clock: Clock) -> None:
    sidecar = _receiver(receivers)
    server = start("--timeout", "9", quiet=False, FN_SIDECAR=sidecar.address, FN_TEST_CLOCK=str(clock.path))
    with server.connect() as client:
        client.sendall(_request(b"/say-and-hang%20hello", b"a"))
        assert server.process.stdout is not None
        assert json.loads(server.process.stdout.readline())["msg"] == "hello"
        clock.passes(server, 10)
        assert b"Direktiv-ErrorCode: fn.timeout\r\n" in client.recv(4096)
    assert sidecar.requests[0][1] == b"hello\n"


def test_a_sidecar_that_refuses(start: Start) -> None:
    with nobody_listens() as port:
        server = start(FN_SIDECAR=f"127.0.0.1:{port}")
        assert server.ask("/say%20hello", Direktiv_ActionID="a")[2] == b"6"


def test_a_sidecar_that_drops_the_connection(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        server = start(FN_SIDECAR=f"127.0.0.1:{listener.getsockname()[1]}")
        with server.connect() as client:
            client.sendall(_request(b"/flood", b"a"))
            dropped, _ = listener.accept()
            dropped.close()
            assert client.recv(1000).endswith(b"\r\n\r\n2")


def _request(path: bytes, action: bytes) -> bytes:
    return b"POST %s HTTP/1.1\r\nHost: a\r\nDirektiv-ActionID: %s\r\nContent-Length: 0\r\n\r\n" % (path, action)


@pytest.mark.parametrize(("path", "reads"), [(b"/say%20x", True), (b"/flood%20300000", False)])
def test_a_silent_sidecar_delays_one_answer_and_nobody_elses(
    start: Start, receivers: ExitStack, path: bytes, reads: bool
) -> None:
    sidecar = _receiver(receivers, answers=False, reads=reads)
    server = start("--workers", "1", FN_SIDECAR=sidecar.address)
    with server.connect() as told, server.connect() as other:
        told.sendall(_request(path, b"a"))
        other.sendall(_request(b"/output", b"b"))
        assert other.recv(1000).endswith(b'{"a":1}')
        assert told.recv(1000).split(b"\r\n\r\n")[1] in (b"6", b"2")


def test_a_silent_sidecar_takes_no_process_up(start: Start, receivers: ExitStack) -> None:
    """More are to be told of than there are workers: those beyond are answered at once."""
    sidecar = _receiver(receivers, answers=False)
    server = start("--workers", "2", "--spares", "0", FN_SIDECAR=sidecar.address)
    clients = [receivers.enter_context(server.connect()) for _ in range(40)]
    for number, client in enumerate(clients):
        client.sendall(_request(b"/say%20x", b"%d" % number))
    for _ in range(10):
        assert server.ask("/output")[0] == 200
    for client in clients:
        assert client.recv(1000).endswith(b"\r\n\r\n6")
    assert len(sidecar.requests) >= 2


def test_a_client_who_leaves_meanwhile(start: Start, receivers: ExitStack) -> None:
    sidecar = _receiver(receivers, answers=False)
    server = start("--workers", "4", "--spares", "0", FN_SIDECAR=sidecar.address)
    for number in range(3):
        with server.connect() as client:
            client.sendall(_request(b"/say%20x", b"a"))
            until(lambda: len(sidecar.requests) > number)  # noqa: B023  (within the turn)
    assert server.ask("/output")[0] == 200
    server.end()


def test_the_end_of_the_server_waits_for_it(start: Start, receivers: ExitStack) -> None:
    sidecar = _receiver(receivers, answers=False)
    server = start(FN_SIDECAR=sidecar.address)
    with server.connect() as client:
        client.sendall(_request(b"/say%20x", b"a"))
        until(lambda: sidecar.requests)
        server.process.send_signal(signal.SIGTERM)
        assert client.recv(1000).endswith(b"\r\n\r\n6")
    assert server.process.wait(60) == 0


def test_fields_by_which_the_main_branch_finds_lines(start: Start) -> None:
    server = start(quiet=False)
    names = {"Namespace": "n", "Path": "/a.wf.ts", "Invoker": "api", "State": "st\xe4te", "Status": "running"}
    server.ask(
        "/say%20hello", b"", "POST", Direktiv_ActionID="i", **{f"Direktiv_{each}": names[each] for each in names}
    )
    server.ask("/say%20hello", Direktiv_ActionID="i")
    server.process.send_signal(signal.SIGTERM)
    line, plain = (line for line in server.lines() if line["msg"] == "hello")
    wanted = {name.lower(): text for name, text in names.items()} | {"id": "i", "scope": "instance", "level": "INFO"}
    assert line == wanted | {name: line[name] for name in ("time", "nanos", "msg", "request", "handler")}
    assert isinstance(line["nanos"], int)
    assert set(plain) == {"time", "level", "msg", "request", "handler"}
