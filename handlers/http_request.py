"""Sends an HTTP request and gives back the answer: `{"url": "https://example.com/items", "query": {"page": 2}}`.

docs/handlers/http-request.md
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from entry import Context, FunctionError, handler
from handlers._http import body
from handlers._http.models import HttpAnswer, HttpRequest, Retry
from handlers._limits import seconds, time_limit
from handlers._variables import Counted, Written, set_variable

if TYPE_CHECKING:
    from handlers._http.messages import Answer

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_ERROR_BODY = 64 << 10  # bytes of an answer that become part of an error's message
_CODES = (
    "http.address", "http.body", "http.connect", "http.header", "http.proxy", "http.redirect", "http.response",
    "http.status", "http.timeout", "http.tls", "http.tooLarge", "http.url",
)  # fmt: skip


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
    from handlers._http.messages import NoAnswerError

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
        except NoAnswerError as error:
            failure, pause = FunctionError(error.code, error.message), _pause(data.retry, attempt, 0)
            if not _again(data, attempt, sent=error.sent):
                raise failure from None
        if time.monotonic() + pause > deadline:
            raise failure
        ctx.log.warning("attempt %d: %s; again in %.1f s", attempt, failure.code, pause)
        time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")


def _again(data: HttpRequest, attempt: int, *, sent: bool) -> bool:
    """Return whether to try again: what may have been carried out already is repeated only if that does no harm."""
    return attempt <= data.retry.times and (not sent or data.method in _IDEMPOTENT or data.retry.any_method)


def _pause(retry: Retry, attempt: int, asked: float) -> float:
    import random

    growing: float = retry.backoff * 2 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311  (spreads clients out)
    return min(retry.longest, max(growing, asked))


def _answered(data: HttpRequest, ctx: Context, answer: Answer, attempt: int, started: float) -> HttpAnswer:
    if not 200 <= answer.status < 300 and answer.status not in data.accept:
        raise FunctionError(
            f"http.status.{answer.status}",
            body.error_text(answer.line, answer.content_type, answer.chunks(), _ERROR_BODY),
        )
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
