"""Send an HTTP request, and follow redirects. Know no retries, and nothing of what a body means.

Nothing here is logged, and no message holds more of a URL than its origin: the rest may be secret.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from entry import FunctionError
from handlers._http import body
from handlers._http.messages import CONTROL, Answer, NoAnswerError, Request, Url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from entry import Context
    from handlers._http.models import HttpRequest

_REDIRECTS = (301, 302, 303, 307, 308)
_TO_ANYBODY = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent", "connection"})
_OURS = frozenset({"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def request_of(data: HttpRequest) -> Request:
    """Return the first request; raise FunctionError for a URL or a header that cannot be sent."""
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
        if CONTROL.search(value.replace("\t", " ")):
            raise FunctionError("http.header", f"{name}: there is a control character in its value")
    return headers | given


@contextmanager
def follow(request: Request, data: HttpRequest, ctx: Context) -> Iterator[Answer]:
    """Send a request, and follow redirects; close the connection at the end of the block.

    Raise NoAnswerError, and FunctionError for a redirect that is not followed.
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
