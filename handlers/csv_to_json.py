"""Makes JSON rows of CSV, streaming: `{"csv": "name,age\\nAda,36\\n"}` gives `[{"name": "Ada", "age": "36"}]`.

docs/handlers/csv-to-json.md
"""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal, InvalidOperation
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from entry import Context, FunctionError, handler
from handlers._text import Character, Encoding, decoder, without_mark
from handlers._variables import Target, Written, exactly_one, for_report, set_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BATCH = 1000  # rows that are encoded at once
_CELL = 16 << 20  # characters of a cell
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_encode = msgspec.json.Encoder(decimal_format="number").encode

Kind = Literal["string", "integer", "number", "boolean"]


class CsvToJson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The CSV, given or a file passed in, and how to read it."""

    csv: str | msgspec.UnsetType = msgspec.UNSET
    variable: str | msgspec.UnsetType = msgspec.UNSET
    delimiter: Character = ","
    quote: Character = '"'
    encoding: Encoding = "utf-8"
    header: bool = True
    columns: list[str] | None = None
    types: dict[str, Kind] = {}
    empty: Literal["text", "null", "omit"] = "text"
    form: Literal["array", "lines"] = "array"
    to: Target | None = None

    def __post_init__(self) -> None:
        exactly_one(self, "csv", "variable")
        if self.delimiter == self.quote:
            raise ValueError("`delimiter` and `quote` are the same")
        if self.form == "lines" and self.to is None:
            raise ValueError("`lines` are no JSON value: put them into a variable with `to`")
        if (self.types or self.empty == "omit") and not self.header and self.columns is None:
            raise ValueError("`types` and `omit` want names of columns: a header, or `columns`")


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows went into the variable."""

    rows: int
    variable: Written


@handler(codes=("csv.encoding", "csv.header", "csv.malformed", "csv.tooLarge", "csv.type"))
def csv_to_json(data: CsvToJson, ctx: Context) -> Rows | Iterator[bytes]:
    reader = _Reader(data)
    chunks = _documents(reader.rows(ctx), lines=data.form == "lines")
    if data.to is None:
        return for_report(chunks, "csv.tooLarge")
    written = set_variable(ctx, data.to, chunks)
    return Rows(rows=reader.count, variable=written)


class _Reader:
    """Reads rows as the input says."""

    def __init__(self, data: CsvToJson) -> None:
        self._data = data
        self.count = 0

    def rows(self, ctx: Context) -> Iterator[Any]:
        """Yield objects, or arrays if columns have no names; raise FunctionError with the line of what is wrong."""
        data = self._data
        csv.field_size_limit(_CELL)
        if isinstance(data.variable, str):
            stream: io.TextIOBase = io.TextIOWrapper(
                ctx.variables[data.variable].open(), decoder(data.encoding), newline=""
            )
        else:
            stream = io.StringIO(str(data.csv), newline="")
        with stream:
            lines = chain(map(without_mark, islice(stream, 1)), stream)
            reader = csv.reader(lines, delimiter=data.delimiter, quotechar=data.quote, strict=True)
            try:
                yield from self._converted(reader)
                return
            except csv.Error as error:
                code, problem = "csv.malformed", f"line {reader.line_num}: {error}"
            except UnicodeDecodeError as error:
                code, problem = "csv.encoding", f"after line {reader.line_num}: not {data.encoding}: {error.reason}"
        raise FunctionError(code, problem)

    def _converted(self, reader: Any) -> Iterator[Any]:
        columns, convert = self._columns(reader), self._conversion()
        width = len(columns)
        for row in reader:
            if not row:
                continue
            if columns and len(row) != width:
                problem = f"line {reader.line_num}: {len(row)} cells, expected {width}"
                raise FunctionError("csv.malformed", problem)
            self.count += 1
            if convert:
                yield convert(columns, row, reader.line_num)
            else:
                yield dict(zip(columns, row, strict=True)) if columns else row

    def _columns(self, reader: Any) -> list[str]:
        header: list[str] = next((row for row in reader if row), []) if self._data.header else []
        columns = header if self._data.columns is None else self._data.columns
        if self._data.header and len(header) != len(columns):
            raise FunctionError("csv.header", f"the header has {len(header)} cells, `columns` {len(columns)}")
        for name in columns:
            if columns.count(name) > 1 or not name:
                raise FunctionError("csv.header", f"two columns are named {name!r}" if name else "a column has no name")
        missing = [name for name in self._data.types if name not in columns]
        if missing and columns:
            raise FunctionError("csv.header", f"`types` names columns that are not there: {', '.join(missing)}")
        return columns

    def _conversion(self) -> Callable[[list[str], list[str], int], Any] | None:
        """Return what makes a row of cells, or None where cells stay texts."""
        types, empty = self._data.types, self._data.empty
        if not types and empty == "text":
            return None

        def cell(name: str, text: str, line: int) -> object:
            if not text and empty != "text":
                return None
            try:
                return _READERS[types[name]](text) if name in types else text
            except (ValueError, KeyError):
                problem = f"line {line}, column {name!r}: expected {types[name]}"
            raise FunctionError("csv.type", problem)

        def row(columns: list[str], cells: list[str], line: int) -> Any:
            if not columns:
                return [each or None for each in cells]
            pairs = zip(columns, cells, strict=True)
            return {name: cell(name, text, line) for name, text in pairs if text or empty != "omit"}

        return row


def _number(text: str) -> object:
    if not _NUMBER.fullmatch(text):
        raise ValueError
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of more than 18 digits
        raise ValueError from None


def _integer(text: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit()):
        raise ValueError
    return int(text)


_READERS: dict[str, Callable[[str], object]] = {
    "string": str,
    "integer": _integer,
    "number": _number,
    "boolean": lambda text: _BOOLEANS[text.lower()],
}


def _documents(rows: Iterator[Any], *, lines: bool) -> Iterator[bytes]:
    """Yield a JSON array, or a JSON document a line, in chunks."""
    if lines:
        while batch := list(islice(rows, _BATCH)):
            yield b"".join(_encode(row) + b"\n" for row in batch)
        return
    yield b"["
    joint = b""
    while batch := list(islice(rows, _BATCH)):
        yield joint + _encode(batch)[1:-1]
        joint = b","
    yield b"]"
