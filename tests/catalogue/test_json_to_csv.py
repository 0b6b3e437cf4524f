"""handlers/json_to_csv.py: every form of rows, numbers as written, documents that are wrong, streams in pieces."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.catalogue.conftest import Run

TO = {"scope": "workflow", "name": "rows"}


def test_json_to_csv(run: Run) -> None:
    rows = [
        {"name": "Ada", "age": 36, "more": None},
        {"name": 'B"b,\n', "age": 1.5},
        {"age": True, "name": [1, {"a": 2}]},
    ]
    expected = 'name,age,more\r\nAda,36,\r\n"B""b,\n",1.5,\r\n"[1,{""a"":2}]",true,\r\n'
    assert run("json_to_csv", {"rows": rows}).value == {"rows": 3, "csv": expected}
    seen = run("json_to_csv", {"variable": "rows.json", "to": TO}, {"rows.json": json.dumps(rows, indent=1).encode()})
    assert seen.variables["workflow"]["rows"] == expected.encode()
    assert seen.value == {"rows": 3, "variable": {**TO, "bytes": len(expected)}}
    chosen = run("json_to_csv", {"rows": rows[:1], "columns": ["age", "none"], "header": False, "delimiter": ";"})
    assert chosen.value["csv"] == "36;\r\n"
    assert run("json_to_csv", {"rows": [["a", 1], [None, "b"]]}).value["csv"] == "a,1\r\n,b\r\n"
    assert run("json_to_csv", {"rows": []}).value == {"rows": 0, "csv": ""}
    assert run("json_to_csv", {"rows": [], "columns": ["a"]}).value["csv"] == "a\r\n"


def test_numbers_stay_as_they_are_written(run: Run) -> None:
    files = {"n": b'[{"a": 1.10, "b": 123456789012345678901234567890, "c": [1e-7]}]'}
    assert run("json_to_csv", {"variable": "n", "header": False}, files).value["csv"] == (
        "1.10,123456789012345678901234567890,[1E-7]\r\n"
    )


def test_cells_that_a_spreadsheet_would_run(run: Run) -> None:
    rows = [["=1+1", "+1", "-1", "@a", "\ta", "a=b", -1]]
    assert run("json_to_csv", {"rows": rows, "formulas": "quote"}).value["csv"] == "'=1+1,'+1,'-1,'@a,'\ta,a=b,-1\r\n"
    assert run("json_to_csv", {"rows": rows}).value["csv"].startswith("=1+1,")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", None),
        (b" [ ] ", None),
        (b"[{}", "the array does not end"),
        (b"[{},]", "a comma before the end"),
        (b"[{} {}]", "expected a comma"),
        (b"[1", "does not end"),
        (b"[{}]x", "after the array"),
        (b'[{"a" 1}]', "item 1: no JSON"),
        (b'[{"a": tru', "no JSON"),
        (b'[{"a": "open', "no JSON"),
        (b'[{"a": NaN}]', "NaN is no JSON"),
        (b'[{"a": "\xff"}]', "not UTF-8"),
        (b'[{"a": 1}, {"a": 1e99999999999999999999}]', "item 2: a number whose exponent"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": 1}\n{"a": }', "item 2: no JSON"),
        (b'[{"a": "' + b"x" * (34 << 20) + b'"}]', "longer than"),
        (b'[{"a" 1}' + b" " * (3 << 20), "item 1: no JSON"),
    ],
)
def test_documents(run: Run, document: bytes, words: str | None) -> None:
    seen = run("json_to_csv", {"variable": "rows", "columns": ["a"]}, {"rows": document})
    if words is None:
        assert seen.value == {"rows": 0, "csv": "a\r\n"}
    else:
        assert seen.code in ("json.malformed", "json.row"), seen
        assert words in seen.message or seen.code == "json.row"


def test_half_a_character(run: Run) -> None:
    for cell in (b'"\\ud800"', b'["\\ud800"]', b'{"\\ud800": 1}'):
        seen = run("json_to_csv", {"variable": "rows"}, {"rows": b'[{"a": 1}, {"a": ' + cell + b"}]"})
        assert seen.code == "json.encoding", seen


def test_a_cell_may_be_deep(run: Run) -> None:
    nested: Any = 1
    for _ in range(900):
        nested = [nested]
    assert run("json_to_csv", {"rows": [[nested]]}).value["csv"] == "[" * 900 + "1" + "]" * 900 + "\r\n"


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"rows": [{"a": 1}, {"b": 2}]}, "json.columns", "row 2 has 'b'"),
        ({"rows": [{"a": 1}, [2]]}, "json.row", "row 2: expected an object"),
        ({"rows": [[1], {"a": 1}]}, "json.row", "row 2: expected an array"),
        ({"rows": [1]}, "json.row", "row 1: expected an object or an array"),
        ({"rows": [None]}, "json.row", "row 1"),
        ({"rows": [["\ud800"]]}, "fn.input.invalid", ""),
        ({"rows": [["x" * 1000]] * 40_000}, "json.tooLarge", "`to`"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_written(run: Run, given: Any, code: str, words: str) -> None:
    run("json_to_csv", given).failed(code, words)


@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(), st.booleans(), st.integers(), st.text(), st.floats(allow_nan=False, allow_infinity=False)
            ),
            max_size=3,
        ),
        max_size=30,
    ),
    st.integers(1, 40),
    st.sampled_from([None, 1, " "]),
)
def test_a_stream_of_any_pieces_is_the_document(rows: list[Any], piece: int, indent: Any) -> None:
    from handlers import _json_stream

    class Pieces(io.BytesIO):
        def read(self, count: int | None = -1) -> bytes:
            return super().read(piece)

    document = json.dumps(rows, indent=indent, ensure_ascii=len(rows) % 2 == 0).encode("utf-8", "surrogatepass")
    assert [_plain(item) for item in _json_stream.Items(Pieces(document), 1000)] == rows
    lines = b"\n".join(json.dumps({"a": row}).encode() for row in rows)
    assert [_plain(item["a"]) for item in _json_stream.Items(Pieces(lines), 1000)] == rows


def _plain(item: list[Any]) -> list[Any]:
    return [float(each) if type(each).__name__ == "Decimal" else each for each in item]
