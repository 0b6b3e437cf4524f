"""handlers/http_request.py against real servers on this machine: HTTP, TLS, proxies, and servers that misbehave."""

from __future__ import annotations

import base64
import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from entry.info import doctor
from handlers._http import connection
from tests.catalogue import servers
from tests.catalogue.conftest import Root, Run, Seen
from tests.catalogue.servers import Certificates, Server, answer, raw, redirect

TO = {"scope": "workflow", "name": "answer"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server() -> Iterator[Server]:
    with servers.serving() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Server]:
    with servers.serving() as running:
        yield running


@pytest.fixture
def secure(certificates: Certificates) -> Iterator[Server]:
    with servers.serving(certificates.context()) as running:
        yield running


def _body(seen: Seen) -> Any:
    assert seen.code is None, seen
    return seen.value["body"]


# ---- what is sent ----


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods(run: Run, server: Server, method: str) -> None:
    seen = run("http_request", {"url": server.url, "method": method})
    assert _body(seen)["method"] == method
    assert seen.value["status"] == 200
    assert seen.value["url"] == f"{server.url}/"
    assert seen.value["attempts"] == 1
    assert seen.value["headers"]["content-type"] == "application/json"


def test_head_has_no_body(run: Run, server: Server) -> None:
    server.answers["/"] = answer(200, b"x" * 99, "text/plain", ("content-encoding", "gzip"))
    seen = run("http_request", {"url": server.url, "method": "HEAD"})
    assert _body(seen) == ""
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


# ---- what comes back ----


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b'{"a": 12345678901}', "application/json", {"a": 12345678901}),
        (b"[]", "application/problem+json; charset=utf-8", []),
        ('"ü"'.encode("latin-1"), "application/json; charset=iso-8859-1", "ü"),
        (b"", "application/json", None),
        ("Grüße".encode(), "text/html", "Grüße"),
        ("Größe €".encode("cp1252"), "text/plain; charset=ISO-8859-1", "Größe €"),
        ("Grüße".encode("utf-16"), 'text/plain; charset="UTF-16"', "Grüße"),
        (b"\xef\xbb\xbfa", "text/plain", "a"),
        (b"<a/>", "image/svg+xml", "<a/>"),
        (b"\xff\x00", "image/png", "/wA="),
        (b"\xff\x00", "", "/wA="),
    ],
)
def test_bodies_by_their_type(run: Run, server: Server, content: bytes, kind: str, expected: Any) -> None:
    server.answers["/"] = answer(200, content, kind)
    assert _body(run("http_request", {"url": server.url})) == expected


def test_a_wanted_type(run: Run, server: Server) -> None:
    server.answers["/"] = answer(200, b"[1]", "text/plain")
    bodies = [_body(run("http_request", {"url": server.url, "decode": form})) for form in ("json", "text", "base64")]
    assert bodies == [[1], "[1]", "WzFd"]


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"{", "application/json", "no JSON"),
        (b"[" * 100_000, "application/json", "no JSON"),
        (b"\xff", "text/plain", "byte 0"),
        (b"a", "text/plain; charset=klingon", "'klingon' is not known"),
    ],
)
def test_bodies_that_are_not_what_they_say(run: Run, server: Server, content: bytes, kind: str, words: str) -> None:
    server.answers["/"] = answer(200, content, kind)
    run("http_request", {"url": server.url}).failed("http.body", words)


@pytest.mark.parametrize("encoding", servers.ENCODED)
def test_packed_bodies(run: Run, server: Server, encoding: str) -> None:
    text = "Grüße " * 50_000
    kind = "deflate" if "deflate" in encoding else "gzip"
    packed = servers.ENCODED[encoding](text.encode())
    server.answers["/"] = answer(200, packed, "text/plain", ("content-encoding", kind.upper()))
    assert _body(run("http_request", {"url": server.url})) == text
    server.answers["/"] = answer(200, packed[:-9], "text/plain", ("content-encoding", kind))
    run("http_request", {"url": server.url}).failed("http.response")
    server.answers["/"] = answer(200, b"no " + packed, "text/plain", ("content-encoding", kind))
    run("http_request", {"url": server.url}).failed("http.response")


