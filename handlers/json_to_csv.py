"""Makes CSV of JSON rows, streaming: `{"rows": [{"name": "Ada", "age": 36}]}` gives `name,age` and `Ada,36`.

docs/handlers/json-to-csv.md
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from entry import Context, FunctionError, handler
from handlers._text import Character, Encoding
from handlers._variables import Target, Written, exactly_one, for_report, set_variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BATCH = 1000  # rows that are written at once
_ROW = 32 << 20  # characters of a row's JSON
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_encode = msgspec.json.Encoder(decimal_format="number").encode


class JsonToCsv(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rows, given or a file passed in (an array, or a document a line), and how to write them."""

    rows: list[Any] | msgspec.UnsetType = msgspec.UNSET
    variable: str | msgspec.UnsetType = msgspec.UNSET
    columns: list[str] | None = None
    header: bool = True
    delimiter: Character = ","
    quote: Character = '"'
    newline: Literal["\r\n", "\n"] = "\r\n"
    encoding: Encoding = "utf-8"
    formulas: Literal["keep", "quote"] = "keep"
    to: Target | None = None

    def __post_init__(self) -> None:
        exactly_one(self, "rows", "variable")
        if self.delimiter == self.quote:
            raise ValueError("`delimiter` and `quote` are the same")
        if self.encoding != "utf-8" and self.to is None:
            raise ValueError("`encoding` is for a variable: an output is JSON")


class Csv(msgspec.Struct, frozen=True, kw_only=True):
    """The CSV."""

    rows: int
    csv: str


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows went into the variable."""

    rows: int
    variable: Written


@handler(codes=("json.columns", "json.encoding", "json.malformed", "json.row", "json.tooLarge"))
def json_to_csv(data: JsonToCsv, ctx: Context) -> Csv | Rows:
    writer = _Writer(data)
    if isinstance(data.variable, str):
        from handlers._json_stream import Items

        with ctx.variables[data.variable].open() as stream:
            return _written(data, ctx, writer, _checked(Items(stream, _ROW)))
    return _written(data, ctx, writer, iter(data.rows or ()))


def _written(data: JsonToCsv, ctx: Context, writer: _Writer, rows: Iterator[Any]) -> Csv | Rows:
    chunks = _encoded(writer.text(rows), data.encoding)
    if data.to is not None:
        variable = set_variable(ctx, data.to, chunks)
        return Rows(rows=writer.count, variable=variable)
    text = b"".join(for_report(chunks, "json.tooLarge")).decode()
    return Csv(rows=writer.count, csv=text)


def _checked(rows: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from rows
        return
    except ValueError as error:
        problem = str(error)
    raise FunctionError("json.malformed", problem)


def _encoded(texts: Iterator[str], encoding: str) -> Iterator[bytes]:
    import codecs

    encoder = codecs.getincrementalencoder(encoding)()  # writes a byte order mark once
    for text in texts:
        try:
            yield encoder.encode(text)
        except UnicodeEncodeError as error:
            problem = f"{encoding} has no form of the character U+{ord(error.object[error.start]):04X}"
        else:
            continue
        raise FunctionError("json.encoding", problem)


class _Writer:
    """Writes rows as the input says; `count` of them so far."""

    def __init__(self, data: JsonToCsv) -> None:
        self._data = data
        self.count = 0

    def text(self, rows: Iterator[Any]) -> Iterator[str]:
        """Yield the CSV in chunks; raise FunctionError with the number of the row that is wrong."""
        data, buffer = self._data, io.StringIO()
        writer = csv.writer(buffer, delimiter=data.delimiter, quotechar=data.quote, lineterminator=data.newline)
        batch = list(islice(rows, _BATCH))
        columns = list(batch[0]) if data.columns is None and batch and isinstance(batch[0], dict) else data.columns
        if columns is not None and data.header:
            writer.writerow([self._cell(name) for name in columns])
        while batch:
            writer.writerows(self._cells(row, columns) for row in batch)
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
            batch = list(islice(rows, _BATCH))
        yield buffer.getvalue()

    def _cells(self, row: Any, columns: list[str] | None) -> list[object]:
        self.count += 1
        if isinstance(row, list) and self._data.columns is None and columns is None:
            return [self._cell(value) for value in row]
        if not isinstance(row, dict) or columns is None:
            first = "an object or an array" if self.count == 1 else "an array, as the first"
            expected = "an object" if columns is not None else first
            raise FunctionError("json.row", f"row {self.count}: expected {expected}")
        if self._data.columns is None and not row.keys() <= set(columns):
            unknown = next(name for name in row if name not in columns)
            problem = f"row {self.count} has {unknown!r}, which the first has not: name all of the `columns`"
            raise FunctionError("json.columns", problem)
        return [self._cell(row.get(name)) for name in columns]

    def _cell(self, value: Any) -> object:
        if isinstance(value, str):
            return f"'{value}" if self._data.formulas == "quote" and value.startswith(_FORMULA) else value
        if value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool)):
            return value
        try:
            return _encode(value).decode()
        except UnicodeEncodeError:
            code, problem = "json.encoding", "a text holds half a character (a lone surrogate)"
        except RecursionError:
            code, problem = "json.row", "nested too deeply"
        raise FunctionError(code, f"row {self.count}: {problem}")
