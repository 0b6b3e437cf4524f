"""handlers/transform.py: JMESPath as its specification has it, and expressions that somebody means ill with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.catalogue.conftest import Run

PEOPLE = {"people": [{"name": "Ada", "age": 36}, {"name": "Bob", "age": 17}, {"name": "Cid", "age": 71}]}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("people[0].name", "Ada"),
        ("people[?age > `18`].name", ["Ada", "Cid"]),
        ("people[].{who: name, old: age >= `70`}", [
            {"who": "Ada", "old": False}, {"who": "Bob", "old": False}, {"who": "Cid", "old": True}]),
        ("sort_by(people, &age)[-1].name", "Cid"),
        ("sum(people[].age)", 124),
        ("join(', ', people[].name)", "Ada, Bob, Cid"),
        ("nothing.here", None),
        ("@", PEOPLE),
        ("people[?name > `18`]", []),
        ("people[0].name < `1`", None),
        ("`1` >= 'a'", None),
        ("`[1]` < `[2]`", None),
        ("`true` > `false`", None),
        ("nothing <= `1`", None),
        ("'a' < 'b'", True),
        ("`1` < `1.5`", True),
        ("'a' == `1`", False),
        ("people[::-1].age", [71, 17, 36]),
        ("`\"Grüße\"`", "Grüße"),
        ({"first": "people[0]", "count": "length(people)"}, {"first": PEOPLE["people"][0], "count": 3}),
    ],
)  # fmt: skip
def test_expressions(run: Run, expression: Any, expected: Any) -> None:
    assert run("transform", {"data": PEOPLE, "expression": expression}).value == expected


def test_large_numbers_stay_as_they_are(run: Run) -> None:
    """In a variable: in an output a workflow reads them as floats."""
    to = b'{"scope": "workflow", "name": "numbers"}'
    document = b'{"data": {"a": 123456789012345678901234567890, "b": 1.5}, "expression": "[a, b]", "to": %b}' % to
    assert run("transform", document).variables["workflow"]["numbers"] == b"[123456789012345678901234567890,1.5]"


def test_variables(run: Run) -> None:
    files = {"people.json": json.dumps(PEOPLE).encode()}
    given = {"variable": "people.json", "expression": "people[].name", "to": {"scope": "instance", "name": "names"}}
    seen = run("transform", given, files)
    assert seen.value == {"scope": "instance", "name": "names", "bytes": 19}
    assert json.loads(seen.variables["instance"]["names"]) == ["Ada", "Bob", "Cid"]
    run("transform", given, {"people.json": b"{"}).failed("transform.json", "people.json")
    run("transform", given, {"people.json": b"[" * 100_000}).failed("transform.json", "people.json")
    run("transform", given).failed("fn.variable.missing", "people.json")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("people[", "Incomplete"),
        ("people..name", "column 7"),
        ("a b", "column 2"),
        ("'open", "Unclosed"),
        ("$", "token"),
        ("(" * 5000, ""),
        ({"good": "a", "bad": "["}, "bad: "),
    ],
)
def test_expressions_that_are_none(run: Run, expression: Any, words: str) -> None:
    run("transform", {"data": {}, "expression": expression}).failed("transform.expression", words)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("length(secret)", "length() wants string or array or object, got number"),
        ("no_such_function(@)", "no_such_function"),
        ("length(@, @)", "1 argument"),
        ("sort(people)", "sort() wants"),
        ("people[::0]", "invalid value: the step of a slice is 0"),
    ],
)
def test_what_fails(run: Run, expression: str, words: str) -> None:
    seen = run("transform", {"data": {**PEOPLE, "secret": 123454321}, "expression": expression})
    seen.failed("transform.failed", words)
    assert "123454321" not in seen.message


def test_a_result_that_doubles_and_doubles(run: Run) -> None:
    """Like the entities of a billion laughs: a few letters, and more values than any memory holds."""
    run("transform", {"data": 1, "expression": " | ".join(["[@, @]"] * 60)}).failed("transform.tooLarge", "values")
    text = {"data": "a", "expression": " | ".join(["join('', [@, @])"] * 60), "timeout": 600}
    run("transform", text).failed("transform.tooLarge", "memory")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # where a first signal may get lost
def test_what_takes_too_long(run: Run) -> None:
    given = {"data": list(range(50_000)), "expression": "[*].[@, @][] | [*].contains(`[1]`, @)", "timeout": 0.001}
    run("transform", given).failed("transform.timeout", "0.001 s")


def test_inputs_that_do_not_fit(run: Run) -> None:
    for wrong in (
        {}, {"data": 1}, {"expression": "a"}, {"expression": "", "data": 1}, {"expression": 1, "data": 1},
        {"expression": "a", "data": 1, "variable": "b"}, {"expression": "a", "data": 1, "timeout": 0},
        {"expression": "a" * 70_000, "data": 1}, {"expression": "a", "data": 1, "to": {"scope": "all", "name": "a"}},
    ):  # fmt: skip
        run("transform", wrong).failed("fn.input.mismatch", "$")
    assert run("transform", {"expression": "@", "data": None}).value is None


def test_nothing_of_the_input_is_logged(run: Run) -> None:
    assert run("transform", {"data": "secret", "expression": "length(@)"}).log == []


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("{a: [to_number('1e999')]}", "a number of the result is infinite"),
        ("sum(`[1e308, 1e308]`)", "a number of the result is infinite"),
        ('`"\\ud800"`', "half a character"),
        ('{"\\udfff": `1`}', "half a character"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"to": {"scope": "workflow", "name": "result"}}])
def test_results_that_are_no_json(run: Run, expression: str, words: str, more: Any) -> None:
    run("transform", {"data": 1, "expression": expression, **more}).failed("transform.failed", words)


def test_depth_is_no_matter(run: Run) -> None:
    document = b"[" * 900 + b"1" + b"]" * 900
    seen = run("transform", {"variable": "deep", "expression": "@", "to": {"scope": "workflow", "name": "same"}},
               {"deep": b"\xef\xbb\xbf" + document})  # fmt: skip
    assert seen.variables["workflow"]["same"] == document
    deeper = b"[" * 1020 + b"]" * 1020
    words = "nested deeper than 1024 levels"
    run("transform", {"variable": "deep", "expression": "[[[[[@]]]]]"}, {"deep": deeper}).failed(
        "transform.failed", words
    )
