"""Tests of the handler greet. `fn` runs it in this process, or in the built file (`--fn-file`)."""

from entry.testing import Function


def test_greets(fn: Function) -> None:
    outcome = fn("greet", {"name": "Ada"})
    assert outcome.value == {"greeting": "Hello, Ada!"}
    assert outcome.log == ["greeting Ada"]


def test_a_name_is_needed(fn: Function) -> None:
    error = fn("greet", {}).error
    assert error is not None
    assert error.code == "greet.badInput"
