"""The fixture `fn`: the same call and the same outcome in this process and against a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from entry import Context, FunctionError
from entry.testing import Function
from tests.conftest import ROOT, TARGETS, Target

_FILES = [target for target in TARGETS if target.name in ("warm", "portable")]


@pytest.fixture(params=_FILES, ids=lambda target: target.name)
def function(request: pytest.FixtureRequest) -> Function:
    chosen: Target = request.param
    return Function(Path(chosen.command[0]))


def _greet(data: dict[str, object], ctx: Context) -> str:
    if "name" not in data:
        raise FunctionError("test.noName", "50% of it is missing")
    ctx.log.info("hello")
    return f"{os.environ.get('GREETING', 'Hello')}, {data['name']}, {ctx.variables['a.txt'].text()}"


def test_in_process() -> None:
    outcome = Function()(_greet, {"name": "Ada"}, files={"a.txt": b"text"}, environment={"GREETING": "Good day"})
    assert outcome.value == "Good day, Ada, text"
    assert outcome.log == ["hello"]
    assert "GREETING" not in os.environ
    error = Function()(_greet, {}).error
    assert error is not None
    assert (error.code, error.message) == ("test.noName", "50% of it is missing")


def test_in_a_file(function: Function) -> None:
    outcome = function("talk", {"lines": 2})
    assert outcome.value == 2
    assert outcome.log == ["line 0", "line 1"]
    error = function("fault", {"do": "coded"}).error
    assert error is not None
    assert error.code == "test.coded"
    assert function("raw", b"\xff").output == b"\xff"


def test_what_a_workflow_would_not_learn_of_fails_the_test(function: Function) -> None:
    with pytest.raises(AssertionError, match=r"exit status|never seen"):
        function("value", {}, environment={"FN_DATA_DIR": "/no/such/folder"})


def test_files_and_an_event_exclude_each_other() -> None:
    for function in (Function(), Function(Path("no/such/file"))):
        with pytest.raises(ValueError, match="`files` are of the isolated host"):
            function(_greet, {}, files={"a.txt": b""}, event={})


@pytest.mark.parametrize("timeout", [1e6, 1_234_567.5, 1e-5])
def test_a_timeout_of_any_size(timeout: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file takes digits and a point."""
    words: list[str] = []

    def refuse(command: list[str], **options: object) -> None:
        words.extend(map(str, command))
        raise OSError

    monkeypatch.setattr("entry.testing.function.Sidecar", refuse)
    with pytest.raises(OSError):
        Function(Path("fn"))("greet", {}, timeout=timeout)
    assert float(words[3]) == timeout
    assert not words[3].strip("0123456789.")


def _pytest(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "tests/test_greet.py", "tests/test_echo.py", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.needs("dist/fn")
def test_the_option_chooses_the_file() -> None:
    assert "5 passed" in _pytest().stdout
    done = _pytest("-v", "--fn-file", ROOT / "dist" / "fn")
    assert f"handlers run in {ROOT / 'dist' / 'fn'}" in done.stdout
    assert "5 passed" in done.stdout


def test_a_file_that_is_none_is_refused() -> None:
    done = _pytest("--fn-file", "no/such/file")
    assert done.returncode == 4
    assert "no/such/file is no file that can be started; make it with python3 build" in done.stderr
