"""The row of a package: build it, run its job in every way, compare with CPython, time the starts; kept as JSON."""

from __future__ import annotations

import json
import os
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

from tests.packages.subject import COLD, Answer, JobError, Subject, requirements

ROWS = Path(__file__).parent / "rows.json"
_REMARK = re.compile(r"(link |snapshot |warning:).*(?<!\d s)$")  # and no step, which ends in its seconds
_SHOWN = 600  # characters of a failure
STARTS = ("cold", "default", "venv")


class Row(TypedDict, total=False):
    """What is known of a package; `failed`: by the way of running it, why; `ms`: by start, the median."""

    requirement: str
    link: str
    snapshot: bool
    seconds: float
    megabytes: float
    ms: dict[str, float]
    lowest: dict[str, float]
    cpu: dict[str, float]
    runs: int
    load: float
    failed: dict[str, str]
    said: list[str]


def row_of(name: str, runs: int) -> Row:
    """Build and run one package."""
    row: Row = {"requirement": requirements()[name], "failed": {}}
    subject = Subject(name)
    expected = _tried(row, "venv", subject.plain)
    if expected is None:
        return row
    try:
        seconds, said = subject.build()
    except JobError as error:
        row["failed"]["build"] = _short(str(error))
        return row
    row["seconds"], row["megabytes"] = round(seconds, 1), round(subject.file.stat().st_size / 1e6, 1)
    row["said"] = [line.strip() for line in said.splitlines() if _REMARK.match(line.strip())]
    row["link"] = "portable" if any(line.startswith("link") for line in row["said"]) else "static"
    row["snapshot"] = not any(line.startswith("snapshot") for line in row["said"])
    ways: dict[str, Callable[[], Answer]] = {
        "cold": lambda: subject.run(COLD), "default": lambda: subject.run({}),
        "cold, empty root": lambda: subject.run_in_empty_root(COLD),
        "default, empty root": lambda: subject.run_in_empty_root({}),
    }  # fmt: skip
    for way, run in ways.items():
        answer = _tried(row, way, run)
        if answer is not None and answer.value != expected.value:
            row["failed"][way] = _short(f"{answer.value!r}, and not as under CPython {expected.value!r}")
    if not {"cold", "default"} & set(row["failed"]):
        _time(row, subject, runs)
    return row


def _time(row: Row, subject: Subject, runs: int) -> None:
    """Time the starts in turn, so that what else the machine does is the same for all."""
    ways: list[Callable[[], Answer]] = [lambda: subject.run(COLD), lambda: subject.run({}), subject.plain]
    taken: dict[str, list[float]] = {start: [] for start in STARTS}
    used: dict[str, list[float]] = {start: [] for start in STARTS}
    for _ in range(runs):
        for start, way in zip(STARTS, ways, strict=True):
            answer = way()
            taken[start].append(answer.seconds)
            used[start].append(answer.processor)
    row["ms"] = {start: round(1e3 * statistics.median(each), 1) for start, each in taken.items()}
    row["lowest"] = {start: round(1e3 * min(each), 1) for start, each in taken.items()}
    row["cpu"] = {start: round(1e3 * statistics.median(each), 1) for start, each in used.items()}
    row["runs"], row["load"] = runs, round(os.getloadavg()[0], 1)


def _tried(row: Row, way: str, run: Callable[[], Answer]) -> Answer | None:
    try:
        return run()
    except (JobError, AssertionError) as error:
        row["failed"][way] = _short(str(error))
        return None


def _short(text: str) -> str:
    """The end of what was said, where the cause is, without paths of this machine."""
    text = re.sub(r"/\S*/\.cache/", ".cache/", text)
    return text if len(text) <= _SHOWN else f"... {text[-_SHOWN:]}"


def read_rows() -> dict[str, Row]:
    rows: dict[str, Row] = json.loads(ROWS.read_text()) if ROWS.exists() else {}
    return rows


def keep(name: str, row: Row) -> None:
    """Put the row among those that are there."""
    rows = read_rows() | {name: row}
    ROWS.write_text(json.dumps(rows, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
