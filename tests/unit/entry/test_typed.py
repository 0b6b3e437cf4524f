"""Typed inputs and outputs, in process: every wrong input with its words, what fits, what a build refuses."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import uuid
from pathlib import Path
from typing import Annotated, Any, TypedDict

import msgspec
import pytest

from entry.api import errors
from entry.api.registry import Handler
from entry.testing import Outcome, invoke
from tests.handlers import typed
from tests.wrong_inputs import WRONG_INPUTS, order


def _take(annotation: Any, document: bytes | str) -> Outcome:
    """What becomes of an input for a handler with this annotation: its repr."""

    def take(value: object) -> str:
        return repr(value)

    take.__annotations__["value"] = annotation
    return invoke(take, document if isinstance(document, bytes) else document.encode())


def test_there_are_enough_of_them() -> None:
    assert len(WRONG_INPUTS) >= 60


@pytest.mark.parametrize("case", WRONG_INPUTS)
def test_wrong_inputs(case: str) -> None:
    document, message = WRONG_INPUTS[case]
    outcome = invoke(typed.typed, document.encode())
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.message) == (errors.INPUT_MISMATCH, message)
    assert outcome.log == []  # the handler did not run


def test_no_message_holds_a_value_of_the_input() -> None:
    secret = "s3cret"  # noqa: S105
    for member in ("size", "when", "day", "hour", "wait", "id", "photo", "ratio", "either", "at", "pair", "local"):
        error = invoke(typed.typed, order(**{member: secret}).encode()).error
        assert error is not None
        assert secret not in error.message
    for user in ({"colour": secret}, {"level": secret}, {"age": secret}):
        error = invoke(typed.typed, order(user={"userName": "a", **user}).encode()).error
        assert error is not None
        assert secret not in error.message


def test_an_input_becomes_an_object_and_an_object_the_same_output() -> None:
    given = order(
        items=[{"name": "tea", "price": 1.10, "count": 3}], when="2026-01-02T03:04:05+00:00", day="2026-01-02",
        hour="03:04:05", wait="PT3600S", id=str(uuid.UUID(int=1)), photo="aGk=", ratio=0.5, steps=10, pair=[1, "a"],
        tags=["a"], counts={"a": 1}, numbers={"1": [2]}, either=[1], exact=2**70, flag=True, anything={"a": [None]},
        pets=[{"type": "cat", "lives": 7}], at=[1.5, 2.5], size="l", late="set",
    )  # fmt: skip
    outcome = invoke(typed.typed, given.encode())
    expected = json.loads(given)
    expected["user"] |= {"age": None, "colour": "red", "level": 1}
    assert outcome.value == expected
    assert outcome.log == ["1 items for Ada"]


def test_defaults_and_what_is_unset_are_left_out() -> None:
    outcome = invoke(typed.typed, order().encode())
    assert isinstance(outcome.value, dict)
    assert set(outcome.value) == {"user", "items"}


def test_decimals_keep_every_digit() -> None:
    document = '{"price":1.10000000000000000001,"other":[123456789012345678901234567890.5]}'

    class Priced(TypedDict):
        price: decimal.Decimal
        other: list[decimal.Decimal]

    assert _take(Priced, document).value == (
        "{'price': Decimal('1.10000000000000000001'), 'other': [Decimal('123456789012345678901234567890.5')]}"
    )


class _Strict(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    size: int = 0


@pytest.mark.parametrize(
    ("annotation", "document", "words"),
    [
        (_Strict, '{"name":"a","z - at `$[abc":1}', '$["z - at `$[abc"]: unknown field'),
        (_Strict, '{"name":"a","z - at `$.name":1}', '$["z - at `$.name"]: unknown field'),
        (list[_Strict], '[{"name":"a","z - at `$[abc":1}]', '$[0]["z - at `$[abc"]: unknown field'),
        (_Strict, '{"name":"a","z` - at `$[abc":1}', "$[abc: the value does not fit the type"),
    ],
)
def test_a_mismatch_whatever_the_names_are(annotation: Any, document: str, words: str) -> None:
    error = _take(annotation, document).error
    assert error is not None
    assert error.code == errors.INPUT_MISMATCH
    assert error.message.startswith(words)


def test_a_mismatch_whose_key_is_not_found_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entry.codec.validation_errors._PATIENCE", -1.0)
    error = _take(dict[str, _Strict], '{"a":{"name":"a"},"b":{}}').error
    assert error is not None
    assert (error.code, error.message) == (errors.INPUT_MISMATCH, "$[...].name: expected a value, got nothing")


class _Offer(msgspec.Struct, rename="camel"):
    unit_price: decimal.Decimal
    name: str = ""


@pytest.mark.parametrize(
    ("annotation", "document", "path"),
    [
        (decimal.Decimal, '"NaN"', "$"),
        (dict[str, decimal.Decimal], '{"a b":"-Infinity"}', '$["a b"]'),
        (list[_Offer], '[{"unitPrice":1},{"unitPrice":"s\\u004eaN","name":"nan"}]', "$[1].unitPrice"),
        (tuple[int, decimal.Decimal | None], '[1,"inf"]', "$[1]"),
        (dict[decimal.Decimal, int], '{"NaN":1}', "$.NaN"),
        (set[decimal.Decimal], '["1","nan"]', "$[...]"),
    ],
)
def test_a_decimal_is_a_number(annotation: Any, document: str, path: str) -> None:
    error = _take(annotation, document).error
    assert error is not None
    assert error.code == errors.INPUT_MISMATCH
    assert error.message == f"{path}: expected decimal such as 12.50, got another str"


def test_integers_keep_every_digit() -> None:
    digits = "123456789012345678901234567890"
    assert _take(list[int], f"[{digits},-{digits}]").value == f"[{digits}, -{digits}]"
    assert _take(dict[int, Any], f'{{"7":{digits}}}').value == f"{{7: {digits}}}"


@pytest.mark.parametrize("document", [b"", b"{", b"[1,]", b"\xef\xbb\xbf{}", b'{"user":"\xff"}', b"NaN"])
def test_what_is_no_json_is_said_so_first(document: bytes) -> None:
    error = invoke(typed.typed, document).error
    assert error is not None
    assert error.code == errors.INPUT_INVALID


def test_a_class_may_refuse_with_its_own_words() -> None:
    class Range(msgspec.Struct):
        low: int
        high: int

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError("low must not be above high")

    error = _take(list[Range], '[{"low":1,"high":2},{"low":2,"high":1}]').error
    assert error is not None
    assert (error.code, error.message) == (errors.INPUT_MISMATCH, "$[1]: low must not be above high")


class _Stranger:
    pass


@dataclasses.dataclass
class _Holder:
    held: list[_Stranger]


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (_Stranger, "_Stranger is no type that JSON can become"),
        (_Holder, "_Stranger is no type that JSON can become"),
        (list[complex], "complex is no type that JSON can become"),
        (Path, "Path is no type that JSON can become"),
        (msgspec.Raw, "msgspec.Raw is no type that JSON can become"),
        (_Holder | typed.User, "Type unions may not contain more than one dict-like type"),
        (Annotated[int, msgspec.Meta(gt=2**70)], "don't fit in an int64"),
    ],
)
def test_types_that_stop_the_build(annotation: Any, words: str) -> None:
    def take(value: object) -> None: ...

    take.__annotations__["value"] = annotation
    with pytest.raises(TypeError, match="value: ") as caught:
        Handler("test", take, {})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("annotation", "document", "words"),
    [
        (dict[str, object], "[1]", "$: expected object, got array"),
        (list[Any], "{}", "$: expected array, got object"),
        (str, "1", "$: expected str, got int"),
        (int, "1.5", "$: expected int, got float"),
        (int, "true", "$: expected int, got bool"),
        (float, '"1"', "$: expected float, got str"),
        (bool, "null", "$: expected bool, got null"),
    ],
)
def test_plain_forms_speak_the_same_words(annotation: Any, document: str, words: str) -> None:
    plain, typed_one = _take(annotation, document).error, _take(Annotated[annotation, "typed"], document).error
    assert plain is not None
    assert typed_one is not None
    assert plain.message == typed_one.message == words


def test_a_float_is_one_from_an_integer_too() -> None:
    assert _take(float, "3").value == _take(Annotated[float, "typed"], "3").value == "3.0"
    plain, typed_one = (_take(each, f"1{'0' * 400}").error for each in (float, Annotated[float, "typed"]))
    assert plain is not None
    assert typed_one is not None
    assert (plain.code, plain.message) == (errors.INPUT_MISMATCH, "$: expected float, got another int")
    assert (typed_one.code, typed_one.message) == (plain.code, plain.message)


class _Shade(enum.Enum):
    DARK = datetime.date(2026, 1, 2)


class _Camel(msgspec.Struct, rename="camel", omit_defaults=True, tag_field="kind", tag="c"):
    first_name: str
    all_tags: list[str] = []
    last_name: str = "none"


class _Row(msgspec.Struct, array_like=True, tag="row"):
    a: int
    b: bytes = b"\x00\xff"


@dataclasses.dataclass
class _Late:
    a: int
    late: str | msgspec.UnsetType = msgspec.UNSET


@pytest.mark.parametrize(
    ("result", "document"),
    [
        (_Camel("Ada"), '{"kind":"c","firstName":"Ada"}'),
        (_Camel("Ada", ["x"], "L"), '{"kind":"c","firstName":"Ada","allTags":["x"],"lastName":"L"}'),
        ([_Row(1)], '[["row",1,"AP8="]]'),
        (_Late(1), '{"a":1}'),
        (_Late(1, "x"), '{"a":1,"late":"x"}'),
        ({"d": _Shade.DARK}, '{"d":"2026-01-02"}'),
        ([datetime.timedelta(days=1, hours=1)], '["P1DT3600S"]'),
        ([datetime.timedelta(seconds=-1.5)], '["-PT1.5S"]'),
        ([datetime.timedelta()], '["PT0S"]'),
        ([datetime.timedelta(days=2)], '["P2D"]'),
        ({"b": bytearray(b"hi")}, '{"b":"aGk="}'),
        ([decimal.Decimal("1.10")], "[1.10]"),
        ({"big": _Camel(str(2**70)), "n": 2**70}, f'{{"big":{{"kind":"c","firstName":"{2**70}"}},"n":{2**70}}}'),
    ],
)
def test_typed_results_are_written_as_such(result: object, document: str) -> None:
    assert invoke(lambda: result).output == document.encode()


@pytest.mark.parametrize(
    ("result", "path"),
    [
        (_Late(float("nan")), "$.a: NaN"),  # type: ignore[arg-type]
        ([_Camel("a", [float("inf")])], "$[0].allTags[0]: Infinity"),  # type: ignore[list-item]
        (_Row(object()), "$[1]: object cannot be written"),  # type: ignore[arg-type]
    ],
)
def test_the_path_of_what_cannot_be_written_goes_through_types(result: object, path: str) -> None:
    error = invoke(lambda: result).error
    assert error is not None
    assert error.code == errors.OUTPUT_UNSERIALIZABLE
    assert error.message.startswith(path)
