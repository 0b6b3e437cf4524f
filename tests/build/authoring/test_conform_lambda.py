"""`python3 build conform --host lambda`: our own file passes, and what a bad runtime does is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Target

_RUNTIME = """
import http.client, os, sys
host = os.environ["AWS_LAMBDA_RUNTIME_API"]
while True:
    api = http.client.HTTPConnection(host)
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    name, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], answer.read()
    {what}
"""
_POST = (
    "api.request('POST', f'/2018-06-01/runtime/invocation/{{name}}/{kind}', body={body!r}); api.getresponse().read()"
)


def _conform(tmp_path: Path, *words: str) -> tuple[int, dict[str, object], str]:
    report = tmp_path / "report.json"
    options = ["--host", "lambda", "--json", str(report), "--timeout", "60", "--input", "7"]
    command = [sys.executable, str(ROOT / "build"), "conform", *options, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert report.exists(), done.stdout + done.stderr
    return done.returncode, json.loads(report.read_bytes()), done.stdout


def test_our_own(file: Target, tmp_path: Path) -> None:
    variables = [f"--env={name}={value}" for name, value in file.environment.items()]
    status, report, said = _conform(tmp_path, *variables, "--failing", "[", *file.command, "value")
    assert (status, report["defects"], report["risks"]) == (0, 0, 0), said
    assert "no defects, no risks" in said


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("sys.exit(0)", "an event was not answered by the function: Runtime exited with status 0"),
        (_POST.format(kind="error", body="{}"), "an error that has not got its three members"),
        (_POST.format(kind="error", body='{"errorMessage":"a","errorType":"b","stackTrace":[]}'), "is not of the form"),
        (_POST.format(kind="response", body="7") + "; " + _POST.format(kind="response", body="8"), "a second outcome"),
    ],
)
def test_a_bad_runtime(tmp_path: Path, what: str, problem: str) -> None:
    script = tmp_path / "bootstrap.py"
    script.write_text(_RUNTIME.replace("{what}", what.replace("{{name}}", "{name}")))
    status, report, said = _conform(tmp_path, sys.executable, str(script))
    assert status == 1, said
    assert problem in json.dumps(report)
