"""handlers/http_request.py: other attempts, times, and servers that misbehave."""

from __future__ import annotations

from typing import Any

import pytest

from tests.catalogue.conftest import Run, body_of, out_of_time
from tests.catalogue.http import servers
from tests.catalogue.http.servers import Server, answer, raw
from tests.ports import nobody_listens


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
    for odd in ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", "Wed, 21 Oct 2099 07:28:00 +9999999999999999999999"):
        server.answers["/"] = _failing(1, 429, ("retry-after", odd))
        assert run("http_request", {"url": server.url, "retry": {"backoff": 0.01}}).value["attempts"] == 2
    server.answers["/"] = _failing(1, 429, ("retry-after", "soon"))
    assert run("http_request", {"url": server.url, "retry": {"backoff": 0.01}}).value["attempts"] == 2


def test_nobody_listens(run: Run) -> None:
    with nobody_listens() as port:
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
        out_of_time(run, "http_request", {"url": f"http://127.0.0.1:{port}"}).failed("http.timeout")


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
        assert body_of(run("http_request", {"url": f"http://127.0.0.1:{port}"})) == "abcde"
