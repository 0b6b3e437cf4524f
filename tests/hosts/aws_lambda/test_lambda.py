"""The host of Lambda, by the numbers of the rules in docs/hosts/lambda.md, against the emulator of the Runtime API.

Errors and ends are in test_lambda_ends.py.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest

from entry.testing.emulators.lambda_api import INVOKE
from tests.boot.serving import until
from tests.conftest import Target
from tests.hosts.aws_lambda.events import EVENTS
from tests.hosts.conftest import Start


def test_l1_started_by_the_environment(file: Target, start: Start, tmp_path: Path) -> None:
    bootstrap = tmp_path / "bootstrap"
    shutil.copy(file.command[0], bootstrap)
    assert start(Target("copy", (str(bootstrap),), file.environment), "value").invoke({"a": 1}).value == {"a": 1}


def test_l1_words_and_fn_host_win(file: Target) -> None:
    variables = {**file.environment, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}
    words = [*file.command, "call", "value", "--input", "1"]
    assert subprocess.run(words, env=variables, capture_output=True, check=True).stdout == b"1"
    server = subprocess.Popen(file.command, env={**variables, "FN_HOST": "http", "PORT": "0"}, stdout=subprocess.PIPE)
    with server:
        assert server.stdout and b"listening on port" in server.stdout.readline()
        server.terminate()


def test_l1_a_process_of_a_run_is_none(file: Target, start: Start) -> None:
    """It would take the events of its own function."""
    command = [*file.command, "value"]
    function = start(file, "talk")
    assert function.invoke({"command": ["/bin/sh", "-c", f"FN_DATA_DIR=/none {' '.join(command)} || true"]}).value == 0
    assert function.invoke({"lines": 2}).value == 2


@pytest.mark.parametrize(
    ("words", "variables", "handler"),
    [(["value"], {"FN_HANDLER": "raw"}, "raw"), ([], {"FN_HANDLER": "value"}, "raw"), ([], {}, "value")],
)
def test_l2_the_name_of_the_handler(
    file: Target, start: Start, words: list[str], variables: dict[str, str], handler: str
) -> None:
    assert start(file, handler, *words, environment=variables).invoke({"b": 2}).value == {"b": 2}


def test_l2_what_others_call_a_file(file: Target, start: Start) -> None:
    answer = start(file, "bootstrap").invoke(1)
    assert answer.error
    assert answer.error["errorType"] == "fn.handler.ambiguous"


def test_l3_a_process_is_ready_before_an_event_is_asked_for(file: Target, start: Start) -> None:
    function = start(file, "request")
    assert function.wait_until_ready()
    process = function.process.pid
    waiting = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    assert str(function.invoke({}).value["process"]) in waiting


def test_l4_each_in_a_process_of_its_own(file: Target, start: Start) -> None:
    function = start(file, "request")
    seen = [function.invoke({}).value for _ in range(3)]
    assert [each["runs"] for each in seen] == [1, 1, 1]
    assert len({each["process"] for each in seen}) == 3
    assert function.starts == 1


def test_l4_no_two_draw_the_same(file: Target, start: Start) -> None:
    function = start(file, "fresh")
    draws = [function.invoke({}).value["draws"] for _ in range(3)]
    for name in draws[0]:
        assert len({json.dumps(each[name]) for each in draws}) == len(draws), name


def test_l4_no_memory_of_another_invocation(file: Target, start: Start) -> None:
    """Of those before it, whose events and headers the process that forks has had in its hands."""
    function, word = start(file, environment={"FN_HANDLER": "traces"}), f"swordfish-{secrets.token_hex(8)}"
    look = {"word": [byte + 1 for byte in word.encode()]}
    for _ in range(3):
        assert function.invoke(look).value == []
        assert function.invoke({**look, word: [1]}, context={word: word}).value  # its own it finds


@pytest.mark.parametrize("name", EVENTS)
def test_l5_events_of_services(file: Target, start: Start, name: str) -> None:
    assert start(file, "value").invoke(EVENTS[name]).value == EVENTS[name]


@pytest.mark.parametrize("size", [0, 1, 65_536, 6 << 20])
def test_l5_bytes_of_any_length(file: Target, start: Start, size: int) -> None:
    event = os.urandom(size)
    function = start(file, "raw")
    for _ in range(2):
        assert function.invoke(event).payload == event


def test_l5_what_aws_lambda_rie_takes(file: Target, start: Start) -> None:
    function = start(file, "fault")
    host, _, port = function.api.address.partition(":")
    client = http.client.HTTPConnection(host, int(port), timeout=60)
    for action, failed in (("wander", None), ("coded", "Unhandled")):
        client.request("POST", INVOKE, json.dumps({"do": action}))
        answer = client.getresponse()
        assert (answer.status, answer.headers["X-Amz-Function-Error"]) == (200, failed)
        assert (b"test.coded" in answer.read()) == bool(failed)
    client.close()


def test_l6_the_deadline_is_known(file: Target, start: Start) -> None:
    assert 0 < start(file, "request", timeout=20).invoke({}).value["remaining"] < 20
    limited = start(file, "request", timeout=20, environment={"FN_TIMEOUT": "9"})
    assert 0 < limited.invoke({}).value["remaining"] < 9


def test_l6_it_ends_a_run_sooner(file: Target, start: Start) -> None:
    function = start(file, "fault", environment={"FN_TIMEOUT": "0.5"})
    for action in ("spin", "deaf"):
        answer = function.invoke({"do": action})
        assert answer.error
        assert (answer.error["errorType"], answer.error_type) == ("fn.timeout", "Function.Timeout")
    until(lambda: function.invoke({"do": "wander"}).payload)  # on a busy machine it may need more than its time
    assert function.starts == 1


def test_l7_headers_and_log_lines(file: Target, start: Start) -> None:
    function = start(file, "request")
    context = {"custom": {"a": "b"}}
    answer = function.invoke({}, context=context)
    headers = answer.value["headers"]
    assert headers["lambda-runtime-aws-request-id"] == answer.request_id
    assert headers["lambda-runtime-invoked-function-arn"].startswith("arn:aws:lambda:")
    assert json.loads(base64.b64decode(headers["lambda-runtime-client-context"])) == context
    talking = start(file, "talk").invoke({"all": True})
    lines = [json.loads(line) for line in talking.log]
    found = {(line["level"], line["msg"]) for line in lines if line.get("request") == talking.request_id}
    assert {("INFO", "from ctx with argument"), ("WARNING", "from warning")} <= found
    assert {line["handler"] for line in lines} == {"talk"}


def test_l7_log_lines_for_people(file: Target, start: Start) -> None:
    answer = start(file, "talk", environment={"FN_LOG_FORMAT": "text"}).invoke({"lines": 1})
    assert [line.endswith(f" {answer.request_id} line 0") for line in answer.log] == [True]


def test_l8_the_trace_in_the_environment(file: Target, start: Start) -> None:
    function = start(file, "request")
    for _ in range(2):
        found = function.invoke({"variables": ["_X_AMZN_TRACE_ID"]}).value
        assert found["variables"]["_X_AMZN_TRACE_ID"] == found["headers"]["lambda-runtime-trace-id"]


def test_l15_the_sandbox(file: Target, start: Start) -> None:
    """Only /tmp can be written, there is no /dev/shm, and 1,024 descriptors have to do."""
    program = str(Path(file.command[0]).resolve())
    sandbox = [
        "prlimit",
        "--nofile=1024:1024",
        "bwrap",
        "--die-with-parent",
        "--ro-bind",
        program,
        "/var/task/bootstrap",
    ]
    sandbox += ["--proc", "/proc", "--dev-bind", "/dev/null", "/dev/null", "--dev-bind", "/dev/urandom", "/dev/urandom"]
    sandbox += ["--tmpfs", "/tmp", "--remount-ro", "/"]
    environment = {"PATH": "/usr/bin:/bin", **file.environment}
    inside = Target("sandbox", (*sandbox, "/var/task/bootstrap"), environment)
    function = start(inside, "value")
    for number in range(3):
        assert function.invoke(number).value == number
    function = start(inside, "spy")
    assert [len(function.invoke(name).value["tmp"]) for name in ("a", "b")] == [0, 1]
