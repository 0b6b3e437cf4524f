"""`python3 build bench --ablate`: what each trick of a static file is worth: the file of `greet` without it, compared.

A trick that moves neither a warm start by 0.1 ms nor a compressed image by 0.3 MB goes, unless docs/start/ablation.md
has another reason for it. Both files run in turn; times and page faults are medians of the differences of pairs.
"""

from __future__ import annotations

import gzip
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

from build.bench import machine, put_between_marks
from build.bench.figures.table import Table
from build.bench.starts.program import Program, Taken, once
from build.bench.starts.programs import FOLDER, put_in_place_again
from build.core.configuration import EVERY_TRICK, Tricks
from build.core.console import step
from build.core.paths import HANDLERS, ROOT
from build.finished import Request
from build.pipeline import build

PAGE = ROOT / "docs" / "start" / "ablation.md"
BEGIN = "<!-- figures: made by `python3 build bench --ablate --write`, not by hand -->"

_LEVEL = 6  # of gzip, as image builders have it
_PLACED_AGAIN = 20  # after so many pairs: how Linux keeps a file in memory differs from time to time
_COLD = {"FN_COLD": "1"}
_HEADS = ("without", "ms", "CPU ms", "page faults", "CPU ms, cold", "MB", "MB, gzip", "lines")


class _Own(NamedTuple):
    """The files that are there for one trick, and how many lines there are of it in others."""

    files: Sequence[str]
    elsewhere: int = 0

    @property
    def lines(self) -> int:
        return self.elsewhere + sum(len((ROOT / file).read_text().splitlines()) for file in self.files)


_HEAP = "build/boot/snapshot/heap"
_STATIC = "build/boot/static"
OWN = {
    "hot_sections": _Own(
        [f"{_HEAP}/{name}.{end}" for name in ("profile", "placement", "touched", "untouched") for end in "ch"], 40
    ),
    "second_profile": _Own([], 6),
    "freed_apart": _Own([], 45),
    "populate": _Own([], 35),
    "warm_up": _Own(["entry/snapshot/warm_up.py"]),
    "sparse": _Own(["build/boot/snapshot/sparse.c", "build/boot/snapshot/sparse.h"], 14),
    "no_frozen_modules": _Own(["build/boot/interpreter/no_frozen_modules.c"]),
    "old_formats": _Own([f"{_STATIC}/old_formats.c"]),
    "old_processors": _Own([f"{_STATIC}/old_processors.c"]),
    "no_unwinding": _Own([], 5),
    "no_columns": _Own([], 10),
    "compressed_modules": _Own(
        ["build/archive/compression.py", f"{_STATIC}/compressed_modules.c", f"{_STATIC}/compressed_modules.h"], 10
    ),
    "compressed_libraries": _Own(
        ["build/link/c_libraries.py", f"{_STATIC}/compressed_libraries.c", f"{_STATIC}/compressed_libraries.h"], 60
    ),
}


def ablate(runs: int, *, write: bool) -> int:
    """Build the file without each trick, and measure: pairs of warm runs, half as many of cold ones.

    Print the table; with `write`, put it into docs/start/ablation.md. Return the exit status.
    """
    files = {name: _built(name) for name in ("", *(each.name for each in fields(Tricks)))}
    rows = []
    with tempfile.TemporaryDirectory(prefix="fn-bench-") as folder:
        for name, file in files.items():
            with step(name or "nothing") as line:
                rows.append(_row(name, files[""], file, runs, Path(folder)))
                line.note(f"{runs} pairs")
    text = Table("", _HEADS, rows, f"{machine()}; {runs} pairs of warm runs, {_cold_runs(runs)} of cold ones.").text()
    print(f"\n{text}")
    if write:
        PAGE.write_text(put_between_marks(PAGE.read_text(), text, BEGIN))
    return 0


def _cold_runs(runs: int) -> int:
    return max(runs // 2, 1)


def _built(without: str) -> Path:
    tricks = replace(EVERY_TRICK, **{without: False}) if without else EVERY_TRICK
    output = FOLDER / "ablation" / (without or "nothing") / "fn"
    request = Request(HANDLERS, link="static", snapshot="required", only=["greet"], tricks=tricks)
    return build(request, output).file


def _row(name: str, whole: Path, without: Path, runs: int, folder: Path) -> list[str]:
    warm = _pairs(Program("whole", [whole]), Program("without", [without]), runs, folder)
    cold = _pairs(Program("whole", [whole], _COLD), Program("without", [without], _COLD), _cold_runs(runs), folder)
    sizes = [
        (len(content), len(gzip.compress(content, _LEVEL))) for content in (whole.read_bytes(), without.read_bytes())
    ]
    if not name:
        raw, packed = sizes[0]
        figures = [statistics.median(value(pair[0]) for pair in warm) for value in _VALUES]
        first = [f"{1e3 * figures[0]:.2f}", f"{1e3 * figures[1]:.2f}", f"{figures[2]:.0f}"]
        started = statistics.median(pair[0].cpu for pair in cold)
        return ["nothing", *first, f"{1e3 * started:.2f}", f"{raw / 1e6:.2f}", f"{packed / 1e6:.2f}", ""]
    ms, cpu, faults = (_difference(warm, value) for value in _VALUES)
    (raw, packed), (own_raw, own_packed) = sizes
    return [
        name.replace("_", " "), f"{1e3 * ms:+.2f}", f"{1e3 * cpu:+.2f}", f"{faults:+.0f}",
        f"{1e3 * _difference(cold, _VALUES[1]):+.2f}", f"{(own_raw - raw) / 1e6:+.2f}",
        f"{(own_packed - packed) / 1e6:+.2f}", str(OWN[name].lines),
    ]  # fmt: skip


_VALUES: Sequence[Callable[[Taken], float]] = (
    lambda one: one.seconds,
    lambda one: one.cpu,
    lambda one: one.faults,
)


def _pairs(whole: Program, without: Program, runs: int, folder: Path) -> list[tuple[Taken, Taken]]:
    """Run both in turn. The first run after a file was put in place again is not counted."""
    taken = []
    for number in range(runs):
        if number % _PLACED_AGAIN == 0:
            for program in (whole, without):
                put_in_place_again(program)
                _once(program, folder)
        taken.append((_once(whole, folder), _once(without, folder)))
    return taken


def _once(program: Program, folder: Path) -> Taken:
    return once(program, folder / "run", "greet", b'{"name": "Ada"}')


def _difference(pairs: Sequence[tuple[Taken, Taken]], value: Callable[[Taken], float]) -> float:
    return statistics.median(value(without) - value(whole) for whole, without in pairs)
