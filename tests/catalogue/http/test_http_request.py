"""handlers/http_request.py against real servers on this machine: what is sent, statuses, the log."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest

from tests.catalogue.conftest import Run, body_of
from tests.catalogue.http.servers import Server, answer

# ---- what is sent ----


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods(run: Run, server: Server, method: str) -> None:
    seen = run("http_request", {"url": server.url, "method": method})
    assert body_of(seen)["method"] == method
    assert seen.value["status"] == 200
    assert seen.value["url"] == f"{server.url}/"
    assert seen.value["attempts"] == 1
    assert seen.value["headers"]["content-type"] == "application/json"


def test_head_has_no_body(run: Run, server: Server) -> None:
    server.answers["/"] = answer(200, b"x" * 99, "text/plain", ("content-encoding", "gzip"))
    seen = run("http_request", {"url": server.url, "method": "HEAD"})
    assert body_of(seen) == ""
    assert seen.value["headers"]["content-length"] == "99"


def test_query_and_headers(run: Run, server: Server) -> None:
    given = {
        "url": f"{server.url}/a b/ü?x=1#part", "query": {"y": ["ä&", 2], "z": True, "f": 1.5},
        "headers": {"X-Mine": "  ü \t", "Accept": "text/plain"},
    }  # fmt: skip
    run("http_request", given)
    (received,) = server.received
    assert received.target.startswith("/a%20b/%C3%BC?x=1&")
    assert received.query == [("x", "1"), ("y", "ä&"), ("y", "2"), ("z", "true"), ("f", "1.5")]
    assert received.headers["x-mine"].encode("latin-1").decode() == "ü"
    assert received.headers["accept"] == "text/plain"
    assert received.headers["user-agent"] == "fn"
    assert received.headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    ("body", "kind", "sent"),
    [
        ({"json": {"a": [1, None, "ü"]}}, "application/json", '{"a":[1,null,"ü"]}'.encode()),
        ({"json": None}, "application/json", b"null"),
        ({"form": {"a": "ä b", "c": [1, True]}}, "application/x-www-form-urlencoded", b"a=%C3%A4+b&c=1&c=true"),
        ({"text": "Grüße"}, "text/plain; charset=utf-8", "Grüße".encode()),
        ({"base64": "/wA="}, "application/octet-stream", b"\xff\x00"),
        ({"variable": "data.bin"}, "application/octet-stream", bytes(range(256)) * 5000),
        ({"text": "<a/>", "headers": {"content-type": "text/xml"}}, "text/xml", b"<a/>"),
    ],
)
def test_bodies(run: Run, server: Server, body: dict[str, Any], kind: str, sent: bytes) -> None:
    run("http_request", {"url": server.url, "method": "POST", **body}, {"data.bin": sent})
    (received,) = server.received
    assert (received.headers["content-type"], received.body) == (kind, sent)
    assert received.headers["content-length"] == str(len(sent))


def test_credentials(run: Run, server: Server) -> None:
    run("http_request", {"url": server.url, "auth": {"username": "Ada", "password": "pass:wörd"}})
    run("http_request", {"url": server.url, "auth": {"token": "abc"}})
    basic, bearer = (received.headers["authorization"] for received in server.received)
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == "Ada:pass:wörd"
    assert bearer == "Bearer abc"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"url": "ftp://127.0.0.1/"}, "http.url"),
        ({"url": "file:///etc/passwd"}, "http.url"),
        ({"url": "http://"}, "http.url"),
        ({"url": "127.0.0.1"}, "http.url"),
        ({"url": "http://user:secret@127.0.0.1/"}, "http.url"),
        ({"url": "http://127.0.0.1:0/"}, "http.url"),
        ({"url": "http://127.0.0.1:99999/"}, "http.url"),
        ({"url": "http://[::1/"}, "http.url"),
        ({"url": "http://good.test\\@evil.test/"}, "http.url"),
        ({"url": "http://good.test\\.evil.test/"}, "http.url"),
        ({"url": "http://127.0.0.1/\r\nX-Injected: 1"}, "http.url"),
        ({"url": "http://127.0.0.1\t/"}, "http.url"),
        ({"url": "http://a b/"}, "http.url"),
        ({"headers": {"X-A": "1\r\nX-Injected: 1"}}, "http.header"),
        ({"headers": {"X-A": "1\nX-Injected: 1"}}, "http.header"),
        ({"headers": {"X-A": "\x00"}}, "http.header"),
        ({"headers": {"X-A\r\nX-Injected": "1"}}, "http.header"),
        ({"headers": {"X A": "1"}}, "http.header"),
        ({"headers": {"": "1"}}, "http.header"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "http.header"),
        ({"headers": {"Host": "evil.test"}}, "http.header"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "http.header"),
        ({"headers": {"content-length": "3"}}, "http.header"),
        ({"headers": {"authorization": "a"}, "auth": {"token": "b"}}, "http.header"),
        ({"auth": {"token": "a\r\nX-Injected: 1"}}, "http.header"),
        ({"base64": "?", "method": "POST"}, "http.body"),
        ({"variable": "none", "method": "POST"}, "fn.variable.missing"),
        ({"tls": {"ca": "no PEM"}, "url": "https://127.0.0.1/"}, "http.tls"),
    ],
)
def test_what_is_not_sent(run: Run, server: Server, given: dict[str, Any], code: str) -> None:
    seen = run("http_request", {"url": server.url, **given})
    seen.failed(code)
    assert "secret" not in seen.message
    assert server.received == []


# ---- statuses ----


def test_statuses_are_codes(run: Run, server: Server) -> None:
    server.answers["/"] = answer(404, b'{"reason": "gr\xc3\xbcn"}', "application/json")
    run("http_request", {"url": server.url}).failed("http.status.404", '404 Not Found: {"reason": "grün"}')
    server.answers["/"] = answer(500, b"\xff\xff", "image/png")
    seen = run("http_request", {"url": server.url})
    assert (seen.code, seen.message) == ("http.status.500", "500 Internal Server Error")
    server.answers["/"] = answer(503, gzip.compress(b"x" * 1_000_000), "text/plain", ("content-encoding", "gzip"))
    seen = run("http_request", {"url": server.url})
    assert len(seen.message) == len("503 Service Unavailable: ") + 65_536
    server.answers["/"] = answer(400, b"no gzip", "text/plain", ("content-encoding", "gzip"))
    assert run("http_request", {"url": server.url}).message == "400 Bad Request"


def test_accepted_statuses(run: Run, server: Server) -> None:
    server.answers["/"] = answer(404, b"[]", "application/json")
    seen = run("http_request", {"url": server.url, "accept": [404]})
    assert (seen.value["status"], seen.value["body"]) == (404, [])
    server.answers["/"] = answer(204)
    assert run("http_request", {"url": server.url}).value["status"] == 204


# ---- the log, and inputs ----


def test_no_secret_is_logged(run: Run, server: Server) -> None:
    given = {
        "url": f"{server.url}/secret/path?token=secret", "method": "POST", "json": {"a": "secret"},
        "headers": {"x-key": "secret"}, "auth": {"token": "secret"}, "query": {"q": "secret"},
    }  # fmt: skip
    seen = run("http_request", given)
    assert len(seen.log) == 1
    assert seen.log[0].startswith(f"POST {server.url}: 200, ")
    assert "secret" not in seen.log[0]


def test_inputs_that_do_not_fit(run: Run) -> None:
    url = "http://127.0.0.1:1/"
    for wrong in (
        {}, {"url": 1}, {"url": url, "method": "FETCH"}, {"url": url, "text": "a", "json": 1}, {"url": url, "auth": {}},
        {"url": url, "auth": {"token": "a", "username": "b"}}, {"url": url, "redirects": 21},
        {"url": url, "timeout": 0},
        {"url": url, "headers": {"a": 1}}, {"url": url, "retry": {"times": 11}}, {"url": url, "accept": [99]},
        {"url": url, "tls": {"insecure": True}}, {"url": "http://" + "a" * 70_000}, {"url": url, "body": "a"},
    ):  # fmt: skip
        run("http_request", wrong).failed("fn.input.mismatch", "$")
