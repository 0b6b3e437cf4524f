"""handlers/http_request.py: redirects, and addresses and names that they and others lead to."""

from __future__ import annotations

import json
from ipaddress import ip_address

import pytest

from handlers._http.connection import _is_public
from tests.catalogue.conftest import Root, Run, body_of
from tests.catalogue.http import servers
from tests.catalogue.http.certificates import Certificates
from tests.catalogue.http.name_server import naming
from tests.catalogue.http.servers import Server, redirect

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


# ---- addresses ----


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0", "10.0.0.1", "169.254.169.254", "[fe80::1]", "[fd00::1]",
     "192.168.0.1", "2130706433", "0x7f000001", "127.1", "[2002:7f00:1::]", "224.0.0.1", "[64:ff9b::7f00:1]",
     "[64:ff9b::a00:1]", "[64:ff9b:1::1]", "[::127.0.0.1]", "[::a9fe:a9fe]", "[fec0::1]"],
)  # fmt: skip
def test_addresses_that_are_not_public(run: Run, server: Server, host: str) -> None:
    given = {"url": f"http://{host}:{server.port}/", "public_only": True}
    run("http_request", given).failed("http.address")
    assert server.received == []


@pytest.mark.parametrize("text", ["93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822", "::5db8:d822"])
def test_addresses_that_are_public(text: str) -> None:
    assert _is_public(ip_address(text))


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
        assert body_of(run("http_request", {"url": server.url}))["headers"]["host"] == f"[::1]:{server.port}"


# ---- names ----


def test_names_are_looked_up(root: Root, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """With /etc/resolv.conf and a CA bundle in the root, as container engines and images have them."""
    monkeypatch.setitem(root.files, "etc/resolv.conf", b"nameserver 127.0.0.2\noptions timeout:30 attempts:1\n")
    monkeypatch.setitem(root.files, "etc/ssl/certs/ca-certificates.crt", certificates.read("ca.pem").encode())
    with naming("127.0.0.2", {"service.test": "127.0.0.1"}), servers.serving(certificates.context()) as server:
        given = {"url": f"https://Service.Test:{server.port}/"}
        seen = root.run("http_request", json.dumps(given).encode(), {}, {}, [])
        assert body_of(seen)["headers"]["host"] == f"service.test:{server.port}"
        missing = json.dumps({"url": "http://missing.test/"}).encode()
        root.run("http_request", missing, {}, {}, []).failed("http.connect", "the name cannot be looked up")
        rebound = json.dumps({"url": f"http://service.test:{server.port}/", "public_only": True}).encode()
        root.run("http_request", rebound, {}, {}, []).failed("http.address", "not public")