def test_a_packing_that_is_not_known(run: Run, server: Server) -> None:
    server.answers["/"] = answer(200, b"a", "text/plain", ("content-encoding", "br"))
    run("http_request", {"url": server.url}).failed("http.response", "'br'")


def test_cookies_and_repeated_headers(run: Run, server: Server) -> None:
    headers = [("set-cookie", "a=1; Expires=Wed, 01 Jan"), ("set-cookie", "b=2"), ("x-a", "1"), ("X-A", "2")]
    server.answers["/"] = answer(200, b"", "", *headers)
    seen = run("http_request", {"url": server.url})
    assert seen.value["cookies"] == ["a=1; Expires=Wed, 01 Jan", "b=2"]
    assert seen.value["headers"]["x-a"] == "1, 2"


def test_into_a_variable(run: Run, server: Server) -> None:
    data = bytes(range(256)) * 200_000
    server.answers["/"] = answer(200, gzip.compress(data), "", ("content-encoding", "gzip"))
    seen = run("http_request", {"url": server.url, "most": len(data), "to": TO})
    assert _body(seen) == {**TO, "bytes": len(data)}
    assert seen.variables["workflow"]["answer"] == data


def test_more_than_wanted(run: Run, server: Server) -> None:
    server.answers["/"] = answer(200, b"x" * 1001, "text/plain")
    run("http_request", {"url": server.url, "most": 1000}).failed("http.tooLarge", "`most`")
    seen = run("http_request", {"url": server.url, "most": 1000, "to": TO})
    seen.failed("http.tooLarge")
    assert not any(seen.variables.values())
    bomb = gzip.compress(bytes(300_000_000), 1)
    server.answers["/"] = answer(200, gzip.compress(bomb), "", ("content-encoding", "gzip"))
    run("http_request", {"url": server.url, "most": 100_000}).failed("http.tooLarge")
    server.answers["/"] = answer(200, bomb, "", ("content-encoding", "gzip"))
    run("http_request", {"url": server.url}).failed("http.tooLarge", "16 MiB")


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


# ---- redirects ----


def test_redirects(run: Run, server: Server) -> None:
    server.answers |= {
        "/a": redirect("b?x=1"),
        "/b": redirect("//" + server.url[7:] + "/c"),
        "/c": redirect("/d#e", 308),
    }
    seen = run("http_request", {"url": f"{server.url}/a", "headers": {"authorization": "mine"}})
    assert seen.value["url"] == f"{server.url}/d"
    assert [received.target for received in server.received] == ["/a", "/b?x=1", "/c", "/d"]
    assert {received.headers["authorization"] for received in server.received} == {"mine"}


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"), (307, "POST", "POST"),
     (308, "PUT", "PUT"), (302, "DELETE", "DELETE")],
)  # fmt: skip
def test_what_a_redirect_makes_of_a_request(run: Run, server: Server, status: int, method: str, then: str) -> None:
    server.answers["/"] = redirect("/to", status)
    run("http_request", {"url": server.url, "method": method, "text": "body"})
    assert server.received[1].method == then
    assert server.received[1].body == (b"" if then == "GET" else b"body")


def test_secrets_stay_with_their_origin(run: Run, server: Server, other: Server) -> None:
    """Another port is another origin; so is another host."""
    server.answers["/"] = redirect(f"{other.url}/", 307)
    given = {"url": server.url, "headers": {"Cookie": "a=1", "X-Api-Key": "secret", "Accept": "text/x"}}
    run("http_request", {**given, "auth": {"token": "secret"}})
    (received,) = other.received
    assert not {"authorization", "cookie", "x-api-key"} & set(received.headers)
    assert received.headers["accept"] == "text/x"
    assert "secret" not in str(received.headers)


