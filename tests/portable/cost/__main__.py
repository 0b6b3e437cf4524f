"""Prints what a start of a portable file costs, and `import numpy` in it, as docs/links.md has it.

    .venv/bin/python -m tests.portable.cost

Runs of all programs are interleaved, so that other work on the machine slows all alike. Needs strace, which
`python3 build test` installs. Is no test: nothing fails here.
"""

from __future__ import annotations

import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from build.core.paths import CACHE
from build.pipeline import build_file
from build.toolchain.requirements import author_packages

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE.parent / "packages" / "requirements.txt"
_RUNS = 51


class Cost(NamedTuple):
    """Of one run: milliseconds from its start to its end, milliseconds of processors, pages that were mapped singly."""

    wall: float
    processor: float
    faults: float


class Program(NamedTuple):
    """What starts it; its whole environment, so that nothing of the caller's (OPENBLAS_*) has a part in it."""

    words: list[str | Path]
    environment: Mapping[str, str]


def _run(program: Program, exchange: Path) -> Cost:
    _empty(exchange)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(program.words, env=program.environment, check=True, stdin=subprocess.DEVNULL)
    ended, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    if "FN_DATA_DIR" in program.environment and not (exchange / "output.json").exists():
        sys.exit(f"{program.words[0]}: {(exchange / 'error.json').read_text()}")
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Cost(1000 * (ended - began), 1000 * processor, after.ru_minflt - before.ru_minflt)


def _copied(program: Program, exchange: Path) -> tuple[int, int]:
    """Files in memory, and bytes that were written to them, in one run."""
    _empty(exchange)
    trace = exchange / "trace"
    traced = ["strace", "-f", "-o", trace, "-e", "trace=memfd_create,pwrite64", *program.words]
    subprocess.run(traced, env=program.environment, check=True, stdin=subprocess.DEVNULL)
    text = trace.read_text()
    trace.unlink()
    written = re.findall(r"pwrite64\(.*\) = (\d+)$", text, re.MULTILINE)
    return len(re.findall(r"memfd_create\(.*\) = \d+$", text, re.MULTILINE)), sum(map(int, written))


def _empty(exchange: Path) -> None:
    for left in exchange.iterdir():
        left.unlink()
    (exchange / "input.json").write_text(json.dumps({}))


def main() -> None:
    target = CACHE / "tests"
    static = build_file(_HERE / "plain", None, target / "fn-cost-static", link="static")
    plain = build_file(_HERE / "plain", None, target / "fn-cost-portable", link="portable")
    native = build_file(_HERE / "native", _REQUIREMENTS, target / "fn-cost-native")
    python = {"PYTHONPATH": str(author_packages(_REQUIREMENTS))}
    with tempfile.TemporaryDirectory() as folder:
        exchange, place = Path(folder), {"FN_DATA_DIR": folder}
        cold = {**place, "FN_COLD": "1"}
        programs = {
            "static, warm": Program([static], place),
            "static, cold": Program([static], cold),
            "portable, warm": Program([plain], place),
            "portable, cold": Program([plain], cold),
            "portable, warm, numpy": Program([native], place),
            "portable, cold, numpy": Program([native], cold),
            "python": Program([sys.executable, "-c", "pass"], python),
            "python, numpy": Program([sys.executable, "-c", "import numpy"], python),
        }
        taken = [[_run(program, exchange) for program in programs.values()] for _ in range(_RUNS + 1)][1:]
        copies = {name: _copied(programs[name], exchange) for name in ("portable, cold", "portable, cold, numpy")}
    median = {
        name: Cost(*map(statistics.median, zip(*own, strict=True)))
        for name, own in zip(programs, zip(*taken, strict=True), strict=True)
    }
    print("\n| program | ms | ms of processors | page faults |\n|---|---:|---:|---:|")
    for name, cost in median.items():
        print(f"| {name} | {cost.wall:.1f} | {cost.processor:.1f} | {cost.faults:.0f} |")
    for boot in ("warm", "cold"):
        times = median[f"portable, {boot}"].wall / median[f"static, {boot}"].wall
        print(f"\nA {boot} start of the portable link takes {times:.1f} times one of the static link.", end="")
    added = [
        median[f"{name}, numpy"].wall - median[name].wall for name in ("portable, warm", "portable, cold", "python")
    ]
    print(
        f"\n`import numpy` adds {added[0]:.1f} ms to a warm start, {added[1]:.0f} to a cold one, and {added[2]:.0f} ms "
        "to the interpreter in a virtual environment."
    )
    for name, (files, length) in copies.items():
        size = Path(programs[name].words[0]).stat().st_size
        print(f"{name}: of {size / 1e6:.1f} MB, {length / 1e6:.2f} MB are copied, into {files} files in memory.")


if __name__ == "__main__":
    main()
