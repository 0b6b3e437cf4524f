"""Which proxy of the environment a request goes through, by the rules of urllib.request.

They are written here because urllib.request imports clients of other protocols, cookies and archives, in each run.
"""

from __future__ import annotations

import os
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from entry import FunctionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers._http.messages import Url


def proxy_for(url: Url) -> tuple[str, int, dict[str, str]] | None:
    """Return host, port and headers of the proxy for a URL; raise FunctionError for one that cannot be used."""
    place = setting(os.environ, url.scheme)
    if not place or is_exempt(url.host, url.port, setting(os.environ, "no")):
        return None
    try:
        parts = urlsplit(place if "://" in place else f"http://{place}")
        host, port = parts.hostname, parts.port or 80
        if parts.scheme != "http" or not host or ":" in url.host:
            raise ValueError("only http:// proxies can be used, and not for an IPv6 address")
    except ValueError as error:
        problem = f"the proxy for {url.scheme}: {error}"
    else:
        if parts.username is None:
            return host, port, {}
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return host, port, {"Proxy-Authorization": f"Basic {b64encode(user.encode()).decode()}"}
    raise FunctionError("http.proxy", problem)


def setting(environment: Mapping[str, str], scheme: str) -> str:
    """Return the value of `http_proxy` or its kin, or nothing.

    In small letters it counts before any other, even when it is empty. Of a CGI program HTTP_PROXY would be what its
    caller sends as the header `Proxy`, so it does not count there.
    """
    value = environment.get(f"{scheme}_proxy")
    if value is None and not (scheme == "http" and "REQUEST_METHOD" in environment):
        values = (each for name, each in environment.items() if name.lower() == f"{scheme}_proxy" and each)
        value = next(values, None)
    return value or ""


def is_exempt(host: str, port: int, exempt: str) -> bool:
    """Return whether a host, with its port or without, is one of `no_proxy`, or in a domain of it."""
    if exempt == "*":
        return True
    places = host.lower(), f"{host}:{port}".lower()
    names = (name.strip().lstrip(".").lower() for name in exempt.split(","))
    return any(place == name or place.endswith(f".{name}") for name in names if name for place in places)
