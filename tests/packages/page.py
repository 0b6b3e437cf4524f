"""The page docs/packages.md, made from the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from build.core.paths import ROOT
from tests.packages.row import Row, read_rows
from tests.packages.subject import requirements

PAGE = ROOT / "docs" / "packages.md"
_MARK = "<!-- the table: made by `python3 build test --packages`, not by hand -->"
_HEADS = ("package", "version", "link", "build s", "MB", "cold ms", "default ms", "venv ms", "cold / venv", "remarks")
_COLD = "each run boots cold: "  # what a build says before the reason
_ADDRESSES = re.compile(r"(, at|:) 0x.*")  # of one build alone
_REMARKS = Path(__file__).parent / "remarks.txt"


def write_page() -> None:
    """Put the table of the rows in place of the one that the page has."""
    before, mark, _ = PAGE.read_text().partition(_MARK)
    PAGE.write_text(f"{before}{mark}\n\n{table(read_rows())}")


def table(rows: dict[str, Row]) -> str:
    """The rows, by name, as Markdown."""
    rule = "|".join(["---", "---", "---", *["---:"] * (len(_HEADS) - 4), "---"])
    missing: Row = {"failed": {"not tried yet": ""}}
    cells = (
        _cells(name, rows.get(name, {**missing, "requirement": line})) for name, line in sorted(requirements().items())
    )
    lines = [_line(_HEADS), f"|{rule}|", *map(_line, cells)]
    return "\n".join(lines) + "\n"


def remarks() -> dict[str, str]:
    """What somebody has to know about a package, by its name: lines `name: text`."""
    return dict(line.split(": ", 1) for line in _REMARKS.read_text().splitlines() if not line.startswith("#"))


def ratio(row: Row) -> float:
    """What the least disturbed cold start took of a processor, where that in a virtual environment took 1."""
    return row["cpu"]["cold"] / row["cpu"]["venv"]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(name: str, row: Row) -> list[str]:
    package, _, version = row["requirement"].partition("==")
    link = f"{row.get('link', '-')}{', warm' if row.get('snapshot') else ''}"
    build = [f"{row['seconds']:.0f}", f"{row['megabytes']:.1f}"] if "seconds" in row else ["", ""]
    starts = [f"{row['ms'][start]:.0f}" for start in ("cold", "default", "venv")] if "ms" in row else ["", "", ""]
    times = f"{ratio(row):.2f}" if "cpu" in row else ""
    failed = [f"**fails: {way}**" if row["failed"][way] else way for way in row["failed"]]
    cold = [
        f"no snapshot: {_ADDRESSES.sub('', line.partition(_COLD)[2])}" for line in row.get("said", ()) if _COLD in line
    ]
    together = f"built with {row['together'] - 1} others" if "together" in row else ""
    words = [*failed, *cold, *filter(None, [together]), *filter(None, [remarks().get(name, "")])]
    return [package, version, link, *build, *starts, times, "; ".join(words)]
