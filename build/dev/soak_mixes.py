"""What a soak draws for its runs: a handler, an input, and what the run must end in. Starts nothing."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from build.core.paths import ROOT

_SHOWN = 200  # characters of an input
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
# Of tests/handlers/_life: what starts threads, processes and interpreters, or leaves something for the run's end.
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
_BELOW_NUMPY = {
    "shape": "fn.exception",
    "memory": "fn.memory",
    "nan": "fn.output.unserializable",
    "segfault": "fn.killed",
    "exit": "fn.exit",
}


@dataclass(frozen=True)
class Run:
    """One run: handler and input, what it must end in, and the signal that may reach it first."""

    handler: str
    given: object
    outcome: object  # the output, or the code of the error
    number: signal.Signals | None = None  # SIGKILL goes to the function, SIGTERM to the supervisor
    kill_after: float = 0.0  # seconds after the start

    def __str__(self) -> str:
        ended = f", {self.number.name} after {1e3 * self.kill_after:.1f} ms" if self.number else ""
        return f"{self.handler} with {str(self.given)[:_SHOWN]}, to end in {str(self.outcome)[:_SHOWN]}{ended},"


@dataclass(frozen=True)
class Draw:
    """How a handler's runs are drawn; `longest`: seconds after which no signal has to come any more."""

    handler: str
    draw: Callable[[random.Random], tuple[object, object]]
    longest: float = 0.006

    def run(self, draw: random.Random) -> Run:
        given, outcome = self.draw(draw)
        chance = draw.random()
        number = signal.SIGKILL if chance < 0.25 else signal.SIGTERM if chance < 0.35 else None
        return Run(self.handler, given, outcome, number, draw.uniform(0, self.longest))


@dataclass(frozen=True)
class Mix:
    """The handlers of a file, and what is drawn for them."""

    handlers: Path
    requirements: Path | None
    draws: Sequence[Draw]

    @property
    def names(self) -> set[str]:
        return {each.handler for each in self.draws}


def _value(draw: random.Random) -> tuple[object, object]:
    value = {"number": draw.getrandbits(80), "text": "ü" * draw.randrange(3000), "list": [draw.random(), None, True]}
    return value, value


def _fault(draw: random.Random) -> tuple[object, object]:
    name = draw.choice(sorted(_FAULTS))
    return {"do": name}, _FAULTS[name]


def _lines(draw: random.Random) -> tuple[object, object]:
    lines = draw.randrange(300)
    return {"lines": lines}, lines


def _life(draw: random.Random) -> tuple[object, object]:
    name = draw.choice(sorted(_LIVES))
    return {"do": name}, _LIVES[name]


def _array(draw: random.Random) -> tuple[object, object]:
    values = [draw.getrandbits(40) for _ in range(draw.randrange(1, 400))]
    if draw.random() < 0.4:
        name = draw.choice(sorted(_BELOW_NUMPY))
        return {"values": values, "do": name}, _BELOW_NUMPY[name]
    return {"values": values}, {"sum": sum(values), "sorted": sorted(values), "product is right": True}


def _frame(draw: random.Random) -> tuple[object, object]:
    rows = [(draw.choice("abcäß"), draw.getrandbits(32)) for _ in range(draw.randrange(1, 200))]
    if draw.random() < 0.2:
        return {"rows": rows, "by": "color"}, "fn.exception"
    sums: Counter[str] = Counter()
    for kind, value in rows:
        sums[kind] += value
    return {"rows": rows}, {"sums": dict(sums), "rows": len(rows)}


_PACKAGES = ROOT / "tests" / "portable" / "packages"
_PLAIN = (Draw("value", _value), Draw("value", _value), Draw("fault", _fault), Draw("talk", _lines))
MIXES = {
    "plain": Mix(ROOT / "tests" / "handlers", None, (*_PLAIN, Draw("life", _life, longest=0.06))),
    "packages": Mix(
        _PACKAGES / "soak",
        _PACKAGES / "requirements.txt",
        (Draw("arrays", _array, longest=0.02), Draw("frames", _frame, longest=0.03)),
    ),
}
