"""Time starts, containers, several runs at once, documents, typed inputs, and registries by size."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import orjson

from build.bench.figures.table import Table
from build.bench.starts.container import root_of, runtimes
from build.bench.starts.program import Program, many, once
from build.bench.starts.programs import (
    COLD,
    GO,
    ONEDIR,
    ONEFILE,
    PORTABLE,
    PORTABLE_COLD,
    SOURCE,
    TRUE,
    WARM,
    make_registry,
    put_in_place_again,
    write_script,
)
from build.core.console import step
from build.toolchain.environment import VENV

BRIEF = (GO, WARM, SOURCE, ONEFILE)  # what the README shows
_PAIRS = 3  # times as many runs as in the table of all
_AT_ONCE = (1, 2, 8)
_DOCUMENTS = {"1 KB": 1_000, "1 MB": 1_000_000, "100 MB": 100_000_000}
_LARGE = 10_000_000  # bytes from which on a few runs are enough
_TYPED = {"untyped": "greet", "msgspec.Struct": "greet-struct", "dataclass": "greet-dataclass"}  # by kind of input
_REGISTRIES = (1, 100, 1000)
_BARE = """\
import os
import orjson
folder = os.environ["FN_DATA_DIR"]
with open(f"{folder}/input.json", "rb") as file:
    value = orjson.loads(file.read())
with open(f"{folder}/output.json", "wb") as file:
    file.write(orjson.dumps(value))
"""


class Times(NamedTuple):
    """Of one program: seconds of one run from its start to its end, seconds of processors, page faults."""

    median: float
    lowest: float
    cpu: float
    faults: float


def measured(
    what: str, programs: Sequence[Program], runs: int, folder: Path, handler: str = "greet",
    document: bytes = b'{"name": "Ada"}',
) -> dict[str, Times]:  # fmt: skip
    """Return times by name; `what` is the step's.

    The runs of all are interleaved, so that noise slows all alike; the first round does not count.
    """
    for program in programs:
        put_in_place_again(program)
    with step(what) as line:
        line.note(f"{len(programs)} programs, {runs} runs of each, interleaved")
        rounds = [[once(program, folder / "run", handler, document) for program in programs] for _ in range(runs + 1)]
    return {
        program.name: Times(
            statistics.median(one.seconds for one in own),
            min(one.seconds for one in own),
            statistics.median(one.cpu for one in own),
            statistics.median(one.faults for one in own),
        )
        for program, own in zip(programs, zip(*rounds[1:], strict=True), strict=True)
    }


def pairs(programs: Sequence[Program], runs: int, folder: Path) -> Table | None:
    """Time the file and static Go in turn, with nothing between that fills the processor's caches; None without Go."""
    pair = [program for program in programs if program.name in (GO, WARM)]
    if len(pair) < 2:
        return None
    return starts_table(measured("pairs", pair, _PAIRS * runs, folder), "In pairs")


def starts_table(taken: Mapping[str, Times], title: str = "") -> Table:
    heads = ["program", "median ms", "lowest ms", "CPU ms", "page faults", f"times {WARM}"]
    own = taken[WARM].median
    rows = [
        [name, *(f"{1e3 * value:.1f}" for value in one[:3]), f"{one.faults:.0f}", f"{one.median / own:.2f}"]
        for name, one in taken.items()
    ]
    return Table(title, heads, rows)


def summary(taken: Mapping[str, Times]) -> str:
    """Return a sentence for each way in which ours starts."""
    source, onedir, onefile = (taken[name].median for name in (SOURCE, ONEDIR, ONEFILE))
    return "\n".join(
        f"{name} takes {taken[name].median / source:.2f} of the time of {SOURCE}, "
        f"1/{onedir / taken[name].median:.0f} of {ONEDIR} and 1/{onefile / taken[name].median:.0f} of {ONEFILE}."
        for name in (WARM, COLD, PORTABLE, PORTABLE_COLD)
    )


def containers(programs: Sequence[Program], runs: int, folder: Path) -> Table:
    """Time the same run as the only process of a container; say so if there is no runtime."""
    title = "One run in a container: read-only root, no capability, user 65532, no network"
    found, reason = runtimes()
    if not found:
        return Table(title, (), (), f"Not measured: {reason}.")
    inside = []
    for runtime in found:
        for program in programs:
            if program.name in (TRUE, GO, WARM, COLD, PORTABLE):
                root = root_of(Path(program.command[0]), folder / "roots" / program.name)
                name = f"{runtime.name}: {program.name}"
                inside.append(replace(program, name=name, command=["/fn"], runtime=runtime, root=root))
    taken = measured("containers", inside, runs, folder)
    rows = []
    for name, one in taken.items():
        nothing = taken[f"{name.partition(':')[0]}: {TRUE}"].median
        rows.append(
            [name, f"{1e3 * one.median:.1f}", f"{1e3 * one.lowest:.1f}", f"{1e3 * (one.median - nothing):+.1f}"]
        )
    return Table(title, ("runtime and program", "median ms", "lowest ms", "over the C program, ms"), rows)


