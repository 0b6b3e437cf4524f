"""Open connections for client.py: through proxies of the environment, with TLS, to permitted addresses."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entry import FunctionError
from handlers._http.messages import NoAnswerError
from handlers._http.proxy import proxy_for

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator
    from http.client import HTTPConnection

    from entry import Context
    from handlers._http.messages import Request, Url
    from handlers._http.models import HttpRequest, Tls

# Where images have their CA bundle; entry/info/doctor.py tells what is there.
CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt")
# What IPv6 addresses begin with that end in one of IPv4 to which they lead: compatible ones, and those of NAT64
# (RFC 6052); a network's own NAT64 (RFC 8215) has its form from nobody else.
_WITH_IPV4 = (bytes(12), b"\0\x64\xff\x9b" + bytes(8))
_OWN_NAT64 = b"\0\x64\xff\x9b\0\1"


@dataclass(frozen=True)
class Route:
    """A connection that is open, and what a request over it needs: its target, headers for a proxy."""

    http: HTTPConnection
    target: str
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def connected(request: Request, data: HttpRequest, ctx: Context) -> Iterator[Route]:
    """Connect; raise NoAnswerError if there is no connection, FunctionError if there may be none."""
    route = _route(request, data, ctx)
    try:
        _connect(route.http, request.url, data.connect_timeout)
        yield route
    finally:
        route.http.close()


def _route(request: Request, data: HttpRequest, ctx: Context) -> Route:
    from http.client import HTTPConnection, HTTPSConnection

    from handlers._http.interim import Response

    url, proxy = request.url, proxy_for(request.url)
    host, port, credentials = proxy or (url.host, url.port, {})
    target, headers = url.target, dict[str, str]()
    http: HTTPConnection
    if url.scheme == "https":
        context = _tls_context(data.tls, ctx, identified=request.same_origin)
        http = HTTPSConnection(host, port, timeout=data.connect_timeout, context=context)
        if proxy:
            http.set_tunnel(url.host, url.port, credentials)
    else:
        http = HTTPConnection(host, port, timeout=data.connect_timeout)
        if proxy:
            target, headers = str(url), credentials
    http.response_class = Response
    if data.public_only:
        if proxy:
            raise FunctionError("http.address", "`public_only` cannot be seen to through a proxy")
        http._create_connection = _to_public_address  # type: ignore[attr-defined]  # what its connect() calls
    return Route(http, target, headers)


def _connect(http: HTTPConnection, url: Url, timeout: float) -> None:
    import socket
    import ssl

    place = f"{url.origin}" if (http.host, http.port) == (url.host, url.port) else f"the proxy {http.host}:{http.port}"
    code = "http.connect" if place == url.origin else "http.proxy"
    try:
        http.connect()
        http.sock.settimeout(None)  # from here on the request's own limit of time holds
        return
    except ssl.SSLCertVerificationError as error:
        code, problem = "http.tls", f"{url.origin}: the certificate is not trusted: {error.verify_message}"
    except ssl.SSLError as error:
        code, problem = "http.tls", f"{url.origin}: {error.reason or error}"
    except TimeoutError:
        problem = f"{place}: no connection within {timeout:g} s"
    except socket.gaierror as error:
        problem = f"{place}: the name cannot be looked up: {error.strerror}"
    except OSError as error:
        problem = f"{place}: {error.strerror or error}"  # of a tunnel that a proxy refuses: its own words
    except UnicodeError:
        problem = f"{place}: its name cannot be looked up"
    raise NoAnswerError(code, problem, sent=False)


def _tls_context(tls: Tls, ctx: Context, *, identified: bool) -> ssl.SSLContext:
    import ssl

    bundles = (os.environ.get("SSL_CERT_FILE", ""), *CA_BUNDLES)
    bundle = next((path for path in bundles if path and os.path.isfile(path)), None)  # noqa: PTH113
    if tls.verify and tls.ca is None and bundle is None:
        advice = f"put one at {CA_BUNDLES[0]}, or give certificates as `tls.ca`"
        raise FunctionError("http.tls", f"the image has no CA bundle: {advice}")
    try:
        context = ssl.create_default_context(cafile=bundle if tls.ca is None else None, cadata=tls.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if tls.certificate is not None and identified:
            context.load_cert_chain(ctx.variables[tls.certificate].path, password=_no_password)
    except (OSError, ValueError) as error:
        problem = f"its certificates cannot be used: {error}"
    else:
        if not tls.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    raise FunctionError("http.tls", problem)


def _no_password() -> str:
    raise ValueError("the key wants a password")


def _to_public_address(address: tuple[str, int], timeout: float, *more: Any) -> socket.socket:
    """Return a connection to an address that everybody can reach: what a name leads to is checked before use."""
    import socket
    from ipaddress import ip_address

    host, port = address
    found = dict.fromkeys(str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    failure: OSError = OSError("no address")
    for place in found:
        if not _is_public(ip_address(place.partition("%")[0])):
            raise FunctionError("http.address", f"{host} has an address that is not public")
    for place in found:
        try:
            return socket.create_connection((place, port), timeout)
        except OSError as error:
            failure = error
    raise failure


def _is_public(address: Any) -> bool:
    """Return whether an address, and the one that is written inside of it, is of the public internet."""
    from ipaddress import IPv4Address

    inner = [getattr(address, name, None) for name in ("ipv4_mapped", "sixtofour")]
    inner += getattr(address, "teredo", None) or ()
    if address.version == 6 and address.packed[:12] in _WITH_IPV4:
        inner.append(IPv4Address(address.packed[12:]))
    if address.version == 6 and (address.is_site_local or address.packed[:6] == _OWN_NAT64):
        return False
    return all(each.is_global and not each.is_multicast for each in [address, *filter(None, inner)])
