"""`python -m entry`, and the memory that its two processes share: the same on both sides."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from build.core.paths import BOOT
from build.link.source import supervisor
from entry.runtime import app, exchange, source
from tests.conftest import ROOT, TESTS

_ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
_OFFSETS = """
#include "shared/report.h"
#include <stdio.h>
#define AT(field) offsetof(struct report, field)
int main(void)
{
    printf("%zu %zu %zu %zu ", AT(state), AT(output_length), AT(length), AT(request_length));
    printf("%zu %zu %zu %zu %zu ", AT(head_length), AT(body_length), AT(is_json), AT(is_short), AT(head));
    printf("%zu %zu %zu %zu", AT(brief), AT(error), AT(request), sizeof(struct report));
    printf(" %d %d %d %d %d", SHORT_RESULT_MAX, REPORT_OUTPUT, REPORT_ERROR, REPORT_BRIEF_MAX, REPORT_ERROR_MAX);
    return 0;
}
"""


def test_the_report_is_the_same_on_both_sides(tmp_path: Path) -> None:
    (tmp_path / "offsets.c").write_text(_OFFSETS)
    program = tmp_path / "offsets"
    subprocess.run(["gcc", f"-I{BOOT}", tmp_path / "offsets.c", "-o", program], check=True)
    there = [int(word) for word in subprocess.check_output([program]).split()]
    assert there == [
        source._STATE, source._OUTPUT_LENGTH, source._ERROR_LENGTHS, source._REQUEST_LENGTH,
        source._ANSWER_LENGTH, source._BODY_LENGTH, source._IS_JSON, source._IS_SHORT, source._ANSWER,
        source._BRIEF, source._ERROR, source._REQUEST, source._SIZE,
        app._SHORT_RESULT, source._OUTPUT_STATE, source._ERROR_STATE, exchange.BRIEF_MAX, exchange.ERROR_MAX,
    ]  # fmt: skip


def test_python_becomes_the_supervisor(tmp_path: Path) -> None:
    supervisor()
    (tmp_path / "input.json").write_text("[1]")
    command = [sys.executable, "-m", "entry", "value", "--data", str(tmp_path)]
    done = subprocess.run(command, cwd=TESTS, env=_ENVIRONMENT, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["done", "input.json", "out.log", "output.json"]


def test_a_clone_that_has_built_nothing_says_what_to_do(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "entry", tmp_path / "entry", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "entry", "value"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    program = tmp_path / ".cache" / "source" / "fn"
    assert f"fn: {program}, which supervises runs from source, cannot be started: No such file" in done.stderr
    assert "python3 build run" in done.stderr


def test_a_supervisor_of_another_version_is_refused() -> None:
    command = [sys.executable, "-m", "entry", "value"]
    environment = {**_ENVIRONMENT, "FN_REPORT": "0:5:5"}
    done = subprocess.run(command, cwd=TESTS, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "is that of another version" in done.stderr
