"""What values a run takes and gives: numbers of any size, any depth, moments with odd offsets. On every target, and
in an empty root."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Run, Target
from tests.empty_root import PLACES

_LONG = 7 * 10**309 + 3  # orjson would call it infinity
_DEEPEST = 1024


@pytest.fixture(params=PLACES)
def target(request: pytest.FixtureRequest) -> Target:
    return PLACES[request.param]


def _typed(**members: Any) -> dict[str, Any]:
    return {"user": {"userName": "Ada"}, "items": [{"name": "x", "price": 1}], **members}


@pytest.mark.parametrize(
    "number", [_LONG, -_LONG, 10**4299, 2**64, -(2**63) - 1], ids=["long", "negative", "longest", "past", "before"]
)
@pytest.mark.parametrize("before", ["", '"1e400", "\\"", '], ids=["alone", "after texts"])
def test_integers_of_any_size_are_exact(target: Target, run: Run, number: int, before: str) -> None:
    result = run(target, "value", given=f"[{before}{number}]".encode())
    result.assert_announced()
    assert json.loads(result.output or b"")[-1] == number


def test_typed_integers_and_decimals_are_exact(target: Target, run: Run) -> None:
    document = json.dumps(_typed(exact=_LONG, counts={"a": -_LONG}, anything=[_LONG])).encode()
    document = document.replace(b'"price": 1', b'"price": 1e400')
    result = run(target, "typed", given=document)
    result.assert_announced()
    output = result.output or b""
    assert b'"price":1E+400' in output
    value = json.loads(output)
    assert (value["exact"], value["counts"], value["anything"]) == (_LONG, {"a": -_LONG}, [_LONG])


def test_a_long_number_becomes_a_decimal(target: Target, run: Run) -> None:
    document = json.dumps(_typed()).replace('"price": 1', f'"price": {_LONG}').encode()
    result = run(target, "typed", given=document)
    assert f'"price":{_LONG // 10**300}'.encode() in (result.output or b"").replace(b".", b"")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            b'{"rows": [{"a": 1},\n {"a": [2, -1e400]}], "b": 1}',
            "$.rows[1].a[1]: the number is past the range of a float",
        ),
        (b"1.5e309", "$: the number is past the range of a float"),
        (
            b'{"a b": {"x,]}": 0, "c": ' + b"9" * 4301 + b"}}",
            '$["a b"].c: an integer of 4301 digits, more than the 4300',
        ),
    ],
)
def test_a_number_that_cannot_be_read_is_named(target: Target, run: Run, document: bytes, message: str) -> None:
    error = run(target, "value", given=document).error or {}
    assert error["code"] == "fn.input.invalid"
    assert error["message"].startswith(message)
    assert "give it as a text" in error["message"]
    assert "(line " in error["message"]


def test_what_is_no_json_is_said_of_documents_with_such_numbers(target: Target, run: Run) -> None:
    error = run(target, "value", given=b'{"a": 1e400,\n"b": 1,}').error or {}
    assert error["code"] == "fn.input.invalid"
    assert "line 2, column 7" in error["message"]


def test_a_typed_number_past_a_float_is_a_mismatch(target: Target, run: Run) -> None:
    document = json.dumps(_typed(ratio=1)).replace('"ratio": 1', '"ratio": 1e400').encode()
    error = run(target, "typed", given=document).error or {}
    assert error == {"code": "fn.input.mismatch", "message": "$.ratio: expected float <= 1.0, got a larger one"}


@pytest.mark.parametrize("depth", [255, 900, _DEEPEST])
@pytest.mark.parametrize("inner", [b"1", b"18446744073709551616", b"7" * 310])
def test_depth_is_no_matter(target: Target, run: Run, depth: int, inner: bytes) -> None:
    objects = depth // 2
    arrays = depth - objects
    document = b'{"a":' * objects + b"[" * arrays + inner + b"]" * arrays + b"}" * objects
    result = run(target, "value", given=document)
    result.assert_announced()
    assert result.output == document


def test_deeper_is_refused_with_a_short_message(target: Target, run: Run) -> None:
    error = run(target, "value", given=b"[" * (_DEEPEST + 1) + b"]" * (_DEEPEST + 1)).error or {}
    assert error["code"] == "fn.input.invalid"
    assert len(error["message"]) < 100


def test_typed_values_of_any_depth(target: Target, run: Run) -> None:
    value = _typed()
    for _ in range(900):
        value = _typed(parent=value)
    document = _document(value)
    result = run(target, "typed", given=document)
    result.assert_announced()
    assert (result.output or b"").count(b'"userName":"Ada"') == 901


def test_a_mismatch_far_below_has_a_short_path(target: Target, run: Run) -> None:
    value = _typed(exact="no number")
    for _ in range(900):
        value = _typed(parent=value)
    error = run(target, "typed", given=_document(value)).error or {}
    assert error["code"] == "fn.input.mismatch"
    assert error["message"].endswith(".parent.exact: expected int, got str")
    assert len(error["message"]) < 250


def _document(value: dict[str, Any]) -> bytes:
    """JSON of typed values, deeper than json writes."""
    document, above = b"null", []
    while value:
        above.append({name: each for name, each in value.items() if name != "parent"})
        value = value.get("parent", {})
    for members in reversed(above):
        document = json.dumps(members).encode()[:-1] + b', "parent": ' + document + b"}"
    return document


def test_an_integer_with_too_many_digits_is_no_result(target: Target, run: Run) -> None:
    result = run(target, "result-kinds", given={"kind": "long integer", "digits": 5000})
    result.assert_announced()
    error = result.error or {}
    assert error["code"] == "fn.output.unserializable"
    assert error["message"].startswith("$.rows[0].total: an integer of more than 4300 digits")


def test_a_long_integer_is_a_result(target: Target, run: Run) -> None:
    result = run(target, "result-kinds", given={"kind": "long integer", "digits": 4000})
    assert json.loads(result.output or b"") == {"rows": [{"total": 10**4000}]}


def test_offsets_keep_their_seconds(target: Target, run: Run) -> None:
    result = run(target, "result-kinds", given={"kind": "moments"})
    assert json.loads(result.output or b"") == {
        "old": "1900-01-01T00:00:00+00:19:32",
        "new": "2026-01-01T00:00:00-03:00",
        "none": "2026-01-01T02:03:04.000005",
        "day": "2026-01-01",
        "hour": "01:02:03",
    }
