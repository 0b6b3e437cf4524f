"""Measure handlers with packages that people use: each boots warm, cold, and from source in a virtual environment.

The versions are those of tests/packages. Each package has a file of its own, as an author's handler would.
"""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from build.bench.figures.table import Table
from build.bench.starts.program import Program, prepare
from build.bench.starts.programs import FOLDER, GO, SOURCE, TRUE, WARM, put_in_place_again
from build.core.console import step
from build.core.paths import ROOT
from build.link.source import from_source
from build.pipeline import build_file
from build.snapshot.process.builder import add_snapshot
from build.toolchain.environment import VENV
from build.toolchain.requirements import author_packages

_VERSIONS = ROOT / "tests" / "packages" / "requirements.txt"
_HOLD = Path(__file__).parents[1] / "handlers" / "hold.py"
_HANDLER = """\
import time

from entry import handler
{imports}


@handler
def {name}(data: object) -> float:
    first_line = time.perf_counter()
    {job}
    return first_line
"""
_CLIENT = 'boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")'
_GROUPBY = 'pandas.DataFrame({"kind": ["a", "b", "a"], "value": [1, 2, 3]}).groupby("kind")["value"].sum()'
_MODEL = "class Order(pydantic.BaseModel):\n    sku: str\n    count: int"
_SELDOM = 5  # a cold boot and one in a virtual environment take long: they have a run in so many of the others'


class _Case(NamedTuple):
    title: str
    package: str
    handler: str
    imports: str
    job: str = "pass"
    rehearsal: bool = False  # in a file of its own: there the job is done at import, too

    @property
    def file(self) -> str:
        return f"{self.package}-rehearsed" if self.rehearsal else self.package


_CASES = (
    _Case("numpy imported", "numpy", "imported", "import numpy"),
    _Case("pandas imported", "pandas", "imported", "import pandas"),
    _Case("pandas with a groupby", "pandas", "grouped", "import pandas", _GROUPBY),
    _Case("the same, done once at module level", "pandas", "rehearsed", f"import pandas\n\n{_GROUPBY}", _GROUPBY, True),
    _Case("a boto3 client at module level", "boto3", "client", f"import boto3\n\nCLIENT = {_CLIENT}"),
    _Case("httpx imported", "httpx", "imported", "import httpx"),
    _Case("a requests session at module level", "requests", "session", "import requests\n\nAPI = requests.Session()"),
    _Case("a pydantic model", "pydantic", "model", f"import pydantic\n\n\n{_MODEL}"),
    _Case("a redis client at module level", "redis", "client", "import redis\n\nCLIENT = redis.Redis()"),
)
_COMPILED = ("numpy", "pandas")  # in portable files, whose memory and captures are measured


class _Made(NamedTuple):
    """A package's file, the folder that its handlers' source is in, and that with the package."""

    file: Path
    source: Path
    packages: Path | None


class Packages:
    """The files of all packages, made first."""

    def __init__(self) -> None:
        self._made = {case.file: _make(case.file, case.package) for case in _CASES}

    def waiting(self) -> list[Program]:
        """Return programs with a handler that waits, and another that has imported the package."""
        return [Program(f"fn, portable, {package}", [self._made[package].file]) for package in _COMPILED]

    def starts(self, programs: Sequence[Program], runs: int, folder: Path) -> Table:
        """Return how long they take to the end and to the handler's first line; runs are interleaved with peers'."""
        peers = [(program, "greet") for program in programs if program.name in (TRUE, GO, WARM, SOURCE)]
        often = [*peers, *((self._program(case, "warm"), case.handler) for case in _CASES)]
        seldom = [(self._program(case, how), case.handler) for how in ("cold", "venv") for case in _CASES]
        for program, _ in often:
            put_in_place_again(program)
        taken: dict[str, list[tuple[float, float]]] = {program.name: [] for program, _ in (*often, *seldom)}
        with step("packages") as line:
            line.note(f"{runs} runs of each, interleaved; {runs // _SELDOM + 1} of cold ones and those from source")
            for number in range(runs + 1):
                for program, handler in [*often, *(seldom if number % _SELDOM == 0 else [])]:
                    taken[program.name].append(_once(program, folder / "run", handler))
        medians = {name: tuple(map(statistics.median, zip(*each[1:], strict=True))) for name, each in taken.items()}
        rows = [[program.name, _ms(medians[program.name][0]), *[""] * 6] for program, _ in peers]
        for case in _CASES:
            warm, cold, venv = (medians[self._program(case, how).name] for how in ("warm", "cold", "venv"))
            rows.append(
                [
                    case.title, _ms(warm[0]), _ms(warm[1]), _ms(cold[0]), _ms(venv[0]), _ms(venv[1]),
                    f"{cold[0] / warm[0]:.0f}", f"{venv[0] / warm[0]:.0f}",
                ]
            )  # fmt: skip
        heads = ("handler", "ms", "to its first line", "cold, ms", "venv, ms", "venv, to its first line")
        return Table("Handlers with packages", (*heads, "cold / warm", "venv / warm"), rows)

    def captures(self, folder: Path) -> Table:
        """Return what the snapshot of a process adds to a build, in seconds."""
        rows = []
        for package in _COMPILED:
            with step("capture") as line:
                line.note(package)
                work = folder / "capture"
                work.mkdir(parents=True, exist_ok=True)
                linked = Path(shutil.copy(self._made[package].file, work / "linked"))
                started = time.perf_counter()
                length = add_snapshot(linked, work, reproducible=False)
                rows.append([package, f"{time.perf_counter() - started:.1f}", f"{length / 1e6:.1f}"])
        return Table("What the snapshot of a process adds to a build", ("package", "seconds", "MB"), rows)

    def _program(self, case: _Case, how: str) -> Program:
        made, name = self._made[case.file], f"{case.title}, {how}"
        if how != "venv":
            return Program(name, [made.file], {"FN_COLD": "1"} if how == "cold" else {})
        found = f"{made.source}{os.pathsep}{made.packages}"
        return Program(name, from_source(VENV / "bin" / "python", "-P", "-m", "entry"), {"PYTHONPATH": found})


def _make(name: str, package: str) -> _Made:
    folder = FOLDER / "packages" / name
    shutil.rmtree(folder / "handlers", ignore_errors=True)
    (folder / "handlers").mkdir(parents=True)
    shutil.copy(_HOLD, folder / "handlers")
    for case in _CASES:
        if case.file == name:
            text = _HANDLER.format(imports=case.imports, name=case.handler, job=case.job)
            (folder / "handlers" / f"{case.handler}.py").write_text(text)
    (folder / "entry").unlink(missing_ok=True)
    (folder / "entry").symlink_to(ROOT / "entry")
    wanted = folder / "requirements.txt"
    wanted.write_text(
        next(f"{each}\n" for each in _VERSIONS.read_text().splitlines() if each.startswith(f"{package}=="))
    )
    file = build_file(folder / "handlers", wanted, folder / "fn", snapshot="required")
    return _Made(file, folder, author_packages(wanted))


def _once(program: Program, folder: Path, handler: str) -> tuple[float, float]:
    """Return seconds from the start to the end, and to the first line of a handler that says when that was."""
    run = prepare(program, folder, handler)
    started = time.perf_counter()
    _, status, _ = os.wait4(run.start(), 0)
    seconds = time.perf_counter() - started
    run.check(status)
    said = orjson.loads((run.exchange / "output.json").read_bytes()) if program.leaves else None
    shutil.rmtree(folder)
    return seconds, said - started if isinstance(said, float) else 0.0


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.1f}"