def test_secrets_do_not_come_back(run: Run, server: Server, other: Server) -> None:
    server.answers["/"] = redirect(f"{other.url}/")
    other.answers["/"] = redirect(f"{server.url}/back")
    run("http_request", {"url": server.url, "auth": {"token": "secret"}})
    assert "authorization" not in server.received[1].headers


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("/", "http.redirect", "more than 5 redirects"),
        ("ftp://127.0.0.1/", "http.redirect", "expected http"),
        ("file:///etc/passwd", "http.redirect", "expected http"),
        ("http://user:password@127.0.0.1/", "http.redirect", "a user"),
        ("http://[/", "http.redirect", ""),
    ],
)
def test_redirects_that_are_not_followed(run: Run, server: Server, place: str, code: str, words: str) -> None:
    server.answers["/"] = redirect(place)
    run("http_request", {"url": server.url}).failed(code, words)


def test_redirects_as_an_answer(run: Run, server: Server) -> None:
    server.answers["/"] = redirect("/to")
    run("http_request", {"url": server.url, "redirects": 0}).failed("http.status.302", "moved")
    seen = run("http_request", {"url": server.url, "redirects": 0, "accept": [302]})
    assert seen.value["headers"]["location"] == "/to"


# ---- retries, times ----


def _failing(times: int, status: int = 503, *headers: tuple[str, str]) -> Any:
    left = [times]

    def once(request: servers.Received) -> Any:
        left[0] -= 1
        return answer(status, b"", "", *headers)(request) if left[0] >= 0 else answer(200, b"ok", "text/plain")(request)

    return once


def test_another_attempt(run: Run, server: Server) -> None:
    server.answers["/"] = _failing(2)
    seen = run("http_request", {"url": server.url, "retry": {"backoff": 0.01}})
    assert (seen.value["body"], seen.value["attempts"]) == ("ok", 3)
    assert [line for line in seen.log if line.startswith("WARNING: attempt ")] == [
        "WARNING: attempt 1: http.status.503; again in 0.0 s", "WARNING: attempt 2: http.status.503; again in 0.0 s",
    ]  # fmt: skip


def test_no_more_attempts(run: Run, server: Server) -> None:
    server.answers["/"] = answer(503, b"busy", "text/plain")
    retry = {"times": 2, "backoff": 0.01}
    run("http_request", {"url": server.url, "retry": retry}).failed("http.status.503", "busy")
    assert len(server.received) == 3


def test_what_may_have_been_carried_out_is_not_repeated(run: Run, server: Server) -> None:
    server.answers["/"] = answer(503)
    given = {"url": server.url, "method": "POST", "retry": {"backoff": 0.01}}
    run("http_request", given).failed("http.status.503")
    assert len(server.received) == 1
    server.answers["/"] = _failing(1)
    given["retry"] = {"backoff": 0.01, "any_method": True}
    assert run("http_request", given).value["attempts"] == 2


def test_a_server_says_when(run: Run, server: Server) -> None:
    server.answers["/"] = _failing(1, 429, ("retry-after", "1"))
    seen = run("http_request", {"url": server.url, "retry": {"backoff": 0.01}})
    assert "again in 1.0 s" in seen.log[0]
    server.answers["/"] = answer(429, b"", "", ("retry-after", "Wed, 21 Oct 2099 07:28:00 GMT"))
    given = {"url": server.url, "retry": {"longest": 600}, "timeout": 30}
    run("http_request", given).failed("http.status.429")  # at once: it would be too late
    server.answers["/"] = _failing(1, 429, ("retry-after", "soon"))
    assert run("http_request", {"url": server.url, "retry": {"backoff": 0.01}}).value["attempts"] == 2


