"""`python3 build bench`: start-up times of the file and its peers, from one run, as a table of ratios.

Every program does the same lifecycle with the handler greet; the runs of all of them are interleaved, so that a noisy
machine slows all of them alike. Times are from starting the process to its end.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from build.environment import VENV
from build.make import make
from build.steps import CACHE, ROOT, digest, run, step

_TRUE = "int main(void) { return 0; }\n"
_STOCK = """\
import sys
from entry.__main__ import main
import entry.supervisor, handlers.greet, dataclasses, enum, json, uuid, zoneinfo
sys.exit(main(sys.argv[1:]))
"""


@dataclass(frozen=True)
class Peer:
    """One program of the table; `runs_lifecycle` is False for one that only starts and ends."""

    name: str
    command: list[str]
    runs_lifecycle: bool = True


def bench(runs: int) -> int:
    """Prints the table; the exit status."""
    file = make(ROOT / "handlers", None, ROOT / "dist" / "fn")
    peers = [
        Peer("static C, does nothing", [str(_static_true())], runs_lifecycle=False),
        Peer("dist/fn, cold", [str(file), "greet"]),
        Peer("source in a virtual environment", [str(VENV / "bin" / "python"), "-m", "entry", "greet"]),
        Peer("PyInstaller onedir, stock", [str(_pyinstaller("onedir")), "greet"]),
        Peer("PyInstaller onefile, stock", [str(_pyinstaller("onefile")), "greet"]),
    ]
    with step("runs") as line:
        times = _measure(peers, runs)
        line.note(f"{runs} of each, interleaved")
    print(f"\n{_machine()}\n")
    print(_table(peers, times))
    return 0


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
        (Path(folder) / "input.json").write_text('{"name": "Ada"}')
        environment = {"FN_DATA_DIR": folder, "FN_COLD": "1", "PATH": os.environ["PATH"]}
        started = time.perf_counter()
        subprocess.run(peer.command, env=environment, cwd=ROOT, check=True)
        taken = (time.perf_counter() - started) * 1e3
        if peer.runs_lifecycle and not ((Path(folder) / "done").exists() and (Path(folder) / "output.json").exists()):
            raise RuntimeError(f"{peer.name} did not do the lifecycle: {sorted(os.listdir(folder))}")  # noqa: PTH208
    return taken


def _table(peers: Sequence[Peer], times: Sequence[Sequence[float]]) -> str:
    medians = [statistics.median(own) for own in times]
    unit = medians[1]
    rows = ["| program | median ms | lowest ms | times dist/fn |", "|---|---:|---:|---:|"]
    for peer, own, median in zip(peers, times, medians, strict=True):
        rows.append(f"| {peer.name} | {median:.1f} | {min(own):.1f} | {median / unit:.2f} |")
    share, factor = unit / medians[2], medians[-1] / unit
    rows += ["", f"dist/fn takes {share:.2f} of the time of source in a virtual environment, 1/{factor:.0f} of onefile"]
    return "\n".join(rows)


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line] or [platform.machine()]
    return f"{len(names)} x {names[0]}, Linux {platform.release()}, Python {platform.python_version()}"


def _static_true() -> Path:
    folder = CACHE / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "true.c").write_text(_TRUE)
    run(["gcc", "-O2", "-static", "-o", folder / "true", folder / "true.c"], what="compiling the C program")
    return folder / "true"


def _pyinstaller(kind: str) -> Path:
    """The same lifecycle from source, packed by PyInstaller as it comes."""
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
        run([sys.executable, *words], cwd=target, what=f"PyInstaller --{kind}")
    return made
