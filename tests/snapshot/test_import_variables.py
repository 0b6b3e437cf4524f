"""A variable that an import has read: a run in which it is set has what its import sees in that run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, TARGETS, Run, Target

_WARM = [target for target in TARGETS if target.is_file and not target.is_cold]


@pytest.mark.parametrize("value", ["", "of the run", "x" * 100_000])
def test_an_import_sees_the_variables_of_its_run(target: Target, run: Run, value: str) -> None:
    result = run(target, "environment", given="SEEN_AT_IMPORT", environment={"SEEN_AT_IMPORT": value})
    result.assert_announced()
    assert result.output == b'"%s"' % value.encode()


@pytest.mark.parametrize("value", ["of the run", None])
def test_an_import_sees_the_variables_with_a_prefix(target: Target, run: Run, value: str | None) -> None:
    variables = {"SEARCHED_AT_IMPORT_1": value} if value else {}
    result = run(target, "environment", given="SEARCHED_AT_IMPORT_1", environment=variables)
    assert json.loads(result.output or b"") == (value or "unseen")


def test_without_the_variable(target: Target, run: Run) -> None:
    assert run(target, "environment", given="SEEN_AT_IMPORT").output == b"null"


@pytest.mark.parametrize("target", _WARM, ids=lambda target: target.name)
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("SEEN_AT_IMPORT", "SEEN_AT_IMPORT"),
        *((f"SEARCHED_AT_IMPORT_{end}", "SEARCHED_AT_IMPORT_*") for end in ("", "1")),
    ],
)
def test_why_it_boots_cold(target: Target, run: Run, name: str, what: str) -> None:
    result = run(target, "environment", given=name, environment={name: "1"})
    line = 7 if name == what else 8
    said = f"the variable {what} is set, which an import reads (handlers/environment.py:{line})"
    assert result.log == f"fn: cold boot: {said}\n"


@pytest.mark.parametrize("target", _WARM, ids=lambda target: target.name)
def test_the_doctor_has_the_next_step(target: Target) -> None:
    told = subprocess.run(
        [*target.command, "--doctor"], env={"SEEN_AT_IMPORT": "1"}, capture_output=True, text=True, check=False
    )
    assert "note  boot        cold: the variable SEEN_AT_IMPORT is set" in told.stdout
    assert "for a warm boot: read the variable in the handler or under @on_start" in told.stdout


@pytest.mark.parametrize("target", _WARM, ids=lambda target: target.name)
@pytest.mark.parametrize("name", ["SEEN_AT_IMPORT_TOO", "SEEN_AT_IMPOR", "SEARCHED_AT_IMPORT", "HOME"])
def test_other_variables_and_those_of_every_place(target: Target, run: Run, name: str) -> None:
    """Names that begin alike; one that is set everywhere, whose value in a snapshot the build has told of."""
    result = run(target, "value", given=1, environment={name: "/nowhere", "FN_LOG_LEVEL": "debug"})
    assert result.log == "fn: warm boot\n"


_NEEDS = """
import os

from entry import handler

TABLE = os.environ["TABLE_OF_TEST"]


@handler
def needs(data):
    return TABLE
"""


def _build(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "handlers").mkdir(exist_ok=True)
    (folder / "handlers" / "needs.py").write_text(f"{_NEEDS}# {folder}, so that it is in no cache\n")
    command: list[str | Path] = [sys.executable, ROOT / "build", "--handlers", folder / "handlers"]
    command += ["--output", folder / "fn"]
    environment = {**os.environ, **variables}
    return subprocess.run([*command, "--link", "static"], capture_output=True, text=True, check=False, env=environment)


def test_an_import_that_needs_a_variable(tmp_path: Path, run: Run) -> None:
    """Without it there is nothing to build; with it the file boots cold, and has the variable of each run."""
    failed = _build(tmp_path)
    assert failed.returncode == 1
    assert "needs.py:6: KeyError: 'TABLE_OF_TEST' (a variable: read it in the handler" in failed.stderr
    built = _build(tmp_path, TABLE_OF_TEST="of the build")
    assert built.returncode == 0, built.stderr
    assert "each run boots cold: the snapshot cannot be taken: handlers/needs.py:6: KeyError" in built.stdout
    assert b"of the build" not in (tmp_path / "fn").read_bytes()
    result = run(
        Target("needs", (str(tmp_path / "fn"),)), "needs", given={}, environment={"TABLE_OF_TEST": "of the run"}
    )
    assert result.output == b'"of the run"'
