"""Typed inputs and outputs, black box: the same words from the source and from the file."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Run, Target
from tests.wrong_inputs import WRONG_INPUTS, order


def test_a_typed_input_and_result(target: Target, run: Run) -> None:
    result = run(target, "typed", given=order(when="2026-01-02T03:04:05+01:00", exact=2**70).encode())
    result.assert_announced()
    assert json.loads(result.output or b"") == {
        "user": {"userName": "Ada", "age": None, "colour": "red", "level": 1},
        "items": [{"name": "tea", "price": 1.50, "count": 1}],
        "when": "2026-01-02T03:04:05+01:00",
        "exact": 2**70,
    }
    assert result.log == "1 items for Ada\n"


@pytest.mark.parametrize("case", ["a text for an integer", "the last of many keys", "a missing tag"])
def test_a_mismatch_is_the_outcome(target: Target, run: Run, case: str) -> None:
    document, message = WRONG_INPUTS[case]
    result = run(target, "typed", given=document.encode())
    result.assert_announced()
    assert result.error == {"code": "fn.input.mismatch", "message": message}
    assert result.log == ""


def test_every_wrong_input(target: Target, run: Run) -> None:
    """All in one run: a process for each would take long."""
    result = run(target, "typed-cases", given=[document for document, _ in WRONG_INPUTS.values()])
    result.assert_announced()
    said = dict(zip(WRONG_INPUTS, json.loads(result.output or b""), strict=True))
    assert said == {case: f"fn.input.mismatch: {message}" for case, (_, message) in WRONG_INPUTS.items()}


def test_plain_json_starts_without_what_types_need(target: Target, run: Run) -> None:
    """In a cold boot; a warm one has it all, at no cost, and from source others import it."""
    result = run(target, "plain-dict", given={})
    result.assert_announced()
    if target.is_cold:
        assert result.output == b"[]"
    else:
        assert b"msgspec" in (result.output or b"") or target.name == "source"
