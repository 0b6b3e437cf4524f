"""What the module level of a handler calls lies together in the snapshot: a run that calls it touches few pages."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.built import built

_FUNCTIONS, _CALLED = 4000, 200
_LIBRARY = "\n\n".join(
    f"def step_{number}(value):\n    return [value, {number}.5, 'step {number}']" for number in range(_FUNCTIONS)
)
_HANDLER = """
from entry import handler
from handlers import _library

STEPS = [getattr(_library, f"step_{{number}}") for number in range({first}, {end}, {each})]


def calls_all():
    return [step(1) for step in STEPS]

{rehearsal}

@handler
def {name}(data):
    return len(calls_all())
"""
_ONCE = """
from entry import handler
from handlers import _library

if hasattr(_library, "seen"):
    raise RuntimeError("this can be imported only once")
_library.seen = True


@handler
def once(data):
    return 1
"""


@pytest.mark.parametrize("link", ["static", "portable"])
def test_a_handler_that_was_called_at_import_touches_fewer_pages(link: str, tmp_path: Path) -> None:
    """Its neighbour in the file calls as many functions, none of them at import."""
    each = _FUNCTIONS // _CALLED
    places = {"end": _FUNCTIONS, "each": each}
    sources = {
        "_library.py": _LIBRARY,
        "rehearsed.py": _HANDLER.format(name="rehearsed", first=0, rehearsal="calls_all()", **places),
        "neighbour.py": _HANDLER.format(name="neighbour", first=each // 2, rehearsal="", **places),
        "once.py": _ONCE,
    }
    file = built(tmp_path, sources, "--link", link, "--snapshot", "required").command[0]
    faults = {name: min(_faults(file, name, tmp_path) for _ in range(3)) for name in ("once", "rehearsed", "neighbour")}
    assert faults["neighbour"] - faults["once"] > _CALLED
    assert faults["rehearsed"] - faults["once"] < _CALLED / 2


def _faults(file: str, handler: str, folder: Path) -> int:
    exchange = folder / "exchange"
    exchange.mkdir(exist_ok=True)
    for left in exchange.iterdir():
        left.unlink()
    (exchange / "input.json").write_text("null")
    environment = {"FN_DATA_DIR": str(exchange), "FN_HANDLER": handler}
    with subprocess.Popen([file], env=environment) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert (exchange / "output.json").read_text() == str(1 if handler == "once" else _CALLED)
    return used.ru_minflt
