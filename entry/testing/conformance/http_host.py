"""The rules of HTTP functions as cases for any of them, ours or not, black box: Direktiv of today and Knative.

A defect breaks what an engine relies on. A risk loses something with one of them. The rules are in docs/testing.md.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping

from ..emulators import go_json
from ..service import Answer, Caller
from .isolated_host import ANY_JSON, LARGE, Result
from .rules import Finding, defect, risk

_AT_ONCE = 10  # calls of Direktiv's sidecar
_HEALTH = ("/healthz", "/readyz", "/health/liveness", "/health/readiness", "/_/health", "/_/ready")
_JSON = {"Content-Type": "application/json", "Direktiv-Actionid": "conform"}
_ERROR = "answer an error with the headers Direktiv-ErrorCode and Direktiv-ErrorMessage, and a status from 400 on"


def examine(caller: Caller, document: bytes, failing: bytes | None, timeout: float) -> Iterator[Result]:
    """Do every case, and yield each when it is done. `failing`: an input that must end in an error, if one is known."""
    cases: list[tuple[str, int, Callable[[], Iterator[Answer | Finding]]]] = [
        ("the given input", 3, lambda: _given(caller, document, timeout)),
        ("input of any type of JSON", len(ANY_JSON), lambda: _any(caller, timeout)),
        ("an input of 1 MiB", 1, lambda: _posted(caller, LARGE, timeout)),
        ("a chunked input", 1, lambda: _chunked(caller, document, timeout)),
        ("a connection without a byte", 20, lambda: _silent(caller)),
        (f"{_AT_ONCE} calls at once", _AT_ONCE, lambda: _at_once(caller, document, timeout)),
        ("DELETE of an action", 1, lambda: _deleted(caller, timeout)),
        ("health", len(_HEALTH), lambda: _health(caller, timeout)),
        ("CloudEvents", 2, lambda: _events(caller, document, timeout)),
    ]
    if failing is not None:
        cases.insert(1, ("the input that fails", 1, lambda: _failing(caller, failing, timeout)))
    for name, runs, case in cases:
        found = list(case())
        sights = dict.fromkeys(_seen(each) for each in found if isinstance(each, Answer))
        findings = dict.fromkeys(each for each in found if isinstance(each, Finding))
        yield Result(name, runs, list(sights), list(findings))


def _post(caller: Caller, body: bytes, timeout: float, headers: Mapping[str, str] = _JSON) -> Answer:
    try:
        return caller.ask("POST", caller.path, headers, body, timeout)
    except TimeoutError:
        return Answer(0, {}, b"", f"no answer within {timeout:g} s")


def _seen(answer: Answer) -> str:
    code = answer.headers.get("direktiv-errorcode")
    if not answer.status:
        return f"nothing: {answer.problem}"
    if code:
        return f"the error {code}: {answer.headers.get('direktiv-errormessage', '')[:60]}"
    body = answer.body.decode("utf-8", "replace")
    shown = body if len(body) <= 60 and body.isprintable() else f"{len(answer.body)} bytes"
    return f"status {answer.status}, output {shown}"


def _judged(answer: Answer) -> Iterator[Answer | Finding]:
    """Judge an answer by what every answer has to be."""
    yield answer
    code, message = answer.headers.get("direktiv-errorcode"), answer.headers.get("direktiv-errormessage")
    if not answer.status:
        fix = "answer each request once, and close a connection only after its answer"
        yield defect("call", f"no answer: {answer.problem}", fix)
        return
    if answer.status in (502, 503, 504):
        yield defect(
            "retries", f"status {answer.status} is repeated, up to 300 times", "answer an outcome with another"
        )
    if "content-length" not in answer.headers:
        yield risk("size", "an answer without Content-Length: a long one is cut in silence", "send Content-Length")
    if 200 <= answer.status < 300 and (code or message):
        yield defect("success", "main takes it for a success, releases for an error", _ERROR)
    elif 200 <= answer.status < 300 and answer.status != 200:
        yield defect("success", f"main takes status {answer.status} for a failure", "answer a result with 200")
    elif answer.status == 200 and go_json.problem(answer.body) is not None:
        yield risk("success", "a result that is no JSON: main fails, releases make it base64", "answer with JSON")
    elif answer.status >= 400 and not code and not message:
        yield defect("error", f"status {answer.status} without an error's headers: `container failed`", _ERROR)
    elif code and not message:
        yield risk("error", "an error without a message", _ERROR)


def _posted(caller: Caller, body: bytes, timeout: float) -> Iterator[Answer | Finding]:
    yield from _judged(_post(caller, body, timeout))


def _given(caller: Caller, document: bytes, timeout: float) -> Iterator[Answer | Finding]:
    for _ in range(3):
        answer = _post(caller, document, timeout)
        yield from _judged(answer)
        if answer.headers.get("connection", "").lower() == "close":
            fix = "keep it open, for 120 s without a request"
            yield risk("keep-alive", "each call needs a connection of its own", fix)


def _failing(caller: Caller, document: bytes, timeout: float) -> Iterator[Answer | Finding]:
    answer = _post(caller, document, timeout)
    yield from _judged(answer)
    if 200 <= answer.status < 300:
        yield defect("error", "the input that must fail ends in a success", _ERROR)


def _any(caller: Caller, timeout: float) -> Iterator[Answer | Finding]:
    for body in ANY_JSON:
        yield from _judged(_post(caller, body, timeout))


def _chunked(caller: Caller, document: bytes, timeout: float) -> Iterator[Answer | Finding]:
    connection = caller.connect(timeout)
    try:
        connection.request("POST", caller.path, iter([document[:1], document[1:]]), dict(_JSON), encode_chunked=True)
        found = connection.getresponse()
        answer = Answer(found.status, {name.lower(): text for name, text in found.getheaders()}, found.read())
    except (OSError, http.client.HTTPException) as error:
        answer = Answer(0, {}, b"", str(error))
    finally:
        connection.close()
    yield from _judged(answer)
    if answer.status == 411:
        yield risk("call", "a body without a length is refused: proxies send such", "take chunked bodies")


def _silent(caller: Caller) -> Iterator[Answer | Finding]:
    for _ in range(20):
        connection = caller.connect(10)
        try:
            connection.connect()
        except OSError as error:
            yield defect("ready", f"a connection is refused: {error}", "listen on all addresses, with room for many")
            return
        finally:
            connection.close()


def _at_once(caller: Caller, document: bytes, timeout: float) -> Iterator[Answer | Finding]:
    found: list[Answer] = []
    threads = [threading.Thread(target=lambda: found.append(_post(caller, document, timeout))) for _ in range(_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in found:
        yield from _judged(answer)


def _deleted(caller: Caller, timeout: float) -> Iterator[Answer | Finding]:
    try:
        answer = caller.ask("DELETE", caller.path, {"Direktiv-Actionid": "conform"}, None, timeout)
    except TimeoutError:
        answer = Answer(0, {}, b"", "no answer")
    yield answer
    if answer.status != 200:
        fix = "answer DELETE with 200, end the run of Direktiv-ActionID, and answer its POST"
        yield risk("deadline, cancel", "DELETE is not answered with 200: a run that is cancelled goes on", fix)


def _health(caller: Caller, timeout: float) -> Iterator[Answer | Finding]:
    for path in _HEALTH:
        try:
            status = caller.ask("GET", path, {}, None, timeout).status
        except TimeoutError:
            status = 0
        if status != 200:
            fix = f"answer GET {path} with 200, without a run"
            yield risk("probes", f"GET {path} has status {status}", fix)


def _events(caller: Caller, document: bytes, timeout: float) -> Iterator[Answer | Finding]:
    batch = _post(caller, b"[]", timeout, {"Content-Type": "application/cloudevents-batch+json"})
    if batch.status != 415:
        yield risk("CloudEvents in", f"a batch is answered with {batch.status}", "answer it with 415")
    attributes = {"Ce-Specversion": "1.0", "Ce-Id": "1", "Ce-Source": "/conform", "Ce-Type": "conform"}
    answer = _post(caller, document, timeout, {"Content-Type": "application/json", **attributes})
    yield answer
    is_event = "ce-specversion" in answer.headers or "cloudevents" in answer.headers.get("content-type", "")
    if 200 <= answer.status < 300 and answer.body and not is_event:
        fix = "answer an event with an event, or with an empty body"
        yield risk("CloudEvents out", "an event is answered with what is none: a broker delivers it again", fix)
