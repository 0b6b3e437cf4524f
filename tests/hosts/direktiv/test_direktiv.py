"""Direktiv of today, releases and main branch: calls, errors, ends (docs/hosts/engines.md has the rules)."""

from __future__ import annotations

import json
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from entry.testing import Call
from entry.testing.emulators.local_server import Line
from tests.boot.serving import until
from tests.conftest import Target
from tests.hosts.direktiv.releases import each_line, started

_LARGE = "ä" * (5 << 20)


@each_line
def test_call(file: Target, line: Line) -> None:
    """A POST to `/`, or to any path on main, with any JSON; null as well."""
    with started(file, "value", line=line) as direktiv:
        direktiv.url_path = "/any/path?a=b" if line == "main" else "/"
        for given in ({"a": [1, None]}, "text", "", None, 3):
            call = direktiv.call(given)
            assert call.decision is not None
            assert (call.decision.kind, call.decision.value, call.warnings) == ("success", given, [])


@each_line
def test_headers(file: Target, line: Line) -> None:
    """The action's id is `ctx.action_id`, however the header is written; all headers are `ctx.headers`."""
    with started(file, "variables", line=line) as direktiv:
        call = direktiv.call({"action": 1})
        assert call.decision is not None
        assert call.decision.value == call.id


@each_line
def test_success(file: Target, line: Line) -> None:
    """200, with JSON; bytes that are none become base64 in releases, and fail the action on main."""
    with started(file, "raw", line=line) as direktiv:
        call = direktiv.call(b"\x00\xff")
        assert call.answer.status == 200
        assert call.decision is not None
        if line == "main":
            assert call.decision.kind == "crash"
        else:
            assert (call.decision.kind, call.decision.value) == ("success", "AP8=")


@each_line
@pytest.mark.parametrize(
    ("action", "code"), [("coded", "test.coded"), ("value error", "fn.exception"), ("segfault", "fn.killed")]
)
def test_error_a_workflow_can_catch(file: Target, line: Line, action: str, code: str) -> None:
    with started(file, "fault", line=line) as direktiv:
        call = direktiv.call({"do": action})
        assert call.decision is not None
        if line == "main":
            assert (call.decision.kind, code in call.decision.raw_message) == ("crash", True)
        else:
            assert (call.decision.kind, call.decision.code) == ("error", code)
            assert call.decision.message
        assert call.warnings == []


@each_line
def test_message_without_code(file: Target, line: Line) -> None:
    """Not to be caught: for that, releases want a 2xx, and main one that is not 200."""
    with started(file, "fault", line=line) as direktiv:
        call = direktiv.call({"do": "uncoded"})
        assert call.decision is not None
        assert call.decision.kind == "crash"


@each_line
def test_non_2xx_is_no_status_that_is_repeated(file: Target, line: Line) -> None:
    """No outcome has one of 502 to 504, and each error has its headers."""
    with started(file, "fault", line=line) as direktiv:
        for action in ("coded", "value error", "os._exit 9", "nan", "sys.exit 3"):
            call = direktiv.call({"do": action})
            assert call.answer.status in (422, 500)
            assert call.answer.headers["direktiv-errormessage"]


@each_line
def test_retries(file: Target, line: Line) -> None:
    """An outcome is final: there is no second call of it. A code is a regular expression that means itself."""
    actions = ["coded", "uncoded", "kill group", "segfault", "os._exit 0", "close everything", "orphan"]
    with started(file, "fault", line=line, repeats=3) as direktiv:
        for action in actions:
            call = direktiv.call({"do": action})
            assert (action, call.tries) == (action, 1 if line != "main" or call.answer.status < 500 else 4)
            if code := call.answer.headers.get("direktiv-errorcode"):
                assert re.search(code, code)
                assert re.escape(code) == code.replace(".", r"\.")


@each_line
def test_retries_when_nothing_has_run(file: Target, line: Line) -> None:
    """A queue that is full is no outcome: 503, which the flow repeats until there is room."""
    words = ("async_wait", "--workers", "1", "--queue", "0", "--access-log")
    with started(file, *words, line=line, repeats=1000) as direktiv:
        holder, calls = direktiv.service.connect(60), list[Call]()
        holder.request("POST", "/", b"600")
        until(lambda: any("waiting" in text for text in direktiv.lines))
        thread = threading.Thread(target=lambda: calls.append(direktiv.call(0)))
        thread.start()
        until(lambda: any('"status":503' in text for text in direktiv.lines))
        holder.close()
        thread.join()
        assert calls[0].tries > 1
        assert calls[0].decision is not None
        assert calls[0].decision.value == "waited"


@each_line
def test_size(file: Target, line: Line) -> None:
    """More than one of the older limits, both ways, with Content-Length."""
    with started(file, "value", line=line) as direktiv:
        call = direktiv.call(_LARGE)
        assert call.decision is not None
        assert call.decision.value == _LARGE
        assert int(call.answer.headers["content-length"]) > 10 << 20


@each_line
def test_at_once(file: Target, line: Line) -> None:
    with started(file, "value", line=line) as direktiv:
        with ThreadPoolExecutor(20) as pool:
            decisions = [call.decision for call in pool.map(direktiv.call, range(20))]
        assert [decision.value if decision else None for decision in decisions] == list(range(20))


@each_line
def test_time_limit(file: Target, line: Line) -> None:
    """The state's is the engine's affair, and the handler has no limit that it knows of; FN_TIMEOUT is one of ours."""
    with started(file, "request", line=line) as direktiv:
        decision = direktiv.call({}, timeout=600).decision
        assert decision is not None
        assert decision.value["remaining"] == 1e9  # type: ignore[index]
    with started(file, "async_wait", line=line, FN_TIMEOUT="0.3") as direktiv:
        call = direktiv.call(600)
        assert (call.answer.status, call.answer.headers["direktiv-errorcode"]) == (500, "fn.timeout")


@each_line
def test_deadline(file: Target, line: Line) -> None:
    """DELETE is answered with 200 and ends the run, whose POST is answered; on main the closed connection does."""
    with started(file, "async_wait", "--workers", "1", line=line) as direktiv:
        call = direktiv.call(600, timeout=1)
        if line == "main":
            assert call.decision is None
        else:
            assert call.decision is not None
            assert (call.decision.code, call.warnings) == ("fn.terminated", [])
        again = direktiv.call(0)  # by the only worker
        assert again.decision is not None
        assert again.decision.kind == "success"


@each_line
def test_ready_without_a_byte(file: Target, line: Line) -> None:
    """Probes are neither logged nor in the way."""
    with started(file, "value", line=line) as direktiv:
        for _ in range(50):
            socket.create_connection(("127.0.0.1", direktiv.service.port)).close()
        assert direktiv.call(1).decision is not None
    assert [json.loads(text)["level"] for text in direktiv.lines] == ["INFO"] * 3
    assert direktiv.exit_status == 0


@each_line
def test_keep_alive(file: Target, line: Line) -> None:
    """A connection serves one call after the other."""
    with started(file, "value", line=line) as direktiv:
        for number in range(5):
            call = direktiv.call(number)
            assert (call.answer.status, call.answer.headers.get("connection", "")) == (200, "")


def test_end(file: Target) -> None:
    """SIGTERM: the call under way is answered, then the function ends with 0."""
    with started(file, "async_wait") as direktiv:
        found = list[Call]()
        thread = threading.Thread(target=lambda: found.append(direktiv.call(1)))
        thread.start()
        until(lambda: any("waiting" in text for text in direktiv.lines))
    thread.join()
    assert direktiv.exit_status == 0
    assert found[0].decision is not None
    assert found[0].decision.kind == "success"