def test_nobody_listens(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    given = {"url": f"http://127.0.0.1:{port}/secret", "method": "POST", "retry": {"times": 2, "backoff": 0.01}}
    seen = run("http_request", given)
    seen.failed("http.connect", f"http://127.0.0.1:{port}: Connection refused")
    assert len(seen.log) == 2
    assert "secret" not in seen.message + "".join(seen.log)


SLOW: list[tuple[list[bytes], float]] = [
    ([], 0),
    ([b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\na"], 0),
    ([b"H", *[b"T"] * 20], 0.1),
    ([b"HTTP/1.1 200 OK\r\n\r\n", *[b"a"] * 20], 0.1),
]


@pytest.mark.parametrize(("pieces", "pause"), SLOW)
def test_a_server_that_does_not_answer_in_time(run: Run, pieces: list[bytes], pause: float) -> None:
    with servers.holding(*pieces, pause=pause) as port:
        run("http_request", {"url": f"http://127.0.0.1:{port}", "timeout": 0.5}).failed("http.timeout", "0.5 s")


def test_the_time_of_the_run_is_a_limit_too(run: Run) -> None:
    with servers.holding() as port:
        run("http_request", {"url": f"http://127.0.0.1:{port}"}, timeout=1).failed("http.timeout")


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"SSH-2.0-OpenSSH\r\n"],
        [b"HTTP/1.1 abc\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nx: " + b"x" * 70_000 + b"\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n"],
        [b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort"],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nab\r\n"],
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nab\r\n"],
    ],
)
def test_answers_that_are_broken(run: Run, pieces: list[bytes]) -> None:
    with servers.talking(raw(*pieces)) as port:
        run("http_request", {"url": f"http://127.0.0.1:{port}"}).failed("http.response", f"http://127.0.0.1:{port}")


def test_an_answer_in_chunks(run: Run) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n"
    with servers.talking(raw(head, b"3\r\nabc\r\n2;x", b"\r\nde\r\n0\r\n\r\n")) as port:
        assert _body(run("http_request", {"url": f"http://127.0.0.1:{port}"})) == "abcde"


# ---- TLS ----


def test_a_server_with_tls(run: Run, secure: Server, certificates: Certificates) -> None:
    seen = run("http_request", {"url": secure.url, "tls": {"ca": certificates.read("ca.pem")}})
    assert _body(seen)["method"] == "GET"
    run("http_request", {"url": secure.url, "tls": {"ca": certificates.read("other.pem")}}).failed(
        "http.tls", "not trusted"
    )


