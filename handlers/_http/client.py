"""One HTTP request, and on to where redirects lead. Knows no retries, and nothing of what a body means.

Nothing here is logged, and no message holds more of a URL than its origin: the rest may be secret.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from entry import FunctionError
from handlers._http import body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

    from entry import Context
    from handlers.http_request import HttpRequest

_REDIRECTS = (301, 302, 303, 307, 308)
_TO_ANYBODY = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent", "connection"})
_OURS = frozenset({"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_HOST = re.compile(r"[\s/\\@#?%<>\"{}|^`]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_IN_A_URL = "/%:;=@&+$,!~*'()?[]"  # what stays as it is: it has a meaning, or is encoded already


class NoAnswerError(Exception):
    """Something on the way failed; `sent` tells whether the server may have seen the request."""

    def __init__(self, code: str, message: str, *, sent: bool) -> None:
        super().__init__(code, message)
        self.code, self.message, self.sent = code, message, sent


@dataclass(frozen=True)
class Url:
    """A URL that was looked at: `http` or `https`, a host, no user, no fragment, every character allowed."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, text: str, code: str = "http.url", base: str = "") -> Url:
        """Raises FunctionError with `code`."""
        from urllib.parse import quote, urljoin, urlsplit

        try:
            if _CONTROL.search(text):
                raise ValueError("there is a control character in it")
            parts = urlsplit(urljoin(base, text))
            host, port = parts.hostname or "", parts.port
            if parts.scheme not in ("http", "https") or not host:
                raise ValueError("expected http:// or https:// and a host")
            if "@" in parts.netloc:
                raise ValueError("a user belongs into `auth`, not into a URL")
            if _NO_HOST.search(host) or port == 0:
                raise ValueError("its host cannot be one")
        except ValueError as error:
            problem = f"the URL: {error}"
        else:
            query = f"?{parts.query}" if parts.query else ""
            port = port or (443 if parts.scheme == "https" else 80)
            return cls(parts.scheme, host, port, quote(f"{parts.path or '/'}{query}", safe=_IN_A_URL))
        raise FunctionError(code, problem)

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


@dataclass(frozen=True)
class Request:
    """What is sent; a redirect changes some of it."""

    url: Url
    method: str
    headers: dict[str, str]
    with_body: bool
    same_origin: bool  # as what the author wrote: others get no secrets


class Answer:
    """An answer whose body is read as its chunks are asked for."""

    def __init__(self, response: HTTPResponse, request: Request) -> None:
        self._response = response
        self._request = request
        self.url, self.origin = str(request.url), request.url.origin
        self.status, self.reason = response.status, response.reason
        self.content_type = self.header("content-type")

    def header(self, name: str) -> str:
        return (self._response.getheader(name) or "").strip()

    def headers(self) -> dict[str, str]:
        names = dict.fromkeys(name.lower() for name in self._response.headers if name.lower() != "set-cookie")
        return {name: ", ".join(self._response.headers.get_all(name, [])) for name in names}

    def cookies(self) -> list[str]:
        return self._response.headers.get_all("set-cookie", [])

    def retry_after(self) -> float:
        """Seconds that the server wants to be left alone."""
        from email.utils import parsedate_to_datetime
        from time import time

        wanted = self.header("retry-after")
        if wanted.isascii() and wanted.isdigit():
            return float(wanted[:9])
        try:
            return max(0.0, parsedate_to_datetime(wanted).timestamp() - time())
        except ValueError:
            return 0

    def chunks(self) -> Iterator[bytes]:
        """The body's bytes, unpacked; raises FunctionError when it is not whole."""
        from http.client import HTTPException

        encoding = "" if self._request.method == "HEAD" else self.header("content-encoding").lower()
        try:
            yield from body.unpacked(self._raw(), encoding)
        except (OSError, ValueError, HTTPException) as error:
            problem = f"{self.origin}: the answer is broken: {error or type(error).__name__}"
        else:
            return
        raise FunctionError("http.response", problem)

    def _raw(self) -> Iterator[bytes]:
        while chunk := self._response.read(1 << 16):
            yield chunk
        if self._response.length:
            raise ValueError(f"it ends {self._response.length} bytes early")


