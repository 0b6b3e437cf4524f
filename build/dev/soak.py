"""Run a file many times with random inputs, faults and kills: no run may be lost or wrong, or leave anything behind.

The handlers are those of tests/handlers. The seed is printed; the same seed gives the same inputs and moments.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from build.core.console import counted
from build.core.errors import BuildError
from build.core.process import run

_LONGEST = 30.0  # seconds that any of these runs may take
_FAULTS = {
    "coded": "test.coded",
    "value error": "fn.exception",
    "recursion": "fn.exception",
    "os._exit 9": "fn.exit",
    "sys.exit 3": "fn.exit",
    "segfault": "fn.killed",
    "memory error": "fn.memory",
    "nan": "fn.output.unserializable",
}
# Of tests/handlers/life.py: what starts threads, processes and interpreters, or leaves something for the run's end.
_LIVES: dict[str, object] = {
    "pool": [0, 1, 4, 9, 16],
    "log in threads": "logged",
    "process pool": [1, 2, 3, 4],
    "fork executor": [0, 3, 6, 9],
    "spawn": [0, 3, 6, 9],
    "an interpreter": "42\n",
    "a second run": [1, True],
    "a child that is ended": -15,
    "child exits": 3,
    "register": "registered",
    "callback that fails": "registered",
    "non-daemon": "returned",
    "daemon": "returned",
    "thread and failure": "life.failed",
    "exit": "fn.exit",
}
_ENDED = {signal.SIGKILL: "fn.killed", signal.SIGTERM: "fn.terminated"}


@dataclass(frozen=True)
class Run:
    """One run: handler and input, what it must end in, and the signal that may reach it first."""

    handler: str
    given: object
    outcome: object  # the output, or the code of the error
    number: signal.Signals | None = None  # SIGKILL goes to the function, SIGTERM to the supervisor
    kill_after: float = 0.0  # seconds after the start


def soak(file: Path, runs: int, seed: int) -> int:
    """Do the runs and print how they ended; raise BuildError at the first that is lost or wrong.

    `file` is any built file that has the handlers of tests/handlers; raises BuildError for another.
    """
    _look_for_handlers(file)
    draw = random.Random(seed)  # noqa: S311  (to be had again, not to be secret)
    ended: Counter[str] = Counter()
    started = shown = time.monotonic()
    print(f"soak: {runs} runs of {file.name}, seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="fn-soak-") as folder:
        for number in range(runs):
            ended[_one(file, Path(folder), _drawn(draw))] += 1
            if time.monotonic() - shown > 5:
                shown = time.monotonic()
                print(f"  {number + 1} runs, {(number + 1) / (shown - started):.0f} a second", flush=True)
        if left := list(Path(folder).iterdir()):
            raise BuildError(f"soak: {counted(len(left), 'file')} left behind")
    _look_for_processes(file)
    seconds = time.monotonic() - started
    print(
        f"  {runs} runs in {seconds:.1f} s, {runs / seconds:.0f} a second; none lost, none wrong, nothing left behind"
    )
    print("  " + ", ".join(f"{name} {count}" for name, count in ended.most_common()))
    return 0


def _look_for_handlers(file: Path) -> None:
    """Raise BuildError unless the file has the handlers that inputs are drawn for."""
    try:
        listed = run([file, "--list"], environment={}, what=f"asking {file} for its handlers").split()
    except OSError as error:
        raise BuildError(f"{file} cannot be run: {error}") from None
    if missing := {"value", "fault", "talk", "life"}.difference(listed):
        raise BuildError(
            f"{file} has no handler {', '.join(sorted(missing))}",
            f"make it of the tests' handlers: python3 build --handlers tests/handlers --output {file}",
        )


def _drawn(draw: random.Random) -> Run:
    handler, given, outcome = draw.choice((_value, _value, _fault, _lines, _life))(draw)
    chance = draw.random()
    number = signal.SIGKILL if chance < 0.25 else signal.SIGTERM if chance < 0.35 else None
    return Run(handler, given, outcome, number, draw.uniform(0, 0.06 if handler == "life" else 0.006))


def _value(draw: random.Random) -> tuple[str, object, object]:
    value = {"number": draw.getrandbits(80), "text": "ü" * draw.randrange(3000), "list": [draw.random(), None, True]}
    return "value", value, value


def _fault(draw: random.Random) -> tuple[str, object, object]:
    name = draw.choice(sorted(_FAULTS))
    return "fault", {"do": name}, _FAULTS[name]


def _lines(draw: random.Random) -> tuple[str, object, object]:
    lines = draw.randrange(300)
    return "talk", {"lines": lines}, lines


def _life(draw: random.Random) -> tuple[str, object, object]:
    name = draw.choice(sorted(_LIVES))
    return "life", {"do": name}, _LIVES[name]


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
