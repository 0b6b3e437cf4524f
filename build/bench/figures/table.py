"""A table of figures as Markdown. Measures nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Table(NamedTuple):
    """A title, the heads of the columns, the rows; the first column is words, the others are figures."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def text(self) -> str:
        rule = "|".join(["---", *["---:"] * (len(self.heads) - 1)])
        rows = [f"| {' | '.join(row)} |" for row in (self.heads, *self.rows)] if self.rows else []
        table = "\n".join([rows[0], f"|{rule}|", *rows[1:]]) if rows else ""
        return "\n\n".join(filter(None, [f"**{self.title}**" if self.title else "", table, self.note]))
