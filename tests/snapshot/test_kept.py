"""State that imports set is there in the run, as under CPython: from source, cold, warm, portable, in an empty root.

Two handlers of one file: what the import of one does to `random` is nothing to the other.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.built import built
from tests.conftest import ROOT, SOURCE, Run, Target
from tests.empty_root import PLACES, alone

_KEPT = """
import asyncio, atexit, codecs, contextvars, copyreg, csv, decimal, gc, mimetypes, os, random, signal, socket, sys
import threading, time, tracemalloc, warnings, weakref
from entry import handler

print("printed at import")
atexit.register(print, "registered at import")
sys.setrecursionlimit(5000)
sys.setswitchinterval(0.25)
sys.set_int_max_str_digits(0)
sys.displayhook = sys.excepthook = sys.unraisablehook = print
HEARD, ARRIVED = [], []
sys.addaudithook(lambda event, arguments: HEARD.append(event) if event == "kept" else None)
threading.stack_size(1 << 20)
gc.set_threshold(600, 20, 30)
gc.disable()
warnings.simplefilter("error", FutureWarning)
decimal.getcontext().prec = 5
decimal.DefaultContext.prec = 7
class Policy(asyncio.DefaultEventLoopPolicy):
    pass
asyncio.set_event_loop_policy(Policy())
socket.setdefaulttimeout(3)
codecs.register(lambda name: codecs.lookup("utf-8") if name == "kept_codec" else None)
class Point:
    pass
copyreg.pickle(Point, lambda point: (int, (4,)))
mimetypes.init()
mimetypes.add_type("text/kept", ".kept")
signal.signal(signal.SIGUSR1, lambda *arguments: ARRIVED.append(1))
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
tracemalloc.start()
VARIABLE = contextvars.ContextVar("kept")
VARIABLE.set(4)
LOCAL = threading.local()
LOCAL.value = 4
os.environ["KEPT"] = "yes"
os.environ["TZ"] = "JST-9"
time.tzset()
csv.field_size_limit(7)
csv.register_dialect("kept", delimiter="|")
sys.path.append("/kept")
FINALIZER = weakref.finalize(Policy, int)
random.seed(42)
FIRST = random.random()
OWN, FRESH = random.Random(3), random.Random()

@handler
def kept(data):
    import pickle
    sys.audit("kept")
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        os.kill(os.getpid(), number)
    try:
        warnings.warn("kept", FutureWarning)
        warned = False
    except FutureWarning:
        warned = True
    return {
        "same": {
            "limits": [sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()],
            "hooks": [sys.displayhook is print, sys.excepthook is print, sys.unraisablehook is print],
            "audit hook": HEARD, "signals": ARRIVED, "stack": threading.stack_size(),
            "gc": [gc.get_threshold(), gc.isenabled()], "warned": warned,
            "decimal": [decimal.getcontext().prec, decimal.DefaultContext.prec],
            "policy": type(asyncio.get_event_loop_policy()).__name__, "timeout": socket.getdefaulttimeout(),
            "codec": "é".encode("kept_codec").hex(), "pickle": pickle.loads(pickle.dumps(Point())),
            "mime": mimetypes.guess_type("a.kept")[0], "tracing": tracemalloc.is_tracing(),
            "context": VARIABLE.get(None), "local": getattr(LOCAL, "value", None), "variable": os.environ["KEPT"],
            "zone": [time.tzname[0], time.localtime(0).tm_hour],
            "csv": [csv.field_size_limit(), "kept" in csv.list_dialects()],
            "path": "/kept" in sys.path, "finalizer": FINALIZER.alive,
            "random": [FIRST, random.random(), random.randint(1, 1000), OWN.random(), OWN.random()],
        },
        "fresh": FRESH.random(),
    }
"""

_OTHER = """
import random
from entry import handler

@handler
def other(data):
    return random.random()
"""

_DATED = """
import os, time
from entry import handler

MADE = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))

@handler
def dated(data):
    return [MADE, os.environ.get("SOURCE_DATE_EPOCH")]
"""

_OWN = """
import os, pwd
from entry import handler

HOME = os.path.expanduser("~")
NAME = pwd.getpwuid(os.getuid()).pw_name

