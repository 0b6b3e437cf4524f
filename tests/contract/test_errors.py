"""The contract where a run fails: codes and messages, black box, against every target."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Result, Run, Target

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
    "no log": ("fn.exception", "ValueError: the reason"),
    "no stderr": ("fn.exception", "ValueError: the reason"),
    "failing stderr": ("fn.exception", "ValueError: the reason"),
    "closed stderr": ("fn.exception", "ValueError: the reason"),
    "hook that exits": ("fn.exception", "ValueError: the reason"),
    "incomplete": ("", "an error without a message"),
    "oddly typed": ("7", "7"),
    "text that exits": ("fn.exception", "Exits: (its message cannot be shown: SystemExit)"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_and_their_codes(target: Target, run: Run, case: str) -> None:
    result = run(target, "fault", given={"do": case})
    result.assert_announced()
    code, message = ERRORS[case]
    assert result.error == {"code": code, "message": message}


def test_a_stream_that_is_refused_is_closed(target: Target, run: Run) -> None:
    result = run(target, "result-kinds", given={"kind": "closed stream"})
    result.assert_failed("fn.output.unserializable")
    assert result.log == "tidied up\n"


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
    message = result.assert_failed("fn.input.invalid")
    assert place in message


def test_an_input_that_does_not_fit(target: Target, run: Run) -> None:
    result = run(target, "fault", given=[1])
    assert result.error == {"code": "fn.input.mismatch", "message": "$: expected object, got array"}


def test_no_handler_named(target: Target, run: Run) -> None:
    result = run(target, given={})
    message = result.assert_failed("fn.handler.ambiguous")
    assert "fault" in message


def test_an_unknown_handler_is_answered_with_a_suggestion(target: Target, run: Run) -> None:
    result = run(target, "valeu", given={})
    message = result.assert_failed("fn.handler.unknown")
    assert "did you mean 'value'?" in message
    assert "result-kinds" in message


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
    message = result.assert_failed("fn.usage")
    assert expected in message


def _assert_error(result: Result, code: str) -> None:
    result.assert_failed(code)


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
