"""The emulators of Direktiv of today and of Knative, with a function that obeys its input: each trap is kept."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from entry.testing import Direktiv, Knative
from entry.testing.emulators.local_server import Line

_FUNCTION = """
import http.client, json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Function(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_):
        pass
    def ask(self, method, path, body=None):
        client = http.client.HTTPConnection(os.environ["FN_SIDECAR"], timeout=30)
        try:
            client.request(method, path, body)
            answer = client.getresponse()
            return [answer.status, answer.read().decode(), answer.getheader("X-Content-Type-Options")]
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            client.close()
    def do_POST(self):
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        action = self.headers["Direktiv-ActionID"]
        found = [self.ask(*each) for each in json.loads(json.dumps(given.get("ask", [])).replace("ID", action or ""))]
        for name in given.get("out", []):
            with open(os.path.join(self.headers["Direktiv-TempDir"], "out", name), "w") as file:
                file.write("x")
        if given.get("drop"):
            self.close_connection = True
            return
        body = given.get("body", json.dumps(found)).encode()
        self.send_response(given.get("status", 200))
        for name, text in given.get("headers", {}).items():
            self.send_header(name, text)
        if "Content-Length" not in given.get("headers", {}):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("FN_PORT") or os.environ["PORT"])), Function).serve_forever()
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    (tmp_path / "function.py").write_text(_FUNCTION)
    return [sys.executable, str(tmp_path / "function.py")]


@pytest.mark.parametrize(
    ("line", "given", "kind", "detail"),
    [
        ("0.10", {"body": "[1]"}, "success", [1]),
        ("0.10", {"body": "no JSON", "status": 201}, "success", "bm8gSlNPTg=="),
        ("0.10", {"body": "", "status": 200}, "success", ""),
        ("0.10", {"status": 500}, "error", "container failed"),
        ("0.10", {"status": 500, "headers": {"Direktiv-ErrorMessage": "m"}}, "error", "container failed"),
        ("0.10", {"headers": {"Direktiv-ErrorCode": "a.b", "Direktiv-ErrorMessage": "m"}}, "error", "a.b"),
        ("0.10", {"headers": {"Direktiv-ErrorMessage": "m"}}, "crash", "m"),
        ("main", {"body": "[1]"}, "success", [1]),
        ("main", {"body": "[1]", "status": 201}, "crash", "status 201"),
        ("main", {"body": "no JSON"}, "crash", "status 200"),
        ("main", {"body": "[1]", "headers": {"Direktiv-ErrorCode": "a.b"}}, "success", [1]),
        ("main", {"status": 422, "headers": {"Direktiv-ErrorCode": "a.b"}}, "crash", " (a.b)"),
    ],
)
def test_decisions(command: list[str], line: Line, given: object, kind: str, detail: object) -> None:
    with Direktiv(command, line=line) as direktiv:
        decision = direktiv.call(given).decision
    assert decision is not None
    seen = {"success": decision.value, "error": decision.code, "crash": decision.raw_message}[kind]
    assert (decision.kind, seen) == (kind, detail)


@pytest.mark.parametrize("line", ["0.8", "0.10", "main"])
def test_a_connection_without_an_answer(command: list[str], line: Line) -> None:
    with Direktiv(command, line=line) as direktiv:
        call = direktiv.call({"drop": True})
        assert call.decision is None
        assert call.warnings[0].startswith("no answer: ")


def test_log_lines_are_taken_while_a_call_is_under_way(command: list[str]) -> None:
    ask = [["POST", "/log?aid=ID", "a\nb"], ["POST", "/log?aid=ID", ""], ["POST", "/log?aid=other", "lost"]]
    ask += [["POST", "/log?aid=ID", "x" * (5 << 20)], ["GET", "/log?aid=ID&log=c", ""]]
    with Direktiv(command) as direktiv:
        call = direktiv.call({"ask": ask})
        assert call.decision is not None
        assert call.decision.value == [
            [200, "", None],
            [200, "", None],
            "RemoteDisconnected",
            [413, "Request Entity Too Large\n", "nosniff"],
            [200, "", None],
        ]
        assert (call.log, len(call.warnings)) == (["a", "b", "c"], 2)
        late = direktiv.call({"ask": [["POST", f"/log?aid={call.id}", "late"]]})
        assert late.decision is not None
        assert late.decision.value == ["RemoteDisconnected"]
    with Direktiv(command, line="main") as direktiv:
        decision = direktiv.call({"ask": ask[:3]}).decision
        assert decision is not None
        assert decision.value == [[200, "", None]] * 3


def test_variables_and_what_is_missing(command: list[str]) -> None:
    ask = [
        ["GET", "/var?aid=ID&scope=workflow&key=a"],
        ["GET", "/var?aid=ID&scope=workflow&key=b"],
        ["POST", "/var?aid=ID&scope=instance&key=c", "new"],
        ["GET", "/var?aid=ID&scope=instance&key=c"],
        ["GET", "/var?aid=other&scope=workflow&key=a"],
        ["POST", "/var?aid=ID&scope=thread&key=a", "x"],
    ]
    for line, missing in (("0.8", 500), ("0.10", 200)):
        with Direktiv(command, line=line, variables={("workflow", "a"): b"1" * 5000}) as direktiv:  # type: ignore[arg-type]
            call = direktiv.call({"ask": ask})
        assert call.decision is not None
        assert call.decision.value == [
            [200, "1" * 5000, None],
            [missing, "variable not found: b in workflow\n", "nosniff"],
            [200, "", None],
            [200, "new", None],
            [404, "actionId other not found\n", "nosniff"],
            [400, "unknown scope: thread\n", "nosniff"],
        ]
        assert call.variables["instance"] == {"c": b"new"}
    with Direktiv(command, line="main") as direktiv:
        decision = direktiv.call({"ask": ask[:1]}).decision
        assert decision is not None
        assert decision.value == [[404, "404 page not found\n", "nosniff"]]


def test_a_wrong_name_of_a_variable_fails_the_call(command: list[str]) -> None:
    with Direktiv(command) as direktiv:
        call = direktiv.call({"out": ["workflow/good"]})
        assert (call.variables["workflow"], call.warnings) == ({"good": b"x"}, [])
        call = direktiv.call({"out": ["workflow/not-good"]})
        assert call.decision is not None
        assert call.decision.kind == "crash"


@pytest.mark.parametrize(
    ("given", "accepted", "repeated"),
    [
        ({"body": ""}, True, False),
        ({"body": "", "status": 202}, True, False),
        ({"body": "{}"}, False, True),
        ({"status": 400}, False, False),
        ({"status": 422}, False, False),
        ({"status": 404}, False, True),
        ({"status": 429}, False, True),
        ({"status": 500}, False, True),
        ({"drop": True}, False, True),
        (
            {"body": "", "headers": {"Ce-Specversion": "1.0", "Ce-Id": "%41", "Ce-Source": "s", "Ce-Type": "t"}},
            True,
            False,
        ),
    ],
)
def test_deliveries(command: list[str], given: object, accepted: bool, repeated: bool) -> None:
    with Knative(command) as knative:
        delivery = knative.deliver(given)
    assert (delivery.accepted, delivery.repeated, bool(delivery.warnings)) == (accepted, repeated, repeated)
    if delivery.reply:
        assert delivery.reply.attributes == {"specversion": "1.0", "id": "A", "source": "s", "type": "t"}


def test_a_function_that_does_not_listen() -> None:
    with (
        pytest.raises(RuntimeError, match="ended with status 0"),
        Direktiv(["true"], environment={"PATH": "/bin:/usr/bin"}),
    ):
        pass
