"""Under OpenFaaS' watchdogs, classic and new: a process a request with `fn call`, or one server with `fn serve`."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.boot.serving import until
from tests.conftest import Target
from tests.hosts.commands.watchdogs import Upstream, Watchdog

each_mode = pytest.mark.parametrize("mode", ["classic", "serializing", "streaming"])


def _call(file: Target, handler: str, *words: str, mode: str = "classic", **options: object) -> Watchdog:
    fprocess = " ".join([*file.command, "call", handler, *words])
    return Watchdog(fprocess, {"PATH": "/usr/bin:/bin", **file.environment}, mode, **options)  # type: ignore[arg-type]


@each_mode
def test_a_process_a_request(file: Target, mode: str) -> None:
    """Body on stdin to its end, result on stdout and nothing else, the log apart; any bytes, however many at once."""
    with _call(file, "raw", mode=mode) as watchdog:
        bodies = [b"", b"\x00\xff\n", os.urandom(3 << 20), *(b"%d" % number for number in range(12))]
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(watchdog.ask, bodies))
    assert [(answer.status, answer.body) for answer in answers] == [(200, body) for body in bodies]
    with _call(file, "talk", mode=mode) as watchdog:
        assert watchdog.ask(b'{"lines":3}').body == b"3"
        assert watchdog.log == [b"line 0\nline 1\nline 2\n"]


@each_mode
@pytest.mark.parametrize("action", ["coded", "value error", "os._exit 0", "segfault", "sys.exit 3"])
def test_an_error_is_a_status(file: Target, mode: str, action: str) -> None:
    """Another exit status than 0 is a 500 with nothing of a result; code and message are in the log."""
    with _call(file, "fault", mode=mode) as watchdog:
        answer = watchdog.ask(json.dumps({"do": action}).encode())
        status = "exit status 139" if action == "segfault" else "exit status 1"
        assert (answer.status, answer.body.decode().strip()) == (500, status)
        error = json.loads(watchdog.log[0].splitlines()[-1])
        assert error["code"] == {"coded": "test.coded", "value error": "fn.exception", "segfault": "fn.killed"}.get(
            action, "fn.exit"
        )


def test_output_and_log_in_one(file: Target) -> None:
    """Where a stack has them combined, `--quiet` leaves nothing but the result."""
    with _call(file, "talk", "--quiet", combine_output=True) as watchdog:
        assert watchdog.ask(b'{"lines":3}').body == b"3"


@each_mode
@pytest.mark.parametrize("action", ["deaf", "orphan, then wait"])
def test_the_timeout_kills_the_supervisor(file: Target, mode: str, action: str) -> None:
    """It is killed outright: what it has started dies with it, so that the watchdog sees the end of the output."""
    with _call(file, "fault", mode=mode, exec_timeout=0.5) as watchdog:
        answer = watchdog.ask(json.dumps({"do": action}).encode())
        assert answer.status == (408 if mode == "classic" else 500)


def test_the_timeout_of_the_function_comes_first(file: Target) -> None:
    with _call(file, "fault", "--timeout", "0.2", exec_timeout=60.0) as watchdog:
        answer = watchdog.ask(b'{"do":"deaf"}')
        assert (answer.status, answer.body) == (500, b"exit status 124\n")
        assert b'"code":"fn.timeout"' in watchdog.log[0]


def test_a_header_is_no_setting(file: Target) -> None:
    """Headers are variables `Http_NAME`; the header Proxy must not become the proxy of all that the handler fetches."""
    with _call(file, "environment") as watchdog:
        headers = {"Proxy": "127.0.0.1:9", "X-Call-Id": "7", "FN-Handler": "fault", "FN_TIMEOUT": "0"}
        for name, value in (
            ("Http_Proxy", None),
            ("http_proxy", None),
            ("Http_X_Call_Id", "7"),
            ("Http_Method", "POST"),
        ):
            found = watchdog.ask(json.dumps(name).encode(), headers=headers)
            assert (name, json.loads(found.body)) == (name, value)


# ---- mode http: one server ----


def _serve(file: Target, handler: str, *words: str, **options: object) -> Upstream:
    fprocess = " ".join([*file.command, "serve", handler, "--port", "8082", *words])
    return Upstream(fprocess, {"PATH": "/usr/bin:/bin", **file.environment}, **options)  # type: ignore[arg-type]


def test_a_server_behind_it(file: Target) -> None:
    """Chunked bodies at any path; status, code and type of an answer pass through."""
    with _serve(file, "raw") as watchdog:
        for body in (b"", b"\x00\xff", os.urandom(3 << 20)):
            answer = watchdog.ask(body, "/function/raw?a=b")
            assert (answer.status, answer.body) == (200, body)
            assert answer.headers["content-type"] == "application/octet-stream"
    assert watchdog.exit_status == 0
    with _serve(file, "fault") as watchdog:
        answer = watchdog.ask(b'{"do":"coded"}')
        assert (answer.status, answer.headers["direktiv-errorcode"]) == (422, "test.coded")
        assert watchdog.ask(b"", "/_/ready", "GET").status == 200


def test_a_server_behind_it_whose_time_is_over(file: Target) -> None:
    """The connection is closed: that ends the run, and the only worker is free again."""
    with _serve(file, "async_wait", "--workers", "1", exec_timeout=1.0) as watchdog:
        assert watchdog.ask(b"600").status == 504
        until(lambda: watchdog.ask(b"0").body == b'"waited"')


def test_a_server_behind_it_that_is_to_end(file: Target, tmp_path: Path) -> None:
    """SIGTERM reaches it at once: what is under way is answered."""
    with _serve(file, "async_wait") as watchdog:
        answers: list[bytes] = []
        thread = threading.Thread(target=lambda: answers.append(watchdog.ask(b"1").body))
        thread.start()
        until(lambda: any("waiting" in line for line in watchdog.service.lines))
        assert watchdog.service.end(30) == 0
        thread.join()
        assert answers == [b'"waited"']
