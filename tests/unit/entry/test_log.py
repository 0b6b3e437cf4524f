"""The handler's logger: what a standard one takes, and no slip in a line fails the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entry import Context
from entry.testing import invoke


class _Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def _lines(act: Callable[[Context], object]) -> list[str]:
    def handler(data: object, ctx: Context) -> None:
        act(ctx)

    outcome = invoke(handler)
    assert outcome.error is None
    return outcome.log


@pytest.mark.parametrize(
    ("message", "argument", "line"),
    [
        ("%d rows", "many", "%d rows ('many',)"),
        ("%(name)s", {"nam": 1}, "%(name)s ({'nam': 1},)"),
        ("%c", 1 << 40, "%c (1099511627776,)"),
        ("%s", _Unprintable(), "%s (a tuple that cannot be shown: RuntimeError)"),
        (_Unprintable(), 1, "(a _Unprintable that cannot be shown: RuntimeError) (1,)"),
    ],
)
def test_a_slip_in_a_line_fails_no_run(message: object, argument: object, line: str) -> None:
    assert _lines(lambda ctx: ctx.log.info(message, argument)) == [line]


def test_a_message_that_has_no_text() -> None:
    expected = ["(a _Unprintable that cannot be shown: RuntimeError)"]
    assert _lines(lambda ctx: ctx.log.info(_Unprintable())) == expected


def test_options_of_a_standard_logger() -> None:
    def act(ctx: Context) -> None:
        ctx.log.info("one", extra={"order": 7}, stacklevel=2)
        ctx.log.warn("two", extra=None)
        ctx.log.fatal("three")
        error = ValueError("four")
        ctx.log.log(25, "five", exc_info=(ValueError, error, None))

    assert _lines(act) == ["one", "WARNING: two", "CRITICAL: three", "LEVEL 25: five", "ValueError: four"]


def test_the_stack() -> None:
    lines = _lines(lambda ctx: ctx.log.info("here", stack_info=True))
    assert lines[:2] == ["here", "Stack (most recent call last):"]
    assert "lambda ctx: ctx.log.info" in lines[-1]
    assert not any("entry/runtime" in line for line in lines)