def test_the_ca_bundle_of_the_image(
    run: Run, secure: Server, certificates: Certificates, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = certificates.folder / "ca.pem"
    monkeypatch.setattr("handlers._http.connection.CA_BUNDLES", (str(bundle),))
    monkeypatch.setitem(root.files, "etc/ssl/certs/ca-certificates.crt", bundle.read_bytes())
    assert _body(run("http_request", {"url": secure.url}))["method"] == "GET"
    monkeypatch.setattr("handlers._http.connection.CA_BUNDLES", (str(certificates.folder / "other.pem"),))
    monkeypatch.setitem(root.files, "etc/ssl/certs/ca-certificates.crt", certificates.read("other.pem").encode())
    run("http_request", {"url": secure.url}).failed("http.tls", "not trusted")


def test_an_image_without_a_ca_bundle(
    run: Run, secure: Server, certificates: Certificates, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers._http.connection.CA_BUNDLES", ("/nowhere",))
    run("http_request", {"url": secure.url}).failed("http.tls", "no CA bundle: put one at")
    monkeypatch.setitem(root.files, "mine.pem", certificates.read("ca.pem").encode())
    for place in ("/mine.pem", str(certificates.folder / "ca.pem")):  # in the root, and here
        seen = run("http_request", {"url": secure.url}, environment={"SSL_CERT_FILE": place})
        assert seen.code in (None, "http.tls")
        if seen.code is None:
            return
    raise AssertionError("SSL_CERT_FILE is not used")


@pytest.mark.parametrize(("name", "words"), [("wrong", "127.0.0.1"), ("old", "expired")])
def test_certificates_that_do_not_hold(run: Run, certificates: Certificates, name: str, words: str) -> None:
    with servers.serving(certificates.context(name)) as server:
        run("http_request", {"url": server.url, "tls": {"ca": certificates.read("ca.pem")}}).failed("http.tls", words)
        seen = run("http_request", {"url": server.url, "tls": {"verify": False}})
        assert _body(seen)["method"] == "GET"
        assert "WARNING: certificates of servers are not verified: `tls.verify` is false" in seen.log
        assert len(server.received) == 1


def test_a_client_with_a_certificate(run: Run, certificates: Certificates) -> None:
    client = (certificates.read("client.pem") + certificates.read("client.key")).encode()
    tls = {"ca": certificates.read("ca.pem"), "certificate": "client.pem"}
    with servers.serving(certificates.context(of_clients=True)) as server:
        seen = run("http_request", {"url": server.url, "tls": tls}, {"client.pem": client})
        assert _body(seen)["method"] == "GET"
        assert run("http_request", {"url": server.url, "tls": {"ca": tls["ca"]}}).code in ("http.tls", "http.response")
        with servers.serving() as first:
            first.answers["/"] = redirect(server.url)
            given = {"url": first.url, "tls": tls}
            assert run("http_request", given, {"client.pem": client}).code in ("http.tls", "http.response")
    run("http_request", {"url": server.url, "tls": tls}, {"client.pem": b"none"}).failed("http.tls")


def test_no_pristine_steps_from_https(run: Run, secure: Server, server: Server, certificates: Certificates) -> None:
    secure.answers["/"] = redirect(server.url)
    seen = run("http_request", {"url": secure.url, "tls": {"ca": certificates.read("ca.pem")}})
    seen.failed("http.redirect", "from https to http")
    assert server.received == []


def test_plain_http_where_tls_is(run: Run, server: Server, secure: Server) -> None:
    run("http_request", {"url": f"https://127.0.0.1:{server.port}", "tls": {"verify": False}}).failed("http.tls")
    run("http_request", {"url": f"http://127.0.0.1:{secure.port}"}).failed("http.response")


def test_both_know_the_same_bundles() -> None:
    assert doctor._CA_BUNDLES == connection.CA_BUNDLES


# ---- proxies ----


def test_proxies_of_the_environment(run: Run, server: Server, secure: Server, certificates: Certificates) -> None:
    with servers.proxying() as (port, asked):
        environment = {"HTTP_PROXY": f"http://127.0.0.1:{port}", "HTTPS_PROXY": f"127.0.0.1:{port}"}
        assert _body(run("http_request", {"url": f"{server.url}/a?b=c"}, environment=environment))["target"] == "/a"
        tls = {"ca": certificates.read("ca.pem")}
        assert _body(run("http_request", {"url": secure.url, "tls": tls}, environment=environment))["target"] == "/"
        assert asked == [f"GET {server.url}/a?b=c", f"CONNECT 127.0.0.1:{secure.port}"]
        for name, value in (("NO_PROXY", "127.0.0.1"), ("no_proxy", "*"), ("HTTP_PROXY", "")):
            run("http_request", {"url": server.url}, environment={**environment, name: value})
        assert len(asked) == 2


def test_a_proxy_that_wants_to_know_who_asks(run: Run, server: Server, secure: Server) -> None:
    user = base64.b64encode("ädä:pa ss".encode()).decode()
    with servers.proxying(user) as (port, _):
        known = f"http://%C3%A4d%C3%A4:pa%20ss@127.0.0.1:{port}"
        environment = {"HTTP_PROXY": known, "HTTPS_PROXY": known}
        assert run("http_request", {"url": server.url}, environment=environment).code is None
        tls = {"verify": False}
        assert run("http_request", {"url": secure.url, "tls": tls}, environment=environment).code is None
        assert "proxy-authorization" not in secure.received[0].headers
        stranger = {"HTTP_PROXY": f"127.0.0.1:{port}", "HTTPS_PROXY": f"127.0.0.1:{port}"}
        run("http_request", {"url": server.url}, environment=stranger).failed("http.status.407")
        run("http_request", {"url": secure.url, "tls": tls}, environment=stranger).failed("http.proxy", "407")


def test_proxies_that_cannot_be_used(run: Run, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gone = {"HTTP_PROXY": f"http://user:secret@127.0.0.1:{port}"}
    seen = run("http_request", {"url": server.url}, environment=gone)
    seen.failed("http.proxy", f"the proxy 127.0.0.1:{port}: Connection refused")
    for place in ("socks5://127.0.0.1:1", "https://127.0.0.1:1", "http://:secret@", "http://127.0.0.1:secret"):
        seen = run("http_request", {"url": server.url}, environment={"HTTP_PROXY": place})
        seen.failed("http.proxy")
    assert server.received == []


# ---- addresses ----


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0", "10.0.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]",
     "192.168.0.1", "2130706433", "0x7f000001", "127.1", "[2002:7f00:1::]", "224.0.0.1"],
)  # fmt: skip
def test_addresses_that_are_not_public(run: Run, server: Server, host: str) -> None:
    given = {"url": f"http://{host}:{server.port}/", "public_only": True}
    run("http_request", given).failed("http.address")
    assert server.received == []


