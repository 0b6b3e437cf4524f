"""Answers about the file: the same from the source, where they are made, and from the file, which has them stored."""

from __future__ import annotations

import json
import subprocess

import yaml  # type: ignore[import-untyped]

from tests.conftest import TARGETS, Target


def _ask(target: Target, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*target.command, *words], env=dict(target.environment), cwd=target.directory, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_the_file_says_of_itself_what_the_source_says(file: Target) -> None:
    source = TARGETS[0]
    for words in (["--describe"], ["--describe", "typed"], ["--describe", "--workflow"], ["--list"]):
        told, expected = _ask(file, *words), _ask(source, *words)
        assert told.returncode == expected.returncode == 0, told.stderr + expected.stderr
        assert told.stdout == expected.stdout


def test_a_description(target: Target) -> None:
    told = json.loads(_ask(target, "--describe", "typed_user", "variables").stdout)
    assert list(told) == ["version", "python", "handlers"]
    assert told["python"].startswith("3.")
    user, variables = told["handlers"]
    assert list(user) == ["name", "module", "documentation", "input", "output", "errors"]
    assert (user["name"], user["module"]) == ("typed-user", "handlers.typed")
    assert user["input"]["$defs"]["User"]["required"] == ["userName"]
    assert user["output"] == user["input"]
    assert variables["input"] == {"type": "object"}
    assert variables["errors"] == ["test.declared"]
    assert variables["documentation"].startswith("Reads and sets variables")


def test_a_workflow(target: Target) -> None:
    workflow = yaml.safe_load(_ask(target, "--describe", "--workflow", "variables").stdout)
    assert [function["cmd"] for function in workflow["functions"]] == ["/fn variables"]
    assert {"error": "^test\\.declared$", "transition": "failed"} in workflow["states"][0]["catch"]


def test_a_handler_that_is_not_there(target: Target) -> None:
    told = _ask(target, "--describe", "valeu")
    assert told.returncode == 1
    assert "no handler is named 'valeu' (did you mean 'value'?)" in told.stderr
    assert told.stdout == ""


def test_a_wrong_option_is_named(target: Target) -> None:
    for words in (["--describe", "--workflw"], ["--list", "--workflow"]):
        told = _ask(target, *words)
        assert (told.returncode, told.stdout) == (1, "")
        assert told.stderr == f"fn: {words[1]}: no such option; see --help\n"
    assert _ask(target, "--hlp", "--help").stdout.startswith("usage: fn")


def test_settings_of_a_run_are_no_handlers(target: Target) -> None:
    told = _ask(target, "--describe", "--data", "/nowhere", "value")
    assert told.stdout == _ask(target, "--describe", "value").stdout != ""
