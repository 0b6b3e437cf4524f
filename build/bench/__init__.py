"""Measure what a run costs, ours and its peers', in one run of the bench; print tables and a plot.

The README's figures and those of docs/startup.md come from here and from nowhere else.
"""

from __future__ import annotations

import platform
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from build.bench.figures.plot import bars
from build.bench.figures.table import Table
from build.bench.hosts import comparison
from build.bench.starts import cost, times
from build.bench.starts.libraries import libraries
from build.bench.starts.packages import Packages
from build.bench.starts.program import Program
from build.bench.starts.programs import make_programs
from build.core.errors import BuildError
from build.core.paths import ROOT

README, PAGE = ROOT / "README.md", ROOT / "docs" / "startup.md"
PLOT = ROOT / "docs" / "pictures" / "startup.svg"
PAGES = (README, PAGE)  # between their marks: four rows of the first table, and all of them
BEGIN = "<!-- figures: made by `python3 build bench --write`, not by hand -->"
END = "<!-- end of figures -->"

_TITLE = "One run, from starting the process to its end (logarithmic scale)"


def bench(runs: int, *, write: bool) -> int:
    """Print the tables as they are made; with `write`, put them and the plot into the documentation.

    Return the exit status.
    """
    print(f"bench: {machine()}", flush=True)
    programs = make_programs()
    made_on = f"{machine()}; {runs} runs each."
    with tempfile.TemporaryDirectory(prefix="fn-bench-") as folder:
        medians = times.measured("starts", programs, runs, Path(folder))
        first = f"{times.starts_table(medians).text()}\n\n{times.summary(medians)}"
        if in_pairs := times.pairs(programs, runs, Path(folder)):
            first += f"\n\n{in_pairs.text()}"
        print(f"\n{first}\n", flush=True)
        texts = [first]
        brief = times.starts_table({name: taken for name, taken in medians.items() if name in times.BRIEF}).text()
        for table in _others(programs, runs, Path(folder)):
            print(f"\n{table.text()}\n", flush=True)
            texts.append(table.text())
    print(made_on)
    if write:
        for page, parts in ((README, [brief]), (PAGE, texts)):
            page.write_text(put_between_marks(page.read_text(), "\n\n".join([*parts, made_on])))
        PLOT.write_text(bars(_TITLE, "ms", [(name, 1e3 * taken.median) for name, taken in medians.items()], "fn,"))
        print(f"\nwritten to {', '.join(str(path.relative_to(ROOT)) for path in (*PAGES, PLOT))}")
    return 0


def _others(programs: Sequence[Program], runs: int, folder: Path) -> Iterator[Table]:
    yield times.containers(programs, runs, folder)
    yield times.at_once(programs, runs, folder)
    packages = Packages()
    yield packages.starts(programs, runs, folder)
    yield packages.captures(folder)
    yield cost.memory([*programs, *packages.waiting()], folder)
    yield cost.sizes(programs, folder)
    yield times.documents(programs, runs, folder)
    yield times.typed(programs, runs, folder)
    yield times.registries(runs, folder)
    yield libraries(runs, folder)


def bench_hosts(requests: int, *, write: bool) -> int:
    """Do the same for the hosts that answer requests; their page is docs/hosts.md."""
    print(f"bench: {machine()}", flush=True)
    tables, plot = comparison.hosts(requests)
    texts = [table.text() for table in tables]
    print("\n\n".join(["", *texts, ""]), flush=True)
    made_on = f"{machine()}; loads of {requests} requests and twice as many at once; medians of three rounds."
    print(made_on)
    if write:
        text = "\n\n".join([*texts, made_on])
        comparison.PAGE.write_text(put_between_marks(comparison.PAGE.read_text(), text, comparison.BEGIN))
        comparison.PLOT.write_text(plot)
        print(f"\nwritten to {comparison.PAGE.relative_to(ROOT)} and {comparison.PLOT.relative_to(ROOT)}")
    return 0


def put_between_marks(page: str, text: str, begin: str = BEGIN) -> str:
    """Return the page with `text` in place of what stood between its marks; raise BuildError if it has none."""
    changed, count = re.subn(
        f"{re.escape(begin)}.*?{re.escape(END)}", lambda _: f"{begin}\n\n{text}\n\n{END}", page, flags=re.DOTALL
    )
    if count != 1:
        raise BuildError(f"the page has {count} places for the figures, not one", f"mark it with {begin} and {END}")
    return changed


def machine() -> str:
    """Return the processors, and versions of kernel and Python."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line] or [platform.machine()]
    release = platform.release().split("-")[0]
    return f"{len(names)} x {names[0]}, Linux {release}, Python {platform.python_version()}"
