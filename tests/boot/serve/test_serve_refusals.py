"""What the host of HTTP takes for no request, or for more than it takes."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.boot.serving import Start


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
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n", 400),
        (b"POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        # what would come only when it is asked for
        (
            b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n"
            b"Content-Type: application/cloudevents-batch\r\n\r\n",
            415,
        ),
        (b"POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n", 400),
        # a body that would be taken for another than it is
        (b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (
            b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            501,
        ),
        (b"POST /echo HTTP/2.0\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 505),
        (b"GET /echo\r\n\r\n", 400),
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


def test_fields_behind_a_body_are_no_headers(start: Start) -> None:
    """A proxy in front has judged the headers, and may have set one of the same name."""
    trailer = b"Host: b\r\nDirektiv-ActionID: stolen\r\nX-User: root\r\n"
    head = b"POST /request HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = start().raw(head + b"1\r\na\r\n0\r\n" + trailer + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    lines = answer.partition(b"\r\n\r\n")[2].split(b"\n")
    assert b"x-own" in lines
    assert not {b"x-user", b"root", b"direktiv-actionid", b"stolen", b"b"} & {*lines}


def test_http_1_0_is_not_asked_to_go_on(start: Start) -> None:
    """It knows no answer before the last (RFC 9110, 10.1.1)."""
    answer = start().raw(b"POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def _refused(program: Path, *words: str, files: int = 64) -> tuple[int, str]:
    """Status and words of a server that does not start."""
    command: list[str | Path] = ["prlimit", f"--nofile={files}:{files}", program, "serve", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stderr


def test_a_server_that_could_answer_nobody_does_not_start(program: Path) -> None:
    status, said = _refused(program, "--port", "0", files=8)
    assert (status, "allow more (ulimit -n)" in said) == (1, True), said


@pytest.mark.parametrize("address", ["localhost", "[::1]", "256.1.1.1"])
def test_a_name_is_no_address(program: Path, address: str) -> None:
    expected = "fn: serve: --address: expected an IPv4 or IPv6 address, such as 127.0.0.1 or ::1\n"
    assert _refused(program, "--port", "0", "--address", address) == (2, expected)


@pytest.mark.parametrize(
    ("words", "variable", "complaint"),
    [
        (["--colour=red"], None, "--colour=red: no such option of `fn serve`; see fn --help"),
        (["--port"], None, "--port: a value is missing"),
        (["--address="], None, "--address: the value is empty"),
        (["--port", "65536"], None, "--port: expected a whole number that is not too large"),
        (["--port", "80"], ("PORT", "http"), "PORT: expected a whole number that is not too large"),
        (["--max-body=1T"], None, "--max-body: expected a size such as 500K, 32M or 1G"),
        (["--max-body=17179869185G"], None, "--max-body: expected a size such as 500K, 32M or 1G"),  # 1G past 64 bits
        ([], ("FN_DRAIN", "soon"), "FN_DRAIN: expected seconds such as 30 or 0.5"),
        (["--access-log=yes"], None, "--access-log: expected 0 or 1"),
        (["--log-format", "xml"], None, "--log-format: expected json or text"),
        (["--workers", "0"], None, "--workers: expected at least 1"),
        (["a", "--", "-b"], None, "one handler can be named: what is -b?"),
        (["a" * 300], None, f"{'a' * 32}...: no handler has such a name"),
    ],
)
def test_a_wrong_option_is_named(
    program: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], variable: tuple[str, str] | None, complaint: str
) -> None:
    if variable:
        monkeypatch.setenv(*variable)
    assert _refused(program, *words) == (2, f"fn: serve: {complaint}\n")


@pytest.mark.parametrize("option", ["--port", "--metrics-port"])
def test_a_port_that_is_taken_is_named(program: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ["--address", "127.0.0.1", "--port", "0", option, str(port)]
        status, said = _refused(program, *words)
    assert status == 1
    assert f"fn: serve: cannot listen at 127.0.0.1, port {port}: Address already in use; choose another" in said


def test_a_connection_without_a_byte_is_nothing_to_talk_about(start: Start) -> None:
    server = start("--access-log", quiet=False)
    for _ in range(200):
        server.connect().close()
    server.process.send_signal(signal.SIGTERM)
    assert [line["msg"] for line in server.lines()] == [
        "asked to end (SIGTERM): 0 requests are finished first",
        "ended",
    ]
