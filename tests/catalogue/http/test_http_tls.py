"""handlers/http_request.py over TLS and through proxies."""

from __future__ import annotations

import base64

import pytest

from entry.info import doctor
from handlers._http import connection
from tests.catalogue.conftest import Root, Run, body_of
from tests.catalogue.http import servers
from tests.catalogue.http.certificates import Certificates
from tests.catalogue.http.servers import Server, redirect
from tests.ports import nobody_listens

# ---- TLS ----


def test_a_server_with_tls(run: Run, secure: Server, certificates: Certificates) -> None:
    seen = run("http_request", {"url": secure.url, "tls": {"ca": certificates.read("ca.pem")}})
    assert body_of(seen)["method"] == "GET"
    run("http_request", {"url": secure.url, "tls": {"ca": certificates.read("other.pem")}}).failed(
        "http.tls", "not trusted"
    )


def test_the_ca_bundle_of_the_image(
    run: Run, secure: Server, certificates: Certificates, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = certificates.folder / "ca.pem"
    monkeypatch.setattr("handlers._http.connection.CA_BUNDLES", (str(bundle),))
    monkeypatch.setitem(root.files, "etc/ssl/certs/ca-certificates.crt", bundle.read_bytes())
    assert body_of(run("http_request", {"url": secure.url}))["method"] == "GET"
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
        assert body_of(seen)["method"] == "GET"
        assert "WARNING: certificates of servers are not verified: `tls.verify` is false" in seen.log
        assert len(server.received) == 1


def test_a_client_with_a_certificate(run: Run, certificates: Certificates) -> None:
    client = (certificates.read("client.pem") + certificates.read("client.key")).encode()
    tls = {"ca": certificates.read("ca.pem"), "certificate": "client.pem"}
    with servers.serving(certificates.context(of_clients=True)) as server:
        seen = run("http_request", {"url": server.url, "tls": tls}, {"client.pem": client})
        assert body_of(seen)["method"] == "GET"
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
        assert body_of(run("http_request", {"url": f"{server.url}/a?b=c"}, environment=environment))["target"] == "/a"
        tls = {"ca": certificates.read("ca.pem")}
        assert body_of(run("http_request", {"url": secure.url, "tls": tls}, environment=environment))["target"] == "/"
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
    with nobody_listens() as port:
        gone = {"HTTP_PROXY": f"http://user:secret@127.0.0.1:{port}"}
        seen = run("http_request", {"url": server.url}, environment=gone)
    seen.failed("http.proxy", f"the proxy 127.0.0.1:{port}: Connection refused")
    for place in ("socks5://127.0.0.1:1", "https://127.0.0.1:1", "http://:secret@", "http://127.0.0.1:secret"):
        seen = run("http_request", {"url": server.url}, environment={"HTTP_PROXY": place})
        seen.failed("http.proxy")
    assert server.received == []
