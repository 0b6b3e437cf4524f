"""Run a file many times with random inputs, faults and kills: no run may be lost or wrong, or leave anything behind.

The seed is printed; the same seed gives the same inputs and moments.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from build.core.console import counted
from build.core.errors import BuildError
from build.core.paths import shown
from build.core.process import run_imports
from build.dev.soak_mixes import MIXES, Mix, Run

_LONGEST = 30.0  # seconds that any of these runs may take
_ENDED = {signal.SIGKILL: "fn.killed", signal.SIGTERM: "fn.terminated"}


def soak(file: Path, runs: int, seed: int, mix: Mix = MIXES["plain"]) -> int:
    """Do the runs and print how they ended; raise BuildError at the first that is lost or wrong.

    `file` is any built file that has the handlers of the mix; raises BuildError for another.
    """
    _look_for_handlers(file, mix)
    draw = random.Random(seed)  # noqa: S311  (to be had again, not to be secret)
    ended: Counter[str] = Counter()
    started = printed = time.monotonic()
    print(f"soak: {runs} runs of {file.name}, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="fn-soak-") as folder:
        exchange = Path(folder, "exchange")
        exchange.mkdir()
        own = Path(shutil.copy(file, Path(folder, "fn")))  # whoever else runs the file is none of ours
        for number in range(runs):
            ended[_one(own, exchange, draw.choice(mix.draws).run(draw))] += 1
            if time.monotonic() - printed > 5:
                printed = time.monotonic()
                print(f"  {number + 1} runs, {(number + 1) / (printed - started):.0f} a second", flush=True)
        if left := list(exchange.iterdir()):
            raise BuildError(f"soak: {counted(len(left), 'file')} left behind")
        _look_for_processes(own)
    seconds = time.monotonic() - started
    print(
        f"  {runs} runs in {seconds:.1f} s, {runs / seconds:.0f} a second; none lost, none wrong, nothing left behind"
    )
    print("  " + ", ".join(f"{name} {count}" for name, count in ended.most_common()))
    return 0


def _look_for_handlers(file: Path, mix: Mix) -> None:
    """Raise BuildError unless the file has the handlers that inputs are drawn for."""
    try:
        listed = run_imports([file, "--list"], environment={}, what=f"asking {file} for its handlers").split()
    except OSError as error:
        raise BuildError(f"{file} cannot be run: {error}") from None
    if missing := mix.names.difference(listed):
        sources = f"--handlers {shown(mix.handlers)}"
        if mix.requirements:
            sources += f" --requirements {shown(mix.requirements)}"
        raise BuildError(
            f"{file} has no handler {', '.join(sorted(missing))}",
            f"make it of the tests' handlers: python3 build {sources} --output {file}",
        )


def _one(file: Path, exchange: Path, run: Run) -> str:
    """Return how the run ended: `output`, or the code of its error."""
    (exchange / "input.json").write_text(json.dumps(run.given))
    process = subprocess.Popen(
        [file, run.handler], env={"FN_DATA_DIR": str(exchange)}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    if run.number:
        signal.sigtimedwait([], run.kill_after)
        _send(process, run.number)
    status = process.wait(_LONGEST)
    names = {path.name for path in exchange.iterdir()} - {"input.json"}
    if status not in (0, -signal.SIGTERM) or (status == 0) != ("done" in names):
        raise BuildError(f"soak: {run} ended with status {status} and {', '.join(sorted(names)) or 'no file'}")
    ended = _judge(exchange, names, run) if status == 0 else "not begun"  # asked to end before its first instruction
    for path in exchange.iterdir():
        path.unlink()
    return ended


def _judge(exchange: Path, names: set[str], run: Run) -> str:
    allowed = [run.outcome, *([_ENDED[run.number]] if run.number else [])]
    if names == {"done", "out.log", "output.json"}:
        ended, found = "output", json.loads((exchange / "output.json").read_text())
    elif names == {"done", "out.log", "error.json"}:
        found = ended = json.loads((exchange / "error.json").read_text())["code"]
    else:
        raise BuildError(f"soak: {run} left {', '.join(sorted(names))}")
    if found not in allowed:
        raise BuildError(f"soak: {run} ended in {str(found)[:200]}")
    return str(ended)


def _send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    targets = [process.pid]
    try:
        if number == signal.SIGKILL:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            targets = [int(child) for child in children]
        for target in targets:
            os.kill(target, number)
    except OSError:
        return  # it had ended


def _look_for_processes(file: Path) -> None:
    """Raise BuildError if a process of the file still runs."""
    for link in Path("/proc").glob("[0-9]*/exe"):
        try:
            running = link.readlink() == file
        except OSError:
            continue  # it has ended, or belongs to somebody else
        if running:
            raise BuildError(f"soak: process {link.parent.name} was left behind")
