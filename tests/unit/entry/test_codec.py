"""The codec: strict and lossless, against json of the standard library as the judge."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import math
import subprocess
import sys
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entry.api.errors import FunctionError
from entry.codec.json import decode, encode

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_JSON = st.recursive(
    _SCALAR, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXT, inner, max_size=5), max_leaves=30
)


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    y: list[Any]


@dataclasses.dataclass
class Document:
    _id: int
    kind: dataclasses.InitVar[int] = 0


class Timestamp(datetime.datetime):
    """As that of pandas."""


class NotATime(datetime.datetime):
    def __ne__(self, other: object) -> bool:
        return True

    def __str__(self) -> str:
        return "NaT"


_WRITABLE = {
    "colour": (Colour.RED, "red"),
    "decimal": (decimal.Decimal("1.10"), 1.10),
    "id": (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    "time": (datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), "2026-01-02T03:04:00+00:00"),
    "date": (datetime.date(2026, 1, 2), "2026-01-02"),
    "subclass": (Timestamp(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), "2026-01-02T03:04:00+00:00"),
    "set": ({1}, [1]),
    "tuple": ((1, 2), [1, 2]),
    "dataclass": (Point(1, [Colour.RED]), {"x": 1, "y": ["red"]}),
    "underscore": (Document(7), {"_id": 7}),
    "beyond 64 bits": (2**200, 2**200),
    "keys": ({1: "a", False: "b", None: "c", Colour.RED: "d"}, None),
    "moments as keys": ({Timestamp(2026, 1, 2): 1}, {"2026-01-02T00:00:00": 1}),
}


@given(_JSON)
def test_what_is_written_is_read_back(value: object) -> None:
    assert decode(encode(value)) == value
    assert json.loads(encode(value)) == value


@given(_JSON, st.sampled_from([None, 1, "\t"]))
def test_what_others_write_is_read(value: object, indent: Any) -> None:
    assert decode(json.dumps(value, indent=indent).encode()) == value


@given(st.integers(min_value=-(10**90), max_value=10**90), st.integers(0, 70_000))
def test_integers_are_exact_wherever_they_stand(number: int, before: int) -> None:
    document = b'["' + b"x" * before + b'",' + str(number).encode() + b"]"
    found = decode(document)
    assert isinstance(found, list)
    assert found[1] == number
    assert type(found[1]) is int


@given(st.text('0123456789.eE+-,[]{}": \n', max_size=60))
def test_digits_in_any_company(text: str) -> None:
    """Read as json reads it, or refused by both; integers are never turned into floats."""
    try:
        expected = json.loads(text, parse_constant=pytest.fail)
    except ValueError:
        with pytest.raises(FunctionError, match=r"fn\.input\.invalid"):
            decode(text.encode())
        return
    if _holds_infinity(expected):
        with pytest.raises(FunctionError, match=r"fn\.input\.invalid"):
            decode(text.encode())
        return
    found = decode(text.encode())
    assert repr(found) == repr(expected)


def _holds_infinity(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_infinity, value.values()))
    if isinstance(value, list):
        return any(map(_holds_infinity, value))
    return isinstance(value, float) and math.isinf(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_error_with_a_place(document: bytes) -> None:
    try:
        decode(document)
    except FunctionError as error:
        assert error.code == "fn.input.invalid"
        assert "(line " in error.message
        assert ", column " in error.message


@given(st.lists(_TEXT, min_size=1, max_size=4), st.sampled_from([math.nan, math.inf, -math.inf, object()]))
def test_the_path_of_what_cannot_be_written(keys: list[str], bad: object) -> None:
    value: Any = bad
    for key in reversed(keys):
        value = {key: [0, value]}
    with pytest.raises(FunctionError) as caught:
        encode(value)
    assert caught.value.code == "fn.output.unserializable"
    assert caught.value.message.startswith("$")
    assert caught.value.message.count("[1]") >= len(keys)


@pytest.mark.parametrize("name", _WRITABLE)
def test_what_json_has_no_form_for(name: str) -> None:
    value, expected = _WRITABLE[name]
    written = json.loads(encode({"v": value}))["v"]
    assert written == (expected if expected is not None else {"1": "a", "false": "b", "null": "c", "red": "d"})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"rows": [{"price": math.nan}]}, "$.rows[0].price: NaN"),
        ({"a": {"b c": object()}}, '$.a["b c"]: '),
        ({"a": "\ud800"}, "$.a: the text holds half a character"),
        ({("a",): 1}, "a key is of type tuple"),
        ({1: 1, "1": 2}, "two keys are the same"),
        (decimal.Decimal("NaN"), "$: NaN"),
        ([NotATime(1, 1, 1)], "$[0]: NaT is no moment"),
    ],
)
def test_refusals_name_path_and_reason(value: object, words: str) -> None:
    with pytest.raises(FunctionError) as caught:
        encode(value)
    assert words in caught.value.message


def test_depth_is_an_error_both_ways() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(FunctionError):
        encode(nested)
    with pytest.raises(FunctionError):
        decode(b"[" * 100_000 + b"]" * 100_000)
    while nested:
        nested = nested[0]  # one level at a time: freeing all at once would be as deep


def test_a_cycle_is_an_error() -> None:
    ring: dict[str, object] = {}
    ring["again"] = [ring]
    with pytest.raises(FunctionError, match=r"\$\.again\[0\]: the value contains itself"):
        encode(ring)


_BOTH_IMPORTS = """
import sys, types
if sys.argv[1] == "stand-ins":  # what the import finds in a cold boot of the file
    import entry.frozen
    entry.frozen.IS_FILE = True
    sys.modules["handlers_index"] = types.SimpleNamespace(ORJSON_IS_SHARED=False)
    before = {"uuid", "enum", "dataclasses", "json", "zoneinfo"} & sys.modules.keys()
    import entry.codec.orjson
    entry.frozen.IS_FILE = False
    assert {"uuid", "enum", "dataclasses", "json", "zoneinfo"} & sys.modules.keys() == before
