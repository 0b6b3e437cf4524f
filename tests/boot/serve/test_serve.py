"""What the host of HTTP answers, under the sanitizers, with functions in C: by the rules of docs/hosts.md."""

from __future__ import annotations

import http.client
import json
import random

import pytest

from tests.boot.serving import Start, rest, until


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


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://a/output", 200),
        (b"HTTPS://a.example:80/output?b", 200),
        (b"http://a/healthz", 500),
        (b"http://a", 500),
        (b"http://a?output", 500),
        (b"http://", 500),
    ],
)
def test_a_target_as_proxies_are_sent_it(start: Start, target: bytes, status: int) -> None:
    """It names the same as its path alone: here `output`, a health path, which is one only for GET, or no handler."""
    answer = start().raw(b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % target)
    assert answer.split(b" ", 2)[1] == b"%d" % status, answer


@pytest.mark.parametrize("which", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 50, 99])
def test_headers_of_a_result_are_those_of_an_event(start: Start, which: int) -> None:
    """C code of a handler may write anything into the report: none of it can become another answer."""
    status, headers, body = start().ask(f"/head%20{which}")
    assert (status, body) == (200, b"7")
    wanted = {"content-length": "1", "content-type": "application/octet-stream"}
    assert headers == (wanted | {"content-type": "text/plain", "ce-id": "a"} if which == 0 else wanted)


@pytest.mark.parametrize("handler", ["orphan", "stay", "flood"])
def test_what_is_left_behind(start: Start, handler: str) -> None:
    server = start("--spares", "0")
    assert server.ask(f"/{handler}")[0] == 200
    assert server.ask("/output")[0] == 200
    until(lambda: server.children() == [])
    server.end()


def test_a_result_without_end(start: Start) -> None:
    status, headers, body = start().ask("/fill")
    assert (status, int(headers["content-length"]), len(body)) == (200, 128 << 20, 128 << 20)


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 1_000_000, 9_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies(start: Start, length: int, chunked: bool) -> None:
    server, body = start(), random.Random(length).randbytes(length)
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for _ in range(2):
        parts = iter([body[:1], body[1:70_000], body[70_000:]]) if chunked else body
        client.request(
            "POST", "/echo", parts, encode_chunked=chunked, headers={"Transfer-Encoding": "chunked"} if chunked else {}
        )
        answer = client.getresponse()
        assert answer.read() == body
    client.close()


def test_bodies_that_just_fit_behind_their_head(start: Start) -> None:
    """And those that just do not: the memory for both has 16 KB, the head of these requests some 80 bytes of it."""
    client = http.client.HTTPConnection("127.0.0.1", start().port, timeout=60)
    for length in range(16_384 - 110, 16_384 - 50):
        body = random.Random(length).randbytes(length)
        client.request("POST", "/echo", body)
        assert client.getresponse().read() == body
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
        assert rest(client).endswith(b"abc")


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