def at_once(programs: Sequence[Program], runs: int, folder: Path) -> Table:
    """Measure throughput, and the processor time that it takes."""
    counts = ", ".join(map(str, _AT_ONCE))
    heads = ["program", *(f"runs/s, {number}" for number in _AT_ONCE), *(f"CPU s, {number}" for number in _AT_ONCE)]
    rows, count = [], max(2 * runs, _AT_ONCE[-1])
    with step("at once") as line:
        line.note(f"{counts} at once, {count} runs of each program")
        for program in programs:
            taken = [many(program, number, count, folder / "runs") for number in _AT_ONCE]
            speeds = [f"{count / one.seconds:.0f}" for one in taken]
            rows.append([program.name, *speeds, *(f"{1000 * one.cpu / count:.2f}" for one in taken)])
    return Table(f"Runs a second, and CPU seconds for 1,000 runs, at {counts} at once", heads, rows)


def documents(programs: Sequence[Program], runs: int, folder: Path) -> Table:
    """Time JSON through a handler that gives its input back, and through a script that only uses orjson."""
    bare = "orjson in a script"
    script = Program(bare, [VENV / "bin" / "python", "-I", write_script(_BARE)], leaves=("input.json", "output.json"))
    chosen = [*(program for program in programs if program.name in (WARM, COLD, PORTABLE, SOURCE)), script]
    rows = []
    for name, size in _DOCUMENTS.items():
        some = min(runs, 3) if size > _LARGE else runs
        taken = measured(f"JSON, {name}", chosen, some, folder, "same", _document(size))
        reference = taken[bare].median
        rows += [
            [f"{name}: {each}", f"{1e3 * one.median:.1f}", f"{one.median / reference:.2f}"]
            for each, one in taken.items()
        ]
    return Table("JSON read and written, by size", ("document and program", "median ms", f"times {bare}"), rows)


def _document(size: int) -> bytes:
    """Return compact JSON of about as many bytes, which looks like orders and events."""
    row = {"id": 1048576, "name": "Grüße", "price": 12.75, "tags": ["new", "sale"], "stock": None, "open": True}
    one = len(orjson.dumps(row)) + 1
    return orjson.dumps([row] * max(1, size // one))


def typed(programs: Sequence[Program], runs: int, folder: Path) -> Table:
    """Return the start of handlers that do the same, with an input that is checked and with one that is not."""
    alone = make_registry(1)
    compared = []
    for program in programs:
        if program.name in (WARM, COLD):
            for kind, handler in _TYPED.items():
                chosen = {**program.environment, "FN_HANDLER": handler}
                compared.append(replace(program, name=f"{program.name}: {kind}", environment=chosen))
            name = f"{program.name}: untyped, alone in its file"
            compared.append(replace(program, name=name, command=[alone]))
    taken = measured("typed", compared, runs, folder)
    rows = []
    for name, one in taken.items():
        untyped = taken[f"{name.partition(':')[0]}: untyped"].median
        rows.append([name, f"{1e3 * one.median:.2f}", f"{1e3 * one.lowest:.2f}", f"{one.median / untyped:.2f}"])
    return Table("The start, by kind of input", ("program and input", "median ms", "lowest ms", "times untyped"), rows)


def registries(runs: int, folder: Path) -> Table:
    """Return the start of a file of one handler, of a hundred, of a thousand."""
    files = {count: make_registry(count) for count in _REGISTRIES}
    programs = [
        Program(f"{count}, {how}", [file], environment)
        for how, environment in (("warm", {}), ("cold", {"FN_COLD": "1"}))
        for count, file in files.items()
    ]
    taken = measured("registries", programs, runs, folder)
    rows = []
    for name, one in taken.items():
        single = taken[f"{_REGISTRIES[0]}, {name.partition(', ')[2]}"].median
        rows.append([name, f"{1e3 * one.median:.1f}", f"{one.median / single:.2f}"])
    return Table("The start, by number of handlers in the file", ("handlers", "median ms", "times one handler"), rows)
