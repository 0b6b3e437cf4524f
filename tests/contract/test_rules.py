"""The contract, rule by rule, black box: the same cases against every target."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Result, Run, Target


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
        ("empty", b""),
        ("none", b"null"),
        ("stream", b"one two three"),
        ("async stream", b"async stream"),
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


ERRORS = {
    "value error": ("fn.exception", "ValueError: nope"),
    "empty error": ("fn.exception", "ValueError"),
    "key error": ("test.notFound", "'k'"),
    "unprintable": ("fn.exception", "Unprintable: (its message cannot be shown: RuntimeError)"),
    "keyboard interrupt": ("fn.exception", "KeyboardInterrupt"),
    "generator exit": ("fn.exception", "GeneratorExit"),
    "coded": ("test.coded", "50% done"),
    "uncoded": ("", "not catchable"),
    "no message": ("test.silent", "test.silent"),
    "memory error": ("fn.memory", "the handler ran out of memory: give it a larger size or let it use less"),
    "sys.exit 0": ("fn.exit", "the handler called sys.exit(0): it must return or raise"),
    "sys.exit 3": ("fn.exit", "the handler called sys.exit(3): it must return or raise"),
    "broken stream": ("fn.exception", "ValueError: the stream broke"),
    "not bytes": (
        "fn.output.unserializable",
        "$[1]: an iterator is written as a stream of bytes, got str; return list(...) for a JSON array",
    ),
    "no file": ("fn.output.unserializable", "$: the file /does/not/exist: No such file or directory"),
    "nan": ("fn.output.unserializable", "$.rows[1].price: NaN cannot be written as a JSON number"),
    "object": ("fn.output.unserializable", "$.a[0]: object cannot be written as JSON"),
    "cycle": ("fn.output.unserializable", "$[0]: the value contains itself"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_and_their_codes(target: Target, run: Run, case: str) -> None:
    result = run(target, "fault", given={"do": case})
    result.assert_announced()
    code, message = ERRORS[case]
    assert result.error == {"code": code, "message": message}


def test_the_traceback_is_logged_without_our_frames(target: Target, run: Run) -> None:
    log = run(target, "fault", given={"do": "value error"}).log
    assert "Traceback (most recent call last):" in log
    assert log.rstrip().endswith("ValueError: nope")
    assert "raise error" in log  # the source line of the handler
    assert "entry/" not in log


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (b"", "(line 1, column 1)"),
        (b"{", "(line 1, column 2)"),
        (b"[1,\n2,,3]", "(line 2, column 3)"),
        (b"\xef\xbb\xbf1", "(line 1, column 1)"),
        (b"NaN", "(line 1, column 1)"),
        (b"[1] 2", "(line 1, column 5)"),
        (b'"\xff"', "(line 1, column 2)"),
        (b"[" * 100_000, "(line 1, column"),
        (b"1e400", "(line 1, column 1)"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(target: Target, run: Run, document: bytes, place: str) -> None:
    result = run(target, "value", given=document)
    result.assert_announced()
    assert result.error is not None
    assert result.error["code"] == "fn.input.invalid"
    assert place in result.error["message"]


def test_an_input_that_does_not_fit(target: Target, run: Run) -> None:
    result = run(target, "fault", given=[1])
    assert result.error == {"code": "fn.input.mismatch", "message": "$: expected object, got array"}


def test_large_integers_are_exact(target: Target, run: Run) -> None:
    document = b'{"a":[18446744073709551616,-9223372036854775809,123456789012345678901234567890,1.5]}'
    assert run(target, "value", given=document).output == document


def test_no_handler_named(target: Target, run: Run) -> None:
    result = run(target, given={})
    result.assert_announced()
    assert result.error is not None
    assert result.error["code"] == "fn.handler.ambiguous"
    assert "fault" in result.error["message"]


def test_an_unknown_handler_is_answered_with_a_suggestion(target: Target, run: Run) -> None:
    result = run(target, "valeu", given={})
    result.assert_announced()
    assert result.error is not None
    assert result.error["code"] == "fn.handler.unknown"
    assert "did you mean 'value'?" in result.error["message"]
    assert "result-kinds" in result.error["message"]


USAGE = [
    (["value", "--timeout", "soon"], {}, "--timeout: expected seconds"),
    (["value"], {"FN_TIMEOUT": "-1"}, "FN_TIMEOUT: expected seconds"),
    (["value", "--timeout"], {}, "--timeout: a value is missing"),
    (["value", "--linger=1e3"], {}, "--linger: expected seconds"),
    (["value", "--colour"], {}, "--colour: no such option"),
    (["value", "raw"], {}, "one handler can be named, not 2"),
    (["value"], {"FN_LOG_LEVEL": "loud"}, "FN_LOG_LEVEL: expected one of"),
    (["value"], {"FN_LOG_TEE": "yes"}, "FN_LOG_TEE: expected 0 or 1"),
]


@pytest.mark.parametrize(("arguments", "environment", "expected"), USAGE)
def test_bad_settings_are_errors_of_the_run(
    target: Target, run: Run, arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    result = run(target, *arguments, given={}, environment=environment)
    result.assert_announced()
    assert result.error is not None
    assert result.error["code"] == "fn.usage"
    assert expected in result.error["message"]


def test_data_directory_by_argument(target: Target, run: Run, exchange: Path, tmp_path: Path) -> None:
    result = run(target, "value", "--data", str(exchange), given=[2], environment={"FN_DATA_DIR": str(tmp_path / "no")})
    result.assert_announced()
    assert result.output == b"[2]"


def test_questions_are_answered_without_an_exchange(target: Target, run: Run, exchange: Path) -> None:
    for question in ("--help", "--version", "--list", "--describe"):
        assert run(target, question).status == 0
    assert list(exchange.iterdir()) == []


def _assert_error(result: Result, code: str) -> None:
    result.assert_announced()
    assert result.error is not None
    assert result.error["code"] == code


def test_no_input(target: Target, run: Run) -> None:
    _assert_error(run(target, "value"), "fn.input.missing")


def test_an_input_that_is_a_link_is_not_followed(target: Target, run: Run, exchange: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("[1]")
    (exchange / "input.json").symlink_to(tmp_path / "secret")
    _assert_error(run(target, "value"), "fn.input.unreadable")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_an_input_that_is_no_file(target: Target, run: Run, exchange: Path, make: object) -> None:
    make(exchange / "input.json")  # type: ignore[operator]
    _assert_error(run(target, "value"), "fn.input.unreadable")
