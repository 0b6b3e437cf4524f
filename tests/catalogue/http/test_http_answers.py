"""handlers/http_request.py: what servers answer, and what becomes of it."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest

from tests.catalogue.conftest import Run, body_of
from tests.catalogue.http import servers
from tests.catalogue.http.servers import Server, answer, raw

TO = {"scope": "workflow", "name": "answer"}


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
    assert body_of(run("http_request", {"url": server.url})) == expected


def test_a_wanted_type(run: Run, server: Server) -> None:
    server.answers["/"] = answer(200, b"[1]", "text/plain")
    bodies = [body_of(run("http_request", {"url": server.url, "decode": form})) for form in ("json", "text", "base64")]
    assert bodies == [[1], "[1]", "WzFd"]


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"{", "application/json", "no JSON"),
        (b"[" * 100_000, "application/json", "no JSON"),
        (b"\xff", "text/plain", "byte 0"),
        (b"a", "text/plain; charset=klingon", "'klingon' is not known"),
        (b"a", "text/plain; charset=undefined", "is not undefined: "),
        (b"\\x", "text/plain; charset=punycode", "is not punycode: "),
        (b"a", 'text/plain; charset="a\0b"', "is not known"),
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
    assert body_of(run("http_request", {"url": server.url})) == text
    server.answers["/"] = answer(200, packed[:-9], "text/plain", ("content-encoding", kind))
    run("http_request", {"url": server.url}).failed("http.response")
    server.answers["/"] = answer(200, b"no " + packed, "text/plain", ("content-encoding", kind))
    run("http_request", {"url": server.url}).failed("http.response")


def test_a_packing_whose_end_zlib_holds_back(run: Run, server: Server) -> None:
    """All is read, and more than a piece of the answer is not given out yet."""
    text = "\0" * ((1 << 20) + 50)
    packed = zlib.compress(text.encode(), 9, wbits=-15)
    server.answers["/"] = answer(200, packed, "text/plain", ("content-encoding", "deflate"))
    assert body_of(run("http_request", {"url": server.url})) == text


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", '"a\0b"'])
def test_an_error_whose_text_cannot_be_read(run: Run, server: Server, charset: str) -> None:
    server.answers["/"] = answer(404, b"\\x\xff", f"text/plain; charset={charset}")
    run("http_request", {"url": server.url}).failed("http.status.404", "404 Not Found")


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
    assert body_of(seen) == {**TO, "bytes": len(data)}
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


# ---- announcements ----


@pytest.mark.parametrize("codes", [(103,), (100, 103, 103), (102, 199)])
def test_announcements_are_passed_over(run: Run, codes: tuple[int, ...]) -> None:
    before = b"".join(b"HTTP/1.1 %d Early\r\nLink: </a.css>; rel=preload\r\n\r\n" % code for code in codes)
    final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
    with servers.talking(raw(before + final)) as port:
        seen = run("http_request", {"url": f"http://127.0.0.1:{port}"})
    assert (body_of(seen), seen.value["status"]) == ("ok", 200)
    assert "link" not in seen.value["headers"]


def test_a_byte_order_mark_does_not_stick(run: Run, server: Server) -> None:
    server.answers["/"] = answer(200, b'\xef\xbb\xbf{"a": 1}', "application/json")
    assert body_of(run("http_request", {"url": server.url})) == {"a": 1}
    server.answers["/"] = answer(200, "\ufeffa".encode("utf-16-le"), "text/plain; charset=utf-16le")
    assert body_of(run("http_request", {"url": server.url})) == "a"


def test_an_answer_may_be_deep(run: Run, server: Server) -> None:
    document = b"[" * 900 + b"7" * 310 + b"]" * 900
    server.answers["/"] = answer(200, document, "application/json")
    seen = run("http_request", {"url": server.url, "to": TO})
    assert seen.variables["workflow"]["answer"] == document
