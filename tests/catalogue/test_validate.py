"""handlers/validate.py: all errors, their paths, in words that hold no value of the data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.catalogue.conftest import Run, out_of_time

SCHEMA = {
    "type": "object",
    "required": ["name", "email"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 4},
        "email": {"type": "string", "format": "email"},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True, "maxItems": 2},
        "two words": {"type": "object", "properties": {"x.y": {"const": 1}}},
    },
}


def _errors(run: Run, schema: Any, data: Any, **more: Any) -> list[tuple[str, str]]:
    seen = run("validate", {"schema": schema, "data": data, "report": True, **more})
    assert seen.code is None, seen
    assert seen.value["valid"] == (not seen.value["errors"])
    assert seen.value["count"] == len(seen.value["errors"])
    return [(each["path"], each["message"]) for each in seen.value["errors"]]


def test_what_fits(run: Run) -> None:
    assert run("validate", {"schema": SCHEMA, "data": {"name": "Ada", "email": "a@b"}}).value == {
        "valid": True, "count": 0, "errors": [],
    }  # fmt: skip


def test_all_errors_with_their_paths(run: Run) -> None:
    data = {"name": "A", "age": -5, "tags": ["a", "c", "c"], "two words": {"x.y": 2}, "more": 1}
    assert sorted(_errors(run, SCHEMA, data)) == [
        ("$", "'email' is a required property"),
        ("$", "Additional properties are not allowed ('more' was unexpected)"),
        ("$.age", "expected at least 0"),
        ("$.name", "has 1 characters, expected at least 2"),
        ("$.tags", "has 3 items, expected at most 2"),
        ("$.tags", "has equal items"),
        ("$.tags[1]", 'expected one of ["a","b"]'),
        ("$.tags[2]", 'expected one of ["a","b"]'),
        ('$["two words"]["x.y"]', "expected 1"),
    ]
    report = run("validate", {"schema": SCHEMA, "data": {"name": 1, "email": "a@b"}, "report": True}).value["errors"]
    assert report == [
        {"path": "$.name", "message": "expected string, got integer", "keyword": "type",
         "schema": "#/properties/name/type"}
    ]  # fmt: skip


def test_the_error_lists_them(run: Run) -> None:
    seen = run("validate", {"schema": SCHEMA, "data": {"name": 12345, "age": "123454321"}})
    seen.failed("validate.invalid", "$.name: expected string, got integer", "$.age: expected integer, got string")
    assert "123454321" not in seen.message
    assert len(seen.message.splitlines()) == 3


@pytest.mark.parametrize(
    ("schema", "data", "message"),
    [
        ({"type": ["string", "null"]}, 1.5, "expected string or null, got number"),
        ({"type": "integer"}, True, "expected integer, got boolean"),
        ({"pattern": "^a+$"}, "b", 'does not match the pattern "^a+$"'),
        ({"exclusiveMinimum": 3}, 3, "expected more than 3"),
        ({"exclusiveMaximum": 3}, 3, "expected less than 3"),
        ({"maximum": 3}, 4, "expected at most 3"),
        ({"multipleOf": 0.5}, 0.7, "expected a multiple of 0.5"),
        ({"minProperties": 1}, {}, "has 0 properties, expected at least 1"),
        ({"contains": {"const": 1}}, [2], "has too few or too many items that fit `contains`"),
        ({"not": {"type": "null"}}, None, "fits what it must not fit"),
        ({"const": None}, 1, "expected null"),
        (False, 1, "nothing is allowed here"),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, "has 2 characters, expected at most 1"),
        ({"anyOf": [{"type": "string"}, {"properties": {"a": {"type": "null"}}}]}, {"a": 1},
         "fits none of 2 alternatives ($: expected string, got object; $.a: expected null, got integer)"),
        ({"oneOf": [{"type": "integer"}, {"minimum": 0}]}, 1, "fits more than one of 2 alternatives"),
        ({"if": {"type": "integer"}, "then": {"minimum": 5}}, 1, "expected at least 5"),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, "'b' is a dependency of 'a'"),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}, 1, "expected null, got integer"),
        ({"prefixItems": [{"type": "null"}], "items": False}, [None, 1], "has more items than there may be"),
        ({"unevaluatedProperties": False}, {"x": 1}, "Unevaluated properties are not allowed ('x' was unexpected)"),
    ],
)  # fmt: skip
def test_words(run: Run, schema: Any, data: Any, message: str) -> None:
    (error,) = _errors(run, schema, data)
    assert error[1] == message


@pytest.mark.parametrize(
    ("draft", "schema", "valid", "invalid"),
    [
        ("http://json-schema.org/draft-04/schema#", {"minimum": 3, "exclusiveMinimum": True}, 4, 3),
        ("http://json-schema.org/draft-06/schema#", {"exclusiveMinimum": 3}, 4, 3),
        ("http://json-schema.org/draft-07/schema#", {"items": [{"type": "null"}], "additionalItems": False}, [], [1]),
        ("https://json-schema.org/draft/2019-09/schema", {"dependentRequired": {"a": ["b"]}}, {"b": 1}, {"a": 1}),
        ("https://json-schema.org/draft/2020-12/schema", {"prefixItems": [{"type": "null"}]}, [None], [1]),
    ],
)  # fmt: skip
def test_drafts(run: Run, draft: str, schema: dict[str, Any], valid: Any, invalid: Any) -> None:
    assert _errors(run, {"$schema": draft, **schema}, valid) == []
    assert len(_errors(run, {"$schema": draft, **schema}, invalid)) == 1


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date-time", "2026-01-31T12:30:00.5+02:00", "2026-01-31T12:30:00"),
        ("date-time", "2026-01-31T12:30:00Z", "2026-02-30T12:30:00Z"),
        ("date", "2026-01-31", "2026-02-30"),
        ("time", "12:30:00Z", "12:30"),
        ("duration", "P1Y2M3DT4H5M6S", "P"),
        ("email", "ada@example.org", "ada"),
        ("hostname", "a-b.example.org", "-a.example.org"),
        ("ipv4", "10.0.0.1", "10.0.0.256"),
        ("ipv6", "::1", "::g"),
        ("uri", "https://example.org/a?b#c", "/a"),
        ("uri", "urn:isbn:1", "a b:c"),
        ("uri-reference", "/a", "a b"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("regex", "a+", "a("),
        ("json-pointer", "/a/~0b", "a"),
    ],
)
def test_formats(run: Run, name: str, good: str, bad: str) -> None:
    assert _errors(run, {"format": name}, [good]) == []
    assert _errors(run, {"format": name}, good) == []
    assert _errors(run, {"format": name}, bad) == [("$", f"is no {name}")]
    assert _errors(run, {"format": name}, bad, formats=False) == []


def test_files_passed_in(run: Run) -> None:
    files = {"data.json": b'{"name": "Ada"}', "schema.json": json.dumps(SCHEMA).encode()}
    run("validate", {"variable": "data.json", "schema_variable": "schema.json"}, files).failed(
        "validate.invalid", "'email' is a required property"
    )
    run("validate", {"variable": "data.json", "schema": True}, {"data.json": b"\xff"}).failed("validate.json")
    run("validate", {"data": 1, "schema_variable": "s"}, {"s": b"[]"}).failed(
        "validate.schema", "an object or a boolean"
    )
    run("validate", {"data": 1, "schema_variable": "s"}, {"s": b"{"}).failed("validate.schema", "s: ")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "text"}, "$.type: "),
        ({"properties": {"a": {"minimum": "1"}}}, "$.properties.a.minimum: expected number, got string"),
        ({"pattern": "("}, "is no regex"),
        ({"$schema": "https://example.org/mine"}, "$schema names no draft"),
        ({"$ref": "https://example.org/mine"}, "nothing is fetched"),
        ({"$ref": "file:///etc/passwd"}, "nothing is fetched"),
        ({"$ref": "#/nowhere"}, "leads nowhere"),
        ({"pattern": "a{99999999999}"}, "a pattern: the repetition number is too large"),
        ({"$schema": 5}, "$schema names no draft"),
        ({"$schema": ["a"]}, "$schema names no draft"),
        ({"$ref": "#/x", "x": "text"}, "a $ref leads to what is no schema"),
        ({"$ref": "#/x", "x": 5}, "a $ref leads to what is no schema"),
        ({"$ref": "#/x", "x": {"type": "no"}}, "a $ref leads to what is no schema"),
        ({"$ref": "#"}, "leads to itself"),
        ({"allOf": [{"$ref": "#"}]}, "leads to itself"),
    ],
)
def test_schemas_that_are_none(run: Run, schema: Any, words: str) -> None:
    run("validate", {"schema": schema, "data": {"a": 1}}).failed("validate.schema", words)


def test_a_pattern_that_would_take_for_ever(run: Run) -> None:
    given = {"schema": {"pattern": "^(a+)+$"}, "data": "a" * 40 + "!", "timeout": 0.3}
    run("validate", given).failed("validate.timeout", "0.3 s")
    out_of_time(run, "validate", {**given, "timeout": 30}).failed("validate.timeout")


def test_many_errors_are_counted(run: Run) -> None:
    seen = run("validate", {"schema": {"items": {"type": "null"}}, "data": [1] * 150, "report": True})
    assert (seen.value["count"], len(seen.value["errors"])) == (150, 100)
    run("validate", {"schema": {"items": {"const": 0}}, "data": [1] * 150}).failed("validate.invalid", "and 50 more")
    assert (
        run("validate", {"schema": {"items": {"const": 0}}, "data": [1] * 20_000, "report": True}).value["count"]
        == 10_000
    )


def test_data_nested_deeply(run: Run) -> None:
    deep: Any = {}
    for _ in range(900):
        deep = {"a": deep}
    schema = {"properties": {"a": {"$ref": "#"}}, "additionalProperties": False}
    run("validate", {"schema": schema, "data": deep}).failed("validate.schema", "nested too deeply")


def test_inputs_that_do_not_fit(run: Run) -> None:
    wrong: Any
    for wrong in (
        {}, {"data": 1}, {"schema": {}}, {"schema": 1, "data": 1}, {"schema": {}, "schema_variable": "a", "data": 1},
        {"schema": {}, "data": 1, "variable": "a"}, {"schema": {}, "data": 1, "strict": True},
    ):  # fmt: skip
        run("validate", wrong).failed("fn.input.mismatch", "$")


def test_nothing_of_the_input_is_logged(run: Run) -> None:
    assert run("validate", {"schema": {"type": "null"}, "data": "secret"}).log == []


@pytest.mark.parametrize(
    ("step", "number", "fits"),
    [
        # the specification's own example, and the cases of the JSON Schema test suite
        (0.01, 4.02, True), (2, 10, True), (2, 7, False), (2, "foo", True), (1.5, 0, True), (1.5, 4.5, True),
        (1.5, 35, False), (0.0001, 0.0075, True), (0.0001, 0.00751, False), (0.123456789, 1e308, False),
        (1e-8, 12391239123, True), (0.5, 1e308, True),
        # far apart, long, on either side of nothing
        (1e-300, 1e300, True), (3e-300, 1e300, False), (1e300, 1e-300, False), (5e-324, 1.7976931348623157e308, True),
        (0.1, 10**300, True), (10**30, 3 * 10**30, True), (7, 7 * 10**308 + 1, False), (0.01, -19.99, True),
        (0.1, -0.0, True), (1e22, 1e23, True), (0.3, 0.9, True), (0.3, 1.0, False), (2.0, 4, True), (1, 1.5, False),
        (1, True, True), (0.01, 0.07, True), (0.01, 1.1e-2, False), (1.1, 3.3000000000000003, False),
    ],
)  # fmt: skip
def test_multiples_are_exact(run: Run, step: Any, number: Any, fits: bool) -> None:
    found = _errors(run, {"multipleOf": step}, number)
    assert found == ([] if fits else [("$", f"expected a multiple of {step}")])


def test_multiples_in_every_draft(run: Run) -> None:
    """Also in a part of a schema that names another draft."""
    drafts = ["draft-03", "draft-04", "draft-06", "draft-07"]
    names = [f"http://json-schema.org/{draft}/schema#" for draft in drafts]
    names += ["https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema"]
    for name in names:
        keyword = "divisibleBy" if "draft-03" in name else "multipleOf"
        schema = {"$schema": name, keyword: 0.01}
        assert _errors(run, schema, 4.02) == []
        assert _errors(run, schema, 4.025) == [("$", "expected a multiple of 0.01")]
        if name != names[0]:
            assert _errors(run, {"$schema": name, "allOf": [{"$schema": names[3], "multipleOf": 0.01}]}, 4.02) == []


def test_a_byte_order_mark_is_passed_over(run: Run) -> None:
    files = {"data": b"\xef\xbb\xbf4.02", "schema": b'\xef\xbb\xbf{"multipleOf": 0.01}'}
    assert run("validate", {"variable": "data", "schema_variable": "schema"}, files).value["valid"]
