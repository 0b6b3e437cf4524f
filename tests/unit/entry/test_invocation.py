"""`invoke` and `fn` with what a request has beside its body: an event, headers, variables of Direktiv."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from entry import Context, FunctionError
from entry.testing import Function, decide, invoke
from tests.conftest import TARGETS
from tests.handlers.event import event as shows_event
from tests.handlers.raw import raw
from tests.handlers.talk import talk
from tests.handlers.variables import variables as uses_variables


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """A handler in this process may change it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _orders(order: dict[str, object] | None, ctx: Context) -> object:
    if ctx.event is None:
        raise FunctionError("orders.noEvent", "send an event")
    ctx.log.info("%s from %s", ctx.event.type, ctx.event.source)
    return ctx.event.reply({"order": order}, type="order.confirmed", subject=ctx.event.subject or "none")


def test_an_event() -> None:
    outcome = invoke(_orders, {"id": 7}, event={"type": "order.placed", "subject": 'Grüße, "50 %"'})
    assert outcome.value == {"order": {"id": 7}}
    assert outcome.log == ["order.placed from /tests"]
    assert outcome.reply is not None
    assert outcome.reply.attributes["type"] == "order.confirmed"
    assert outcome.reply.attributes["subject"] == 'Grüße, "50 %"'
    assert outcome.reply.data == b'{"order":{"id":7}}'


def test_an_event_without_data_and_one_of_bytes() -> None:
    assert invoke(_orders, event={}).value == {"order": None}
    outcome = invoke(raw, b"\x00\xff", event={})
    assert (outcome.output, outcome.reply) == (b"\x00\xff", None)


def test_no_event_and_a_wrong_one() -> None:
    for found in (invoke(_orders, {}), invoke(_orders, {}, headers={"X": "y"})):
        assert found.error is not None
        assert found.error.code == "orders.noEvent"
    wrong = invoke(_orders, {}, event={"specversion": "0.3"}).error
    assert wrong is not None
    assert wrong.code == "fn.input.invalid"


@pytest.mark.parametrize("name", ["process", "warm", pytest.param("portable", marks=pytest.mark.needs("portable"))])
def test_both_kinds_of_test_see_the_same(name: str) -> None:
    file = next((Path(target.command[0]) for target in TARGETS if target.name == name), None)
    fn = Function(file)
    outcome = fn("event" if file else shows_event, {"reply": {"type": "t"}, "data": [1]}, event={"type": "a"})
    assert (outcome.value, outcome.log) == ([1], [])
    assert outcome.reply is not None
    assert outcome.reply.attributes["type"] == "t"
    outcome = fn("raw" if file else raw, b"\xff", event={})
    assert (outcome.output, outcome.reply) == (b"\xff", None)
    error = fn("event" if file else shows_event, {"reply": {"type": ""}}, event={}).error
    assert error is not None
    assert error.code == "fn.output.unserializable"


@pytest.mark.parametrize("name", ["process", "warm", pytest.param("portable", marks=pytest.mark.needs("portable"))])
def test_both_kinds_of_test_have_the_same_log(name: str) -> None:
    file = next((Path(target.command[0]) for target in TARGETS if target.name == name), None)
    outcome = Function(file)("talk" if file else talk, {"all": True})
    assert "INFO: lib: from logging" in outcome.log
    assert "not utf-8: \ufffd\ufffd, control: \\x1b[31m" in outcome.log or not file  # bytes, past this process's log


def test_a_line_ends_at_a_newline_alone() -> None:
    def handler(data: object, ctx: Context) -> None:
        print("one\u2028two\x0cthree\r\n\nfour", end="")

    assert invoke(handler).log == ["one\u2028two\\x0cthree\\x0d", "", "four"]


def test_logging_is_left_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    def handler(data: object, ctx: Context) -> None:
        logging.getLogger("shop").debug("for the test alone")
        logging.getLogger("shop").info("%d rows", 3)

    before = logging.getLogger().handlers[:]
    with caplog.at_level(logging.DEBUG):
        assert invoke(handler).log == ["INFO: shop: 3 rows"]
    assert [record.getMessage() for record in caplog.records] == ["for the test alone", "3 rows"]
    assert logging.getLogger().handlers == before


def test_values_of_any_depth() -> None:
    nested: object = 1
    for _ in range(1023):
        nested = [nested]
    outcome = invoke(lambda: nested)
    for value in (outcome.value, decide(outcome.output, None).value):
        depth, inner = 0, value
        while isinstance(inner, list):
            inner, depth = inner[0], depth + 1
        assert depth == 1023


def test_attributes_in_quotation_marks() -> None:
    def subject(data: object, ctx: Context) -> str | None:
        return ctx.event.subject if ctx.event else None

    of_event = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/", "ce-type": "t"}
    for written, meant in ((r'"a\\b"', r"a\b"), (r'"a\"b"', 'a"b'), (r'"\\\""', r"\""), ('"a%20b"', "a b")):
        assert invoke(subject, None, headers={**of_event, "ce-subject": written}).value == meant


def test_headers() -> None:
    def language(data: object, ctx: Context) -> object:
        return [ctx.headers.get("accept-language"), ctx.action_id]

    assert invoke(language, {}, headers={"Accept-Language": "de"}).value == ["de", None]
    assert invoke(language, {}).value == [None, None]


def test_variables_of_direktiv() -> None:
    known = {("workflow", "letter"): "Grüße".encode()}
    assert invoke(uses_variables, {"get": ["workflow", "letter"]}, variables=known).output == "Grüße".encode()
    missing = invoke(uses_variables, {"get": ["instance", "letter"]}, variables=known).error
    assert missing is not None
    assert missing.code == "fn.variable.missing"
    outcome = invoke(uses_variables, {"set": [["workflow", "a", "text", ""]]}, variables={}, files={"b.txt": b"12"})
    assert (outcome.value, outcome.variables["workflow"]) == ({"b.txt": 2}, {"a": "ä".encode()})