def test_a_redirect_to_an_address_that_is_not_public(run: Run, server: Server) -> None:
    """Every connection is looked at, not only the first."""
    assert run("http_request", {"url": server.url}).code is None
    with servers.proxying() as (port, asked):
        environment = {"HTTP_PROXY": f"127.0.0.1:{port}"}
        given = {"url": "http://93.184.216.34/", "public_only": True}
        run("http_request", given, environment=environment).failed("http.address", "through a proxy")
    assert asked == []


def test_ipv6(run: Run) -> None:
    with servers.serving(host="::1") as server:
        assert _body(run("http_request", {"url": server.url}))["headers"]["host"] == f"[::1]:{server.port}"


# ---- names ----


def test_names_are_looked_up(root: Root, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """With /etc/resolv.conf and a CA bundle in the root, as container engines and images have them."""
    monkeypatch.setitem(root.files, "etc/resolv.conf", b"nameserver 127.0.0.2\noptions timeout:1 attempts:1\n")
    monkeypatch.setitem(root.files, "etc/ssl/certs/ca-certificates.crt", certificates.read("ca.pem").encode())
    with servers.naming("127.0.0.2", {"service.test": "127.0.0.1"}), servers.serving(certificates.context()) as server:
        given = {"url": f"https://Service.Test:{server.port}/"}
        seen = root.run("http_request", json.dumps(given).encode(), {}, {}, [])
        assert _body(seen)["headers"]["host"] == f"service.test:{server.port}"
        missing = json.dumps({"url": "http://missing.test/"}).encode()
        root.run("http_request", missing, {}, {}, []).failed("http.connect", "the name cannot be looked up")
        rebound = json.dumps({"url": f"http://service.test:{server.port}/", "public_only": True}).encode()
        root.run("http_request", rebound, {}, {}, []).failed("http.address", "not public")


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


# ---- announcements ----


@pytest.mark.parametrize("codes", [(103,), (100, 103, 103), (102, 199)])
def test_announcements_are_passed_over(run: Run, codes: tuple[int, ...]) -> None:
    before = b"".join(b"HTTP/1.1 %d Early\r\nLink: </a.css>; rel=preload\r\n\r\n" % code for code in codes)
    final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
    with servers.talking(raw(before + final)) as port:
        seen = run("http_request", {"url": f"http://127.0.0.1:{port}"})
    assert (_body(seen), seen.value["status"]) == ("ok", 200)
    assert "link" not in seen.value["headers"]


def test_a_byte_order_mark_does_not_stick(run: Run, server: Server) -> None:
    server.answers["/"] = answer(200, b'\xef\xbb\xbf{"a": 1}', "application/json")
    assert _body(run("http_request", {"url": server.url})) == {"a": 1}
    server.answers["/"] = answer(200, "\ufeffa".encode("utf-16-le"), "text/plain; charset=utf-16le")
    assert _body(run("http_request", {"url": server.url})) == "a"


def test_an_answer_may_be_deep(run: Run, server: Server) -> None:
    document = b"[" * 900 + b"7" * 310 + b"]" * 900
    server.answers["/"] = answer(200, document, "application/json")
    seen = run("http_request", {"url": server.url, "to": TO})
    assert seen.variables["workflow"]["answer"] == document