def request_of(data: HttpRequest) -> Request:
    """The first request; raises FunctionError for a URL or a header that cannot be sent."""
    url = Url.parse(data.url)
    if data.query:
        joint = "&" if "?" in url.target else "?"
        url = replace(url, target=f"{url.target}{joint}{body.query_string(data.query)}")
    return Request(url, data.method, _headers(data), with_body=True, same_origin=True)


def _headers(data: HttpRequest) -> dict[str, str]:
    from base64 import b64encode

    kind = body.content_type(data)
    headers = {"user-agent": "fn", "accept": "*/*", "accept-encoding": "gzip, deflate", "connection": "close"}
    if kind:
        headers["content-type"] = kind
    given: dict[str, str] = {}
    for name, value in data.headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _OURS or name.lower() in given:
            raise FunctionError("http.header", f"{name!r} cannot be set: no name of a header, set twice, or fn's own")
        given[name.lower()] = value.strip()
    if data.auth:
        if "authorization" in given:
            raise FunctionError("http.header", "either `auth` or a header `authorization`, not both")
        user = f"{data.auth.username}:{data.auth.password}".encode()
        bearer = data.auth.token is not None
        given["authorization"] = f"Bearer {data.auth.token}" if bearer else f"Basic {b64encode(user).decode()}"
    for name, value in given.items():
        if _CONTROL.search(value.replace("\t", " ")):
            raise FunctionError("http.header", f"{name}: there is a control character in its value")
    return headers | given


@contextmanager
def follow(request: Request, data: HttpRequest, ctx: Context) -> Iterator[Answer]:
    """Sends a request, and on to where redirects lead; the connection is closed at the end of the block.

    Raises NoAnswerError, and FunctionError for a redirect that is not followed.
    """
    for _ in range(data.redirects + 1):
        with _sent(request, data, ctx) as answer:
            place = answer.header("location") if answer.status in _REDIRECTS and data.redirects else ""
            if not place:
                yield answer
                return
        request = _redirected(request, answer.status, place)
    raise FunctionError("http.redirect", f"more than {data.redirects} redirects")


@contextmanager
def _sent(request: Request, data: HttpRequest, ctx: Context) -> Iterator[Answer]:
    from http.client import HTTPException

    from handlers._http.connection import connected

    with connected(request, data, ctx) as route, body.sent(data, ctx, there=request.with_body) as content:
        headers = {name: value.encode() for name, value in {**request.headers, **route.headers}.items()}
        if content is not None and not isinstance(content, bytes):
            headers["content-length"] = str(body.size(content)).encode()
        try:
            route.http.request(request.method, route.target, content, headers)
            response = route.http.getresponse()
        except (OSError, ValueError, HTTPException) as error:
            problem = f"{request.url.origin}: no answer: {error or type(error).__name__}"
        else:
            with response:
                yield Answer(response, request)
            return
    raise NoAnswerError("http.response", problem, sent=True)


def _redirected(request: Request, status: int, place: str) -> Request:
    url = Url.parse(place, "http.redirect", str(request.url))
    if request.url.scheme == "https" and url.scheme == "http":
        raise FunctionError("http.redirect", f"{request.url.origin} leads from https to http: not followed")
    same = url.origin == request.url.origin
    headers = {name: value for name, value in request.headers.items() if same or name in _TO_ANYBODY}
    if (status == 303 and request.method != "HEAD") or (status in (301, 302) and request.method == "POST"):
        headers.pop("content-type", None)
        return Request(url, "GET", headers, with_body=False, same_origin=request.same_origin and same)
    return Request(url, request.method, headers, request.with_body, request.same_origin and same)
