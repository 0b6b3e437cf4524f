"""The host of HTTP under the sanitizers, with functions in C: by the rules of docs/hosts.md."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.boot.building import SANITIZERS, build


@dataclass
class Server:
    """A server that runs, on a port of its own."""

    process: subprocess.Popen[bytes]
    port: int
    complaints: Path

    def ask(
        self, path: str, body: bytes = b"{}", method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by small names, body."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            client.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = client.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            client.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def raw(self, request: bytes) -> bytes:
        """All that comes back until the server closes."""
        with self.connect() as client:
            client.sendall(request)
            return _rest(client)

    def children(self) -> list[str]:
        pid = self.process.pid
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def lines(self) -> list[dict[str, object]]:
        """What it logs from now on, up to its end."""
        assert self.process.stdout is not None
        return [json.loads(line) for line in self.process.stdout]

    def end(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        assert self.process.wait(60) == 0


def _until(condition: Callable[[], object]) -> None:
    """Waits for it: long enough for a machine that has a lot to do."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def _rest(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("serve"), *SANITIZERS)


@pytest.fixture(scope="module")
def plain_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without sanitizers, which keep copies of what is on the stack."""
    return build(tmp_path_factory.mktemp("plain"))


Start = Callable[..., Server]


@pytest.fixture
def start(program: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts servers; at the end each must have found nothing to complain of."""
    started: list[Server] = []

    def begin(*words: str, quiet: bool = True, files: int = 0, program: Path = program) -> Server:
        complaints = tmp_path / f"complaints-{len(started)}"
        with complaints.open("wb") as errors:
            process = subprocess.Popen(
                ["prlimit", f"--nofile={files or 1024}:{files or 20_000}", program, "serve", "--port", "0", *words],
                stdout=subprocess.PIPE,
                stderr=errors,
                env={"PATH": os.environ["PATH"]},
            )
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        server = Server(process, int(first["msg"].rpartition(" ")[2]), complaints)
        if quiet:
            threading.Thread(target=process.stdout.read, daemon=True).start()
        started.append(server)
        return server

    yield begin
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
        assert server.complaints.read_text() == ""
        if server.process.stdout:
            server.process.stdout.close()


# ---- answers ----


def test_a_result(start: Start) -> None:
    status, headers, body = start().ask("/output")
    assert (status, body, headers["content-length"]) == (200, b'{"a":1}', "7")
    assert "direktiv-errorcode" not in headers


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/error", 422, "c.d"),
        ("/status%207", 500, "fn.exit"),
        ("/signal%209", 500, "fn.killed"),
        ("/signal%2011", 500, "fn.killed"),
        ("/overwrite", 500, "fn.exit"),
        ("/no/such/../handler?a=b", 500, "fn.exit"),
    ],
)
def test_errors_in_header_and_body(start: Start, path: str, status: int, code: str) -> None:
    found, headers, body = start().ask(path)
    error = json.loads(body)
    assert (found, headers["direktiv-errorcode"], error["code"]) == (status, code, code)
    assert headers["direktiv-errormessage"] == error["message"]


@pytest.mark.parametrize("handler", ["orphan", "stay", "flood"])
def test_what_is_left_behind(start: Start, handler: str) -> None:
    server = start("--spares", "0")
    assert server.ask(f"/{handler}")[0] == 200
    assert server.ask("/output")[0] == 200
    _until(lambda: server.children() == [])
    server.end()


def test_a_result_without_end(start: Start) -> None:
    status, headers, body = start().ask("/fill")
    assert (status, int(headers["content-length"]), len(body)) == (200, 128 << 20, 128 << 20)


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 1_000_000, 9_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies(start: Start, length: int, chunked: bool) -> None:
    server, body = start(), random.Random(length).randbytes(length)
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for _ in range(2):
        parts = iter([body[:1], body[1:70_000], body[70_000:]]) if chunked else body
        client.request(
            "POST", "/echo", parts, encode_chunked=chunked, headers={"Transfer-Encoding": "chunked"} if chunked else {}
        )
        answer = client.getresponse()
        assert answer.read() == body
    client.close()


def test_a_client_who_expects_to_be_told(start: Start) -> None:
    with start().connect() as client:
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert client.recv(1000).endswith(b"\r\n\r\nabc")


def test_byte_by_byte(start: Start) -> None:
    with start().connect() as client:
        for byte in b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc":
            client.sendall(bytes([byte]))
        assert _rest(client).endswith(b"abc")


def test_requests_that_come_at_once_are_answered_in_order(start: Start) -> None:
    requests = [
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        for body in (b"<%d>" % number * (number * 50 + 1) for number in range(40))
    ]
    last = b"GET /up HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    found = start().raw(b"".join([*requests, last]))
    heads = found.split(b"HTTP/1.1 ")[1:]
    assert [head.split(b"\r\n\r\n", 1)[1] for head in heads[:-1]] == [
        request.split(b"\r\n\r\n", 1)[1] for request in requests
    ]
    assert b"alive" in heads[-1]


def test_http_1_0(start: Start) -> None:
    found = start().raw(b"POST /echo HTTP/1.0\r\nContent-Length: 1\r\n\r\na")
    assert found.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close\r\n" in found


