"""Errors and ends under Lambda, by the numbers of the rules in docs/hosts/lambda.md."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from entry.testing import Lambda
from entry.testing.emulators.lambda_api import PAYLOAD_MOST
from tests.boot.serving import until
from tests.conftest import Target
from tests.hosts.conftest import Start


@pytest.mark.parametrize(
    ("action", "code", "kind", "has_trace"),
    [
        ("coded", "test.coded", "Function.TestCoded", False),
        ("uncoded", "Error", "Function.Error", False),
        ("value error", "fn.exception", "Function.Exception", True),
        ("unprintable", "fn.exception", "Function.Exception", True),
        ("recursion", "fn.exception", "Function.Exception", True),
        ("sys.exit 3", "fn.exit", "Function.Exit", False),
        ("os._exit 9", "fn.exit", "Function.Exit", False),
        ("segfault", "fn.killed", "Function.Killed", False),
        ("kill group", "fn.killed", "Function.Killed", False),
        ("long message", "test.long", "Function.TestLong", False),
        ("surrogate message", "test.odd", "Function.TestOdd", False),
        ("nan", "fn.output.unserializable", "Function.OutputUnserializable", False),
    ],
)
def test_l9_errors(file: Target, start: Start, action: str, code: str, kind: str, has_trace: bool) -> None:
    function = start(file, "fault")
    answer = function.invoke({"do": action})
    assert answer.error
    assert (answer.error["errorType"], answer.error_type) == (code, kind)
    assert answer.error["errorMessage"]
    assert bool(answer.error["stackTrace"]) == has_trace
    assert not has_trace or "fault.py" in answer.error["stackTrace"][0]
    assert function.invoke({"do": "wander"}).payload
    assert function.starts == 1


@pytest.mark.parametrize(
    ("words", "handler", "variables", "code"),
    [
        ([], "valeu", {}, "fn.handler.unknown"),
        ([], "", {}, "fn.handler.ambiguous"),
        ([], "value", {"FN_TIMEOUT": "soon"}, "fn.usage"),
        (["value", "--timeout"], "", {}, "fn.usage"),
        ([], "x" * 300, {}, "fn.usage"),
    ],
)
def test_l10_what_cannot_begin(
    file: Target, start: Start, words: list[str], handler: str, variables: dict[str, str], code: str
) -> None:
    function = start(file, handler, *words, environment=variables)
    answer = function.invoke(1)
    assert answer.error
    assert (answer.error["errorType"], function.exit_status) == (code, 1)
    assert code in json.loads(function.log[-1])["msg"]


def test_l11_a_result_that_is_too_large(file: Target, start: Start) -> None:
    function = start(file, "value")
    largest = "x" * (PAYLOAD_MOST - 2)
    assert function.invoke(largest).value == largest
    function = start(file, "request")
    answer = function.invoke({"padding": 7 << 20})
    assert answer.error
    assert (answer.error["errorType"], answer.error_type) == ("fn.output.unwritable", "Function.OutputUnwritable")
    assert "bytes, more than Lambda takes" in answer.error["errorMessage"]
    assert function.invoke({}).value["runs"] == 1


@pytest.mark.parametrize("drops", [("next",), ("response",), ("error",), ("next", "next", "response", "response")])
def test_l12_connections_that_are_lost(file: Target, start: Start, drops: tuple[str, ...]) -> None:
    function = start(file, "fault", drops=drops)
    for action in ("wander", "coded", "wander"):
        answer = function.invoke({"do": action})
        assert (answer.error["errorType"] if answer.error else None) == ("test.coded" if action == "coded" else None)
    function.warnings[:] = [each for each in function.warnings if "second outcome" not in each]  # it was told twice
    assert function.starts == 1


def test_l12_nobody_listens(file: Target) -> None:
    variables = {**file.environment, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9", "_HANDLER": "value"}
    done = subprocess.run(file.command, env=variables, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "cannot be reached" in json.loads(done.stdout)["msg"]


@pytest.mark.parametrize("address", ["localhost", "example.com:9001", "127.0.0.1:"])
def test_l12_what_is_no_address(file: Target, address: str) -> None:
    variables = {**file.environment, "AWS_LAMBDA_RUNTIME_API": address}
    done = subprocess.run(file.command, env=variables, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr.startswith(b"fn: AWS_LAMBDA_RUNTIME_API: ")) == (1, True)


def test_l13_asked_to_end(file: Target, start: Start) -> None:
    function = start(file, "value")
    assert function.invoke(1).value == 1
    assert function.end() == 0


def test_the_emulator_is_left_while_an_invocation_goes_on(file: Target) -> None:
    """It has its time, as in the service, and its answer."""
    with ThreadPoolExecutor(1) as pool, Lambda(file.command, "async_wait", file.environment, timeout=60) as function:
        answer = pool.submit(function.invoke, 1)
        until(lambda: any("waiting" in line for line in function.log))
    assert answer.result().value


@pytest.mark.parametrize("action", ["orphan", "threads", "fork", "close everything", "wander", "exit in thread"])
def test_l14_whatever_a_handler_does(file: Target, start: Start, action: str) -> None:
    function = start(file, "fault")
    for _ in range(2):
        answer = function.invoke({"do": action})
        assert (answer.payload is None) != (answer.error is None)
    assert function.starts == 1
