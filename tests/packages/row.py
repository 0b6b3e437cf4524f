"""The row of a package: build it, run its job in every way, compare with CPython, time the starts; kept as JSON."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from tests.packages.subject import COLD, Answer, JobError, Subject, requirements

ROWS = Path(__file__).parent / "rows.json"
_REMARK = re.compile(r"(link |snapshot |warning:).*(?<!\d s)$")  # and no step, which ends in its seconds
_SHOWN = 600  # characters of a failure
STARTS = ("cold", "default", "venv")

Way = Callable[[], Answer]


class Row(TypedDict, total=False):
    """What is known of a package; `failed`: by the way of running it, why; by start: `ms` the median, `cpu` the lowest.

    `together`: how many packages share the file, where it was not built alone.
    """

    requirement: str
    together: int
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


def rows_of(names: Sequence[str], runs: int) -> Iterator[tuple[str, Row]]:
    """Build the packages, one alone or several in one file, and yield the row of each as it is made."""
    subject = Subject("-".join(names)[:60], tuple(names))
    built: Row = {"together": len(names)} if len(names) > 1 else {}
    try:
        seconds, said = subject.build()
    except JobError as error:
        for name in names:
            yield name, {"requirement": requirements()[name], "failed": {"build": _short(str(error))}}
        return
    built["seconds"], built["megabytes"] = round(seconds, 1), round(subject.file.stat().st_size / 1e6, 1)
    built["said"] = [_of_any_machine(line.strip()) for line in said.splitlines() if _REMARK.match(line.strip())]
    built["link"] = "portable" if any(line.startswith("link") for line in built["said"]) else "static"
    built["snapshot"] = not any(line.startswith("snapshot") for line in built["said"])
    for name in names:
        yield name, _run(name, subject, built, runs)


def _run(name: str, subject: Subject, built: Row, runs: int) -> Row:
    """Run the job of one package in every way."""
    row: Row = {**built, "requirement": requirements()[name], "failed": {}}
    ways: dict[str, Way] = {
        "cold": lambda: subject.run(COLD, name), "default": lambda: subject.run({}, name),
        "cold, empty root": lambda: subject.run_in_empty_root(COLD, name),
        "default, empty root": lambda: subject.run_in_empty_root({}, name),
    }  # fmt: skip
    expected = _tried(row, "venv", lambda: subject.plain(name))
    for way, run in ways.items() if expected else ():
        answer = _tried(row, way, run)
        if expected and answer and answer.value != expected.value:
            row["failed"][way] = _short(f"{answer.value!r}, and not as under CPython {expected.value!r}")
    if not {"venv", "cold", "default"} & set(row["failed"]):
        _time(row, [ways["cold"], ways["default"], lambda: subject.plain(name)], runs)
    return row


def _time(row: Row, ways: Sequence[Way], runs: int) -> None:
    """Time the starts in turn, so that what else the machine does is the same for all."""
    taken: dict[str, list[float]] = {start: [] for start in STARTS}
    used: dict[str, list[float]] = {start: [] for start in STARTS}
    for _ in range(runs):
        for start, way in zip(STARTS, ways, strict=True):
            answer = way()
            taken[start].append(answer.seconds)
            used[start].append(answer.processor)
    row["ms"] = {start: round(1e3 * statistics.median(each), 1) for start, each in taken.items()}
    row["lowest"] = {start: round(1e3 * min(each), 1) for start, each in taken.items()}
    row["cpu"] = {start: round(1e3 * min(each), 1) for start, each in used.items()}
    row["runs"], row["load"] = runs, round(os.getloadavg()[0], 1)


def _tried(row: Row, way: str, run: Way) -> Answer | None:
    try:
        return run()
    except (JobError, AssertionError, subprocess.TimeoutExpired) as error:
        row["failed"][way] = _short(str(error))
        return None


def _of_any_machine(text: str) -> str:
    """The text without paths of this one: the home folder, and the repository's cache."""
    return re.sub(r"/\S*/\.cache/", ".cache/", text.replace(f"{Path.home()}/", "~/"))


def _short(text: str) -> str:
    """The end of what was said, where the cause is, without paths of this machine."""
    text = _of_any_machine(text)
    return text if len(text) <= _SHOWN else f"... {text[-_SHOWN:]}"


def read_rows() -> dict[str, Row]:
    rows: dict[str, Row] = json.loads(ROWS.read_text()) if ROWS.exists() else {}
    return rows


def keep(name: str, row: Row) -> None:
    """Put the row among those that are there."""
    rows = read_rows() | {name: row}
    ROWS.write_text(json.dumps(rows, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