@handler
def own(data):
    return [HOME, NAME]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def targets(folder: Path) -> dict[str, Target]:
    sources = {"kept.py": _KEPT, "other.py": _OTHER, "dated.py": _DATED, "own.py": _OWN}
    static = built(folder, sources, "--link", "static", "--snapshot", "required")
    (folder / "portable").mkdir()
    portable = built(folder / "portable", sources, "--link", "portable")
    environment = {"PYTHONPATH": f"{folder}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    (folder / "handlers" / "__init__.py").touch()
    return {
        "source": Target("source", SOURCE, environment, folder),
        "cold": Target("cold", static.command, {"FN_COLD": "1"}),
        "warm": Target("warm", static.command),
        "portable": Target("portable", portable.command),
        "portable-cold": Target("portable-cold", portable.command, {"FN_COLD": "1"}),
    }


@pytest.fixture(params=PLACES)
def target(request: pytest.FixtureRequest, targets: dict[str, Target]) -> Target:
    name, is_alone, _ = request.param.partition(" in an empty root")
    return alone(targets[name]) if is_alone else targets[name]


def _results(run: Run, target: Target, name: str, exchange: Path) -> list[Any]:
    found = []
    for _ in range(2):
        result = run(target, name, given={})
        assert result.error is None, (result.error, result.log)
        found.append(json.loads(result.output or b""))
        for each in exchange.iterdir():
            each.unlink()
    return found


def test_state_is_kept(target: Target, run: Run, exchange: Path) -> None:
    first, second = _results(run, target, "kept", exchange)
    assert first["same"] == second["same"]
    assert first["fresh"] != second["fresh"]
    numbers = first["same"].pop("random")
    program = (
        "import json, random; random.seed(42); own = random.Random(3); print(json.dumps([random.random(), "
        "random.random(), random.randint(1, 1000), own.random(), own.random()]))"
    )
    assert numbers == json.loads(subprocess.check_output([sys.executable, "-c", program]))
    assert first["same"] == {
        "limits": [5000, 0.25, 0], "hooks": [True, True, True], "audit hook": ["kept"], "signals": [1],
        "stack": 1 << 20, "gc": [[600, 20, 30], False], "warned": True, "decimal": [5, 7], "policy": "Policy",
        "timeout": 3.0, "codec": "c3a9", "pickle": 4, "mime": "text/kept", "tracing": True, "context": 4, "local": 4,
        "variable": "yes", "zone": ["JST", 9], "csv": [7, True], "path": True, "finalizer": True,
    }  # fmt: skip


def test_the_date_of_a_build_is_the_same_in_two_captures(target: Target, run: Run, exchange: Path) -> None:
    """A package that keeps it boots warm; no run sees the variable."""
    before = int(time.time())
    made, variable = json.loads(run(target, "dated", given={}).output or b"")
    assert variable is None
    assert made >= before if target.is_cold or not target.is_file else made == 315532800


def test_an_import_finds_a_user_of_its_own(target: Target, run: Run) -> None:
    """In a snapshot it is none of the machine's: as in an empty root, whoever builds the file."""
    home, name = json.loads(run(target, "own", given={}).output or b"")
    assert home.startswith("/")
    assert name
    if target.is_file and not target.is_cold:
        assert (home, name) == ("/", "fn")


def test_a_seed_is_of_the_handler_that_gives_it(target: Target, run: Run, exchange: Path) -> None:
    first, second = _results(run, target, "other", exchange)
    assert first != second


@pytest.mark.parametrize("question", ["--list", "--describe", "--index"])
def test_answers_are_clean(target: Target, question: str) -> None:
    """Whatever imports print, and what runs as the process ends, is not among them."""
    done = subprocess.run(
        [*target.command, question], cwd=target.directory, env=dict(target.environment), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    names = done.stdout.split() if question == "--list" else [
        each["name"] for each in json.loads(done.stdout)["handlers"]
    ]  # fmt: skip
    assert names == ["dated", "kept", "other", "own"]


def test_what_an_import_prints_is_a_line_of_the_log(target: Target, run: Run) -> None:
    """In a warm boot nothing is imported: the line was the build's."""
    result = run(target, "kept", given={})
    lines = result.log.splitlines()
    assert ("printed at import" in lines) == (target.is_cold or not target.is_file)
    assert lines[-1] == "registered at import"  # what atexit was given at import is called as the run ends
