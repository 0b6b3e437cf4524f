"""The contract, rule by rule, black box: the same cases against every target."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Run, Target


def test_output_is_published_and_announced(target: Target, run: Run) -> None:
    result = run(target, "value", given={"a": [1, "ä", None, 2.5, True]})
    result.assert_announced()
    assert json.loads(result.output or b"") == {"a": [1, "ä", None, 2.5, True]}
    assert result.log == ""


def test_log_exists_even_when_nothing_is_logged(target: Target, run: Run) -> None:
    result = run(target, "nothing", given={})
    result.assert_announced()
    assert result.output == b"null"
    assert result.log == ""


@pytest.mark.parametrize("document", [b"{}", b"[]", b'"text"', b"3", b"-0.5", b"true", b"null", b'{"a":"\\u003c"}'])
def test_any_json_is_an_input(target: Target, run: Run, document: bytes) -> None:
    result = run(target, "value", given=document)
    result.assert_announced()
    assert json.loads(result.output or b"") == json.loads(document)


def test_bytes_pass_unchanged(target: Target, run: Run) -> None:
    result = run(target, "raw", given=b"\x00\xffnot json\n")
    result.assert_announced()
    assert result.output == b"\x00\xffnot json\n"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("bytes", b"\x00\xff not json"),
        ("bytearray", b"array"),
        ("memoryview", b"view"),
        ("memoryview with gaps", b"view"),
        ("stream with gaps", b"view"),
        ("empty", b""),
        ("none", b"null"),
        ("stream", b"one two three"),
        ("async stream", b"async stream"),
        ("timed stream", b"first, then too late"),
        ("expired stream", b"first, then too late"),
        ("grouped stream", b"part part of one task"),
        ("async", b'{"later":"now"}'),
    ],
)
def test_every_kind_of_result(target: Target, run: Run, kind: str, expected: bytes) -> None:
    result = run(target, "result-kinds", given={"kind": kind})
    result.assert_announced()
    assert result.output == expected


def test_a_path_is_published_as_its_content(target: Target, run: Run, tmp_path: Path) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "large").write_bytes(content)
    result = run(target, "result-kinds", given={"kind": "path", "path": str(tmp_path / "large")})
    result.assert_announced()
    assert result.output == content


def test_typed_values_are_written(target: Target, run: Run) -> None:
    result = run(target, "result-kinds", given={"kind": "typed"})
    result.assert_announced()
    assert json.loads(result.output or b"") == {
        "point": {"x": 1, "y": 2.5},
        "when": "2026-01-02T03:04:05+00:00",
        "id": "00000000-0000-0000-0000-000000000001",
        "colour": "red",
        "price": 1.10,
        "tags": ["a"],
        "big": 2**70,
    }


@pytest.mark.parametrize("name", ["result-kinds", "result_kinds"])
def test_underscores_and_hyphens_are_one_name(target: Target, run: Run, name: str) -> None:
    assert run(target, name, given={"kind": "none"}).output == b"null"


def test_the_handler_is_named_by_the_environment(target: Target, run: Run) -> None:
    result = run(target, given=[1], environment={"FN_HANDLER": "value"})
    result.assert_announced()
    assert result.output == b"[1]"


def test_the_argument_wins_over_the_environment(target: Target, run: Run) -> None:
    result = run(target, "value", given=[1], environment={"FN_HANDLER": "no-such"})
    assert result.output == b"[1]"


def test_start_functions_run_in_every_run(target: Target, run: Run) -> None:
    result = run(target, "slow-start", "--timeout", "100", given={}, environment={"GREETING": "now"})
    result.assert_announced()
    assert json.loads(result.output or b"") == {"seen": ["now"], "handler": "slow-start", "timed": True}


@pytest.mark.parametrize(
    ("name", "output", "log"),
    [
        ("starting", b"of one loop", "shared start\nown start\n"),
        ("starting-elsewhere", b'"elsewhere"', "shared start\nown start\n"),
        ("hidden", b"[1]", "shared start\n"),
        ("value", b"1", ""),
    ],
)
def test_start_functions_are_those_of_the_handler_and_its_imports(
    target: Target, run: Run, name: str, output: bytes, log: str
) -> None:
    """Whether a run has imported its handler alone, or a snapshot all of them."""
    result = run(target, name, given=1)
    result.assert_announced()
    assert (result.output, result.log) == (output, log)


def test_all_that_is_printed_is_logged_in_order(target: Target, run: Run) -> None:
    result = run(target, "talk", given={"all": True, "lines": 2})
    result.assert_announced()
    lines = [line for line in result.log.splitlines() if "warnings.warn" not in line and "UserWarning" not in line]
    assert lines == [
        "line 0",
        "line 1",
        "from print",
        "to stderr",
        "from ctx with argument",
        "WARNING: from warning",
        "INFO: lib: from logging",
        "from write",
        "not utf-8: \ufffd\ufffd, control: \\x1b[31m",
        "progress 3/10 (30 %) steps",
    ]
    assert "UserWarning: from warnings" in result.log


def test_log_level(target: Target, run: Run) -> None:
    debug = run(target, "talk", given={"all": True}, environment={"FN_LOG_LEVEL": "debug"}).log
    assert "DEBUG: from debug" in debug.splitlines()


def test_log_level_error_silences_the_rest(target: Target, run: Run) -> None:
    log = run(target, "talk", given={"all": True}, environment={"FN_LOG_LEVEL": "error"}).log
    assert "from ctx" not in log
    assert "from logging" not in log
    assert "from print" in log


def test_log_tee(target: Target, run: Run) -> None:
    result = run(target, "talk", given={"lines": 3}, environment={"FN_LOG_TEE": "1"})
    assert result.stderr == result.log == "line 0\nline 1\nline 2\n"


def test_output_of_subprocesses_is_logged(target: Target, run: Run) -> None:
    result = run(target, "talk", given={"command": ["/bin/sh", "-c", "echo from a child; echo and its errors >&2"]})
    assert result.log == "from a child\nand its errors\n"


def test_long_lines_are_split(target: Target, run: Run) -> None:
    result = run(target, "talk", given={"long": 100_000})
    lines = result.log.splitlines(keepends=True)
    assert max(len(line) for line in lines) == 32 * 1024
    assert "".join(lines).replace("\n", "") == "x" * 100_000


def test_a_finished_exchange_is_not_touched(target: Target, run: Run, exchange: Path) -> None:
    (exchange / "done").touch()
    (exchange / "output.json").write_text("[1]")
    before = sorted((path.name, path.stat().st_mtime_ns) for path in exchange.iterdir())
    result = run(target, "value")
    assert result.status == 0
    assert sorted((path.name, path.stat().st_mtime_ns) for path in exchange.iterdir()) == before


def test_large_integers_are_exact(target: Target, run: Run) -> None:
    document = b'{"a":[18446744073709551616,-9223372036854775809,123456789012345678901234567890,1.5]}'
    assert run(target, "value", given=document).output == document


def test_data_directory_by_argument(target: Target, run: Run, exchange: Path, tmp_path: Path) -> None:
    result = run(target, "value", "--data", str(exchange), given=[2], environment={"FN_DATA_DIR": str(tmp_path / "no")})
    result.assert_announced()
    assert result.output == b"[2]"


def test_questions_are_answered_without_an_exchange(target: Target, run: Run, exchange: Path) -> None:
    for question in ("--help", "--version", "--list", "--describe"):
        assert run(target, question).status == 0
    assert list(exchange.iterdir()) == []
