"""`python3 build bench`: start-up times of the file and its peers, from one run, as a table of ratios and a plot.

Every program does the same lifecycle with the handler greet; the runs of all of them are interleaved, so that a noisy
machine slows all of them alike. Times are from starting the process to its end. To add a program, add a Peer.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from build.environment import PYTHON, VENV
from build.make import make
from build.plot import bars
from build.steps import CACHE, ROOT, BuildError, digest, run, step

PAGES = (ROOT / "README.md", ROOT / "docs" / "startup.md")  # where the table is put between the marks
PLOT = ROOT / "docs" / "startup.svg"
BEGIN = "<!-- figures: made by `python3 build bench --write`, not by hand -->"
END = "<!-- end of figures -->"

_TITLE = "One run, from starting the process to its end (logarithmic scale)"
_TRUE = "int main(void) { return 0; }\n"
_STOCK = "import sys\nfrom entry.__main__ import main\n\nsys.exit(main(sys.argv[1:]))\n"


@dataclass(frozen=True)
class Peer:
    """One program of the table; `runs_lifecycle` is False for one that only starts and ends."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    runs_lifecycle: bool = True


_SOURCE, _ONEDIR, _ONEFILE = "source in a virtual environment", "PyInstaller onedir", "PyInstaller onefile"


def bench(runs: int, *, write: bool) -> int:
    """Prints the table, and puts it and the plot into the documentation if `write` is set; the exit status."""
    peers = _peers()
    with step("runs") as line:
        times = _measure(peers, runs)
        line.note(f"{runs} of each, interleaved")
    medians = {peer.name: statistics.median(own) for peer, own in zip(peers, times, strict=True)}
    text = f"{_table(medians, times)}\n\n{_summary(medians)}\n\n{_machine()}, median of {runs} runs each."
    print(f"\n{text}")
    if write:
        for page in PAGES:
            page.write_text(put_between_marks(page.read_text(), text))
        PLOT.write_text(bars(_TITLE, "ms", list(medians.items()), "dist/fn"))
        print(f"\nwritten to {', '.join(str(path.relative_to(ROOT)) for path in (*PAGES, PLOT))}")
    return 0


def put_between_marks(page: str, text: str) -> str:
    """The page with `text` in place of what stood between its marks; raises BuildError when it has none."""
    changed, count = re.subn(
        f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: f"{BEGIN}\n\n{text}\n\n{END}", page, flags=re.DOTALL
    )
    if count != 1:
        raise BuildError(f"the page has {count} places for the figures, not one", f"mark it with {BEGIN} and {END}")
    return changed


def _peers() -> list[Peer]:
    file = make(ROOT / "handlers", None, ROOT / "dist" / "fn")
    return [
        Peer("static C, does nothing", [_static_true()], runs_lifecycle=False),
        *([Peer("static Go", [_go()], {"FN_HANDLER": "greet"})] if shutil.which("go") else []),
        Peer("dist/fn, warm", [file, "greet"]),
        Peer("dist/fn, cold", [file, "greet"], {"FN_COLD": "1"}),
        Peer(f"{PYTHON}, does nothing", [f"/usr/bin/{PYTHON}", "-I", "-S", "-c", "pass"], runs_lifecycle=False),
        Peer(_SOURCE, [VENV / "bin" / "python", "-m", "entry", "greet"]),
        Peer(_ONEDIR, [_pyinstaller("onedir"), "greet"]),
        Peer(_ONEFILE, [_pyinstaller("onefile"), "greet"]),
    ]


def _measure(peers: Sequence[Peer], runs: int) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in peers]
    for number in range(runs + 1):
        for peer, own in zip(peers, times, strict=True):
            taken = _time(peer)
            if number:  # the first round warms the page cache
                own.append(taken)
    return times


def _time(peer: Peer) -> float:
    """Milliseconds of one run."""
    with tempfile.TemporaryDirectory(prefix="fn-bench-") as folder:
        exchange = Path(folder)
        (exchange / "input.json").write_text('{"name": "Ada"}')
        environment = {"FN_DATA_DIR": folder, "PATH": os.environ["PATH"], **peer.environment}
        started = time.perf_counter()
        subprocess.run(peer.command, env=environment, cwd=ROOT, check=True)
        taken = (time.perf_counter() - started) * 1e3
        if peer.runs_lifecycle:
            _check_lifecycle(peer, exchange)
    return taken


def _check_lifecycle(peer: Peer, exchange: Path) -> None:
    found = sorted(path.name for path in exchange.iterdir())
    if found != ["done", "input.json", "out.log", "output.json"]:
        raise BuildError(f"{peer.name} did not do the lifecycle", f"it left {', '.join(found)}")


def _table(medians: Mapping[str, float], times: Sequence[Sequence[float]]) -> str:
    own = next(name for name in medians if name.startswith("dist/fn"))
    rows = [f"| program | median ms | lowest ms | times {own} |", "|---|---:|---:|---:|"]
    for (name, median), taken in zip(medians.items(), times, strict=True):
        rows.append(f"| {name} | {median:.1f} | {min(taken):.1f} | {median / medians[own]:.2f} |")
    return "\n".join(rows)


def _summary(medians: Mapping[str, float]) -> str:
    """One sentence for each way that the file boots."""
    lines = [
        f"{name} takes {median / medians[_SOURCE]:.2f} of the time of {_SOURCE}, "
        f"1/{medians[_ONEDIR] / median:.0f} of {_ONEDIR} and 1/{medians[_ONEFILE] / median:.0f} of {_ONEFILE}."
        for name, median in medians.items()
        if name.startswith("dist/fn")
    ]
    return "\n".join(lines)


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line] or [platform.machine()]
    release = platform.release().split("-")[0]
    return f"{len(names)} x {names[0]}, Linux {release}, Python {platform.python_version()}"


def _static_true() -> Path:
    folder = CACHE / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "true.c").write_text(_TRUE)
    run(["gcc", "-O2", "-static", "-o", folder / "true", folder / "true.c"], what="compiling the C program")
    return folder / "true"


def _go() -> Path:
    source, made = ROOT / "build" / "peers" / "lifecycle.go", CACHE / "bench" / "go"
    environment = {**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "off", "GOCACHE": str(CACHE / "bench" / "go-cache")}
    with step("go") as line:
        run(["go", "build", "-o", made, source], environment=environment, what="compiling the Go program")
        line.note(run(["go", "version"], what="go version").removeprefix("go version ").strip())
    return made


def _pyinstaller(kind: str) -> Path:
    """The same lifecycle and handlers from source, packed by PyInstaller with its default options.

    Handlers are imported by name, so they are named to it; all else its analysis finds.
    """
    target = CACHE / "bench" / digest([ROOT / "entry", ROOT / "handlers", _STOCK])[:16] / kind
    made = target / "fn" / "fn" if kind == "onedir" else target / "fn"
    with step(kind) as line:
        if made.exists():
            line.note("cached")
            return made
        target.mkdir(parents=True, exist_ok=True)
        (target / "start.py").write_text(_STOCK)
        words = ["-m", "PyInstaller", f"--{kind}", "--name", "fn", "--noconfirm", "--log-level", "WARN"]
        words += ["--paths", str(ROOT), "--distpath", str(target), "--workpath", str(target / "work")]
        words += ["--specpath", str(target / "work"), str(target / "start.py")]
        for path in sorted((ROOT / "handlers").rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            words += ["--hidden-import", name]
        run([sys.executable, *words], cwd=target, what=f"PyInstaller --{kind}")
    return made
