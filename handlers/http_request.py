"""Sends an HTTP request and gives back the answer: `{"url": "https://example.com/items", "query": {"page": 2}}`.

docs/handlers/http-request.md
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from entry import Context, FunctionError, handler
from handlers._http import body
from handlers._limits import seconds, time_limit
from handlers._variables import Counted, Target, Written, set_variable

if TYPE_CHECKING:
    from handlers._http.client import Answer

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_ERROR_BODY = 64 << 10  # bytes of an answer that become part of an error's message
_CODES = (
    "http.address", "http.body", "http.connect", "http.header", "http.proxy", "http.redirect", "http.response",
    "http.status", "http.timeout", "http.tls", "http.tooLarge", "http.url",
)  # fmt: skip

Text = Annotated[str, msgspec.Meta(max_length=65536)]
Scalar = str | int | float | bool


class Auth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A user with a password, or a bearer token."""

    username: str | None = None
    password: str = ""
    token: str | None = None

    def __post_init__(self) -> None:
        if (self.username is None) == (self.token is None):
            raise ValueError("expected either `username` and `password`, or `token`")


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often a request is sent again, after which pause (twice as long each time), and on which answers."""

    times: Annotated[int, msgspec.Meta(ge=0, le=10)] = 3
    backoff: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.5
    longest: Annotated[float, msgspec.Meta(ge=0, le=600)] = 30
    statuses: frozenset[int] = frozenset({429, 502, 503, 504})
    any_method: bool = False


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom to trust in place of the image's CA bundle: PEM texts; a variable with a client's certificate and key."""

    verify: bool = True
    ca: str | None = None
    certificate: str | None = None


class HttpRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The request, what to do with the answer, and limits. Times are seconds."""

    url: Text
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[str, Text] = {}
    query: dict[str, Scalar | list[Scalar]] = {}
    json: Any = msgspec.UNSET
    form: dict[str, Scalar | list[Scalar]] | msgspec.UnsetType = msgspec.UNSET
    text: str | msgspec.UnsetType = msgspec.UNSET
    base64: str | msgspec.UnsetType = msgspec.UNSET
    variable: str | msgspec.UnsetType = msgspec.UNSET
    auth: Auth | None = None
    redirects: Annotated[int, msgspec.Meta(ge=0, le=20)] = 5
    timeout: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 60
    connect_timeout: Annotated[float, msgspec.Meta(gt=0, le=300)] = 10
    retry: Retry = Retry(times=0)
    tls: Tls = Tls()
    public_only: bool = False
    accept: frozenset[Annotated[int, msgspec.Meta(ge=200, le=599)]] = frozenset()
    decode: Literal["auto", "json", "text", "base64"] = "auto"
    most: Annotated[int, msgspec.Meta(ge=1, le=1 << 40)] = 16 << 20
    to: Target | None = None

    def __post_init__(self) -> None:
        given = [name for name in body.KINDS if getattr(self, name) is not msgspec.UNSET]
        if len(given) > 1:
            raise ValueError(f"expected one body at most, got {' and '.join(given)}")


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. Names of headers are in small letters; a header that came more than once is joined with commas."""

    status: int
    url: str
    headers: dict[str, str]
    cookies: list[str]
    body: Any
    attempts: int


@handler(codes=_CODES)
def http_request(data: HttpRequest, ctx: Context) -> HttpAnswer:
    limit = seconds(ctx, data.timeout)
    try:
        with time_limit(limit):
            return _attempts(data, ctx, time.monotonic() + limit)
    except TimeoutError as error:
        problem = str(error)
    raise FunctionError("http.timeout", problem)


def _attempts(data: HttpRequest, ctx: Context, deadline: float) -> HttpAnswer:
    from handlers._http import client

    request = client.request_of(data)
    if not data.tls.verify:
        ctx.log.warning("certificates of servers are not verified: `tls.verify` is false")
    for attempt in range(1, data.retry.times + 2):
        started = time.monotonic()
        try:
            with client.follow(request, data, ctx) as answer:
                if answer.status not in data.retry.statuses or not _again(data, attempt, sent=True):
                    return _answered(data, ctx, answer, attempt, started)
                failure = FunctionError(f"http.status.{answer.status}", f"{answer.status} {answer.reason}")
                pause = _pause(data.retry, attempt, answer.retry_after())
        except client.NoAnswerError as error:
            failure, pause = FunctionError(error.code, error.message), _pause(data.retry, attempt, 0)
            if not _again(data, attempt, sent=error.sent):
                raise failure from None
        if time.monotonic() + pause > deadline:
            raise failure
        ctx.log.warning("attempt %d: %s; again in %.1f s", attempt, failure.code, pause)
        time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def _again(data: HttpRequest, attempt: int, *, sent: bool) -> bool:
    """Whether to try once more: what may have been carried out already is only repeated where that does no harm."""
    return attempt <= data.retry.times and (not sent or data.method in _IDEMPOTENT or data.retry.any_method)


def _pause(retry: Retry, attempt: int, wanted: float) -> float:
    import random

    growing: float = retry.backoff * 2 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311  (spreads clients out)
    return min(retry.longest, max(growing, wanted))


def _answered(data: HttpRequest, ctx: Context, answer: Answer, attempt: int, started: float) -> HttpAnswer:
    if not 200 <= answer.status < 300 and answer.status not in data.accept:
        raise FunctionError(f"http.status.{answer.status}", body.error_text(answer, _ERROR_BODY))
    counted = Counted(answer.chunks(), data.most, "http.tooLarge", " in the answer: see `most`")
    content: Any | Written
    if data.to is not None:
        content = set_variable(ctx, data.to, counted)
    else:
        content = body.decoded(b"".join(counted), answer.content_type, data.decode)
    took = (time.monotonic() - started) * 1000
    ctx.log.info("%s %s: %d, %d bytes, %.0f ms", data.method, answer.origin, answer.status, counted.bytes, took)
    return HttpAnswer(
        status=answer.status,
        url=answer.url,
        headers=answer.headers(),
        cookies=answer.cookies(),
        body=content,
        attempts=attempt,
    )