from entry.codec.json import decode, encode
import dataclasses, datetime, decimal, enum, uuid

class Colour(enum.Enum):
    RED = 1

@dataclasses.dataclass
class Point:
    x: object

values = [Colour.RED, Point(Point(1)), datetime.datetime(2026, 1, 1), datetime.time(1), datetime.date(2026, 1, 1),
          uuid.UUID(int=1), decimal.Decimal("2.50"), {Colour.RED: 1}, {uuid.UUID(int=2): 1}, {1.5: 2},
          [2**64, -(2**63) - 1], float("nan"), {"a": float("inf")}, b"bytes", frozenset([1]), 1j, Point,
          {"x": {datetime.date(2026, 1, 1): 1}}]
for value in values:
    try:
        print(encode(value))
    except Exception as error:
        print(type(error).__name__, error)
for document in [b"[1,]", b"", b"1e999", b"18446744073709551616", b'"\\\\ud800"', b"{"]:
    try:
        print(decode(document))
    except Exception as error:
        print(type(error).__name__, error)
"""


def test_stand_ins_change_no_result() -> None:
    """In a cold boot orjson is imported without the modules that it looks types up in (entry/codec/orjson.py)."""
    printed = [
        subprocess.run([sys.executable, "-c", _BOTH_IMPORTS, how], capture_output=True, text=True, check=True).stdout
        for how in ("stand-ins", "stock")
    ]
    assert printed[0] == printed[1]
    assert printed[0].count("\n") == 24


@settings(max_examples=30)
@given(st.integers(1, 200_000), st.integers(0, 8))
def test_errors_are_cut_to_fit(length: int, kind: int) -> None:
    from entry.api.errors import error_json

    text = ("x", "ä", "\x00", '"', "€", "\U0001f600", "\\", "\ud800", "\n")[kind] * length
    for most in (4096, 1 << 20):
        document = error_json(FunctionError("code.of.it", text), most)
        assert len(document) <= most
        assert set(json.loads(document)) == {"code", "message"}
        assert json.loads(document)["code"] == "code.of.it"