@pytest.mark.parametrize(
    "path", ["/healthz", "/livez", "/up", "/_/health", "/health/liveness", "/readyz", "/_/ready", "/health/readiness?a"]
)
def test_health(start: Start, path: str) -> None:
    server = start("--spares", "0")
    assert server.ask(path, b"", "GET")[0] == 200
    status, headers, body = server.ask(path, b"", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0
    assert server.children() == []


# ---- what is refused ----


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /output HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"PUT /output HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", 405),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        (b"POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"a" * 1001, 413),
        (b"POST /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 17_000 + b"\r\n\r\n", 431),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/cloudevents-batch\r\nContent-Length: 0\r\n\r\n",
            415,
        ),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n", 417),
        # framing that two parsers may see in two ways (request smuggling)
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\na", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /echo HTTP/1.1\nHost: a\n\n", 400),
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01", 400),
    ],
)
def test_refusals(start: Start, request_: bytes, status: int) -> None:
    server = start("--max-body", "1000", "--spares", "0")
    with server.connect() as client:
        client.sendall(request_)
        head = client.recv(65536)
    assert head.split(b" ", 2)[1] == b"%d" % status, head
    assert head.count(b"HTTP/1.1 ") == 1
    assert server.children() == []


def test_a_connection_without_a_byte_is_nothing_to_talk_about(start: Start) -> None:
    server = start("--access-log", quiet=False)
    for _ in range(200):
        server.connect().close()
    server.process.send_signal(signal.SIGTERM)
    assert [line["msg"] for line in server.lines()] == [
        "asked to end (SIGTERM): 0 requests are finished first",
        "ended",
    ]


# ---- many at once ----


def test_a_full_queue(start: Start, tmp_path: Path) -> None:
    server = start("--workers", "1", "--queue", "1")
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(2)]
        for number, client in enumerate(clients):
            go = tmp_path / str(number)
            client.sendall(b"POST /until%%20%s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" % bytes(go))
        _until(lambda: server.ask("/_/ready", b"", "GET")[0] != 200)
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
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        for turn in range(20):
            body = b"%d-%d" % (number, turn) * 100
            connection.request("POST", "/echo", body)
            answer = connection.getresponse()
            if (answer.status, answer.read()) != (200, body):
                wrong.append((number, turn, answer.status))
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_clients_who_leave_end_their_runs(start: Start) -> None:
    server = start("--workers", "1", "--queue", "10", "--spares", "0")
    for _ in range(5):
        with server.connect() as client:
            client.sendall(b"POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            _until(server.children)
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


def test_who_was_silent_for_longest_makes_room(start: Start) -> None:
    server = start("--workers", "1", "--spares", "0", files=200)
    with ExitStack() as stack:
        silent = [stack.enter_context(server.connect()) for _ in range(180)]
        assert server.ask("/output")[0] == 200
        assert silent[0].recv(1) == b""


# ---- ends ----


def test_the_deadline(start: Start) -> None:
    status, headers, _ = start("--timeout", "0.2").ask("/hang")
    assert (status, headers["direktiv-errorcode"]) == (500, "fn.timeout")


def test_an_action_that_is_cancelled(start: Start) -> None:
    server = start("--workers", "1", "--spares", "0")
    with server.connect() as client, server.connect() as waiting:
        for each, action in ((client, b"one"), (waiting, b"two")):
            each.sendall(
                b"POST /wait HTTP/1.1\r\nHost: a\r\nDirektiv-ActionID: %s\r\nContent-Length: 0\r\n\r\n" % action
            )
            _until(server.children)
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
        _until(lambda: len(server.children()) > 1)
        server.process.send_signal(signal.SIGTERM)
        _until(lambda: _is_refused(server))
        (tmp_path / "go").touch()
        assert client.recv(1000).endswith(b"\r\n\r\n5")
    assert server.process.wait(60) == 0


@pytest.mark.parametrize("words", [(), ("--drain", "0.1")])
def test_what_does_not_end_is_ended_with_an_answer(start: Start, words: tuple[str, ...]) -> None:
    server = start("--spares", "0", *words)
    with server.connect() as client:
        client.sendall(b"POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        _until(server.children)
        server.process.send_signal(signal.SIGTERM)
        if not words:
            _until(lambda: _is_refused(server))  # the first signal has been seen
            server.process.send_signal(signal.SIGTERM)
        assert b"Direktiv-ErrorCode: fn.terminated\r\n" in client.recv(4096)
    assert server.process.wait(60) == 0


# ---- nothing of one request can be seen by another ----


def test_no_memory_of_another_request(start: Start, plain_program: Path) -> None:
    server, word = start("--spares", "3", program=plain_program), "swordfish-0451"
    with server.connect() as waiting:
        waiting.sendall(f"POST /wait HTTP/1.1\r\nHost: a\r\nX: {word}\r\nContent-Length: 14\r\n\r\n{word}".encode())
        for _ in range(6):
            assert server.ask("/echo", word.encode(), X=word)[2] == word.encode()
            assert server.ask(f"/search%20{word[::-1]}")[2] == b'"no"'
        assert server.ask(f"/search%20{word[::-1]}", X=word)[2] == b'"yes"'  # its own it finds


def test_no_descriptor_and_no_process_is_left_over(start: Start) -> None:
    server = start("--spares", "0")
    folder = Path(f"/proc/{server.process.pid}/fd")
    counts = []
    for _ in range(3):
        for path in ("/output", "/error", "/orphan", "/signal%209", "/echo") * 20:
            server.ask(path, os.urandom(1000))
        _until(lambda: server.children() == [])
        counts.append(len(list(folder.iterdir())))
    assert counts[0] == counts[1] == counts[2]
