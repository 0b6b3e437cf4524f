"""handlers/csv_to_json.py: every form and type, and that json_to_csv undoes it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry.testing import invoke
from handlers.csv_to_json import csv_to_json
from handlers.json_to_csv import json_to_csv
from tests.catalogue.conftest import Run

TO = {"scope": "workflow", "name": "rows"}
QUOTED = '"a b","Grüße, ""x""\r\nnext"\r\n1,\r\n'


def test_csv_to_json(run: Run) -> None:
    assert run("csv_to_json", {"csv": "name,age\nAda,36\n\nBob,\n"}).value == [
        {"name": "Ada", "age": "36"}, {"name": "Bob", "age": ""},
    ]  # fmt: skip
    assert run("csv_to_json", {"csv": QUOTED, "header": False}).value == [
        ["a b", 'Grüße, "x"\r\nnext'], ["1", ""],
    ]  # fmt: skip
    assert run("csv_to_json", {"csv": "a;'b;c'", "delimiter": ";", "quote": "'", "header": False}).value == [
        ["a", "b;c"]
    ]
    assert run("csv_to_json", {"csv": "a,b\n1,2\n", "columns": ["x", "y"]}).value == [{"x": "1", "y": "2"}]
    assert run("csv_to_json", {"csv": "1,2", "columns": ["x", "y"], "header": False}).value == [{"x": "1", "y": "2"}]
    for empty in ("", "a,b\n", "a,b"):
        assert run("csv_to_json", {"csv": empty}).value == []


def test_types_and_empty_cells(run: Run) -> None:
    text = "i,n,b,s\n-12345678901234567890,1.10,TRUE,x\n,1e400,0,\n"
    types = {"i": "integer", "n": "number", "b": "boolean", "s": "string"}
    seen = run("csv_to_json", {"csv": text, "types": types, "empty": "null", "to": TO})
    assert seen.variables["workflow"]["rows"] == (
        b'[{"i":-12345678901234567890,"n":1.10,"b":true,"s":"x"},{"i":null,"n":1E+400,"b":false,"s":null}]'
    )
    assert seen.value == {"rows": 2, "variable": {**TO, "bytes": len(seen.variables["workflow"]["rows"])}}
    blank = run("csv_to_json", {"csv": "\n\r\na,b\n\n1,2\n", "types": {"b": "integer"}})
    assert blank.value == [{"a": "1", "b": 2}]
    omitted = run("csv_to_json", {"csv": "a,b\n,1\n", "empty": "omit"})
    assert omitted.value == [{"b": "1"}]
    assert run("csv_to_json", {"csv": "a,\n", "empty": "null", "header": False}).value == [["a", None]]


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"csv": "a,b\n1,2\n1,2,3\n"}, "csv.malformed", "line 3: 3 cells, expected 2"),
        ({"csv": "a,b\n1\n"}, "csv.malformed", "line 2: 1 cells, expected 2"),
        ({"csv": 'a\n"open'}, "csv.malformed", "line 2: "),
        ({"csv": 'a\n"b"c'}, "csv.malformed", "line 2: "),
        ({"csv": "a,a\n1,2"}, "csv.header", "two columns are named 'a'"),
        ({"csv": "a,\n1,2"}, "csv.header", "no name"),
        ({"csv": "a,b\n", "columns": ["a"]}, "csv.header", "2 cells, `columns` 1"),
        ({"csv": "a\n1", "types": {"b": "integer"}}, "csv.header", "not there: b"),
        ({"csv": "a\nsecret", "types": {"a": "integer"}}, "csv.type", "line 2, column 'a': expected integer"),
        ({"csv": "a\n1_0", "types": {"a": "integer"}}, "csv.type", "expected integer"),
        ({"csv": "a\n٣", "types": {"a": "integer"}}, "csv.type", "expected integer"),
        ({"csv": "a\nnan", "types": {"a": "number"}}, "csv.type", "expected number"),
        ({"csv": "a\n01", "types": {"a": "number"}}, "csv.type", "expected number"),
        ({"csv": "a\n1e99999999999999999999", "types": {"a": "number"}}, "csv.type", "expected number"),
        ({"csv": "a\nyes", "types": {"a": "boolean"}}, "csv.type", "expected boolean"),
        ({"csv": "a\n" + "1" * 5000, "types": {"a": "integer"}}, "csv.type", "expected integer"),
        ({"csv": "a\n" + "x" * (17 << 20)}, "csv.malformed", "field"),
    ],
)  # fmt: skip
def test_csv_that_is_wrong(run: Run, given: Any, code: str, words: str) -> None:
    seen = run("csv_to_json", given)
    seen.failed(code, words)
    assert "secret" not in seen.message


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "iso-8859-15", "cp1252", "cp1250"],
)
def test_encodings(run: Run, encoding: str) -> None:
    files = {"data.csv": "name\r\nGröße\r\n".encode(encoding)}
    wanted = "utf-8" if encoding == "utf-8-sig" else encoding
    assert run("csv_to_json", {"variable": "data.csv", "encoding": wanted}, files).value == [{"name": "Größe"}]
    back = run("json_to_csv", {"rows": [{"name": "Größe"}], "encoding": wanted, "to": TO})
    assert back.variables["workflow"]["rows"].decode(encoding) == "name\r\nGröße\r\n"


def test_texts_of_another_encoding(run: Run) -> None:
    run("csv_to_json", {"variable": "a"}, {"a": b"a\n1\n\xff\n"}).failed("csv.encoding", "not utf-8")
    given = {"rows": [["a"], ["ü"]], "encoding": "ascii", "to": TO}
    run("json_to_csv", given).failed("json.encoding", "U+00FC")


def test_lines(run: Run) -> None:
    seen = run("csv_to_json", {"csv": "a\n1\n2\n", "form": "lines", "to": TO})
    assert seen.variables["workflow"]["rows"] == b'{"a":"1"}\n{"a":"2"}\n'
    back = run("json_to_csv", {"variable": "rows", "newline": "\n"}, {"rows": seen.variables["workflow"]["rows"]})
    assert back.value == {"rows": 2, "csv": "a\n1\n2\n"}


def test_more_than_a_report_holds(run: Run) -> None:
    files = {"data.csv": b"a\n" + b"x" * 999 + b"\n" + (b"x" * 999 + b"\n") * 40_000}
    run("csv_to_json", {"variable": "data.csv"}, files).failed("csv.tooLarge", "`to`")


def test_inputs_that_do_not_fit(run: Run) -> None:
    wrong: Any
    for wrong in (
        {}, {"csv": "", "variable": "a"}, {"csv": "", "delimiter": ",,"}, {"csv": "", "delimiter": "\n"},
        {"csv": "", "delimiter": '"'}, {"csv": "", "quote": ""}, {"csv": "", "form": "lines"},
        {"csv": "", "encoding": "latin"}, {"csv": "", "types": {"a": "date"}},
        {"csv": "", "header": False, "empty": "omit"},
    ):  # fmt: skip
        run("csv_to_json", wrong).failed("fn.input.mismatch", "$")
    for wrong in (
        {},
        {"rows": {}},
        {"rows": [], "encoding": "utf-16"},
        {"rows": [], "newline": "\r"},
        {"rows": [], "quote": ","},
    ):
        run("json_to_csv", wrong).failed("fn.input.mismatch", "$")


_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20)


@given(st.lists(st.fixed_dictionaries({"a": _CELLS, "b c": _CELLS, '"': _CELLS}), min_size=1, max_size=8))
def test_rows_survive_the_way_through_csv(rows: list[dict[str, str]]) -> None:
    text: Any = invoke(json_to_csv, {"rows": rows}).value
    assert invoke(csv_to_json, {"csv": text["csv"]}).value == rows
    assert list(csv.DictReader(io.StringIO(text["csv"], newline=""))) == rows


@pytest.mark.parametrize("text", ['"name","age"\nAda,36\n', "name,age\r\nAda,36"])
def test_a_byte_order_mark_does_not_stick(run: Run, text: str) -> None:
    expected = [{"name": "Ada", "age": "36"}]
    assert run("csv_to_json", {"csv": "\ufeff" + text}).value == expected
    for encoding in ("utf-8", "utf-16", "utf-16-le", "utf-16-be"):
        bom = "" if encoding == "utf-16" else "\ufeff"  # which writes one itself
        files = {"rows.csv": (bom + text).encode(encoding)}
        assert run("csv_to_json", {"variable": "rows.csv", "encoding": encoding}, files).value == expected
    assert run("csv_to_json", {"csv": "\ufeff\ufeffa\n1"}).value == [{"\ufeffa": "1"}]  # one, no more
    assert run("csv_to_json", {"csv": "\ufeff"}).value == []
