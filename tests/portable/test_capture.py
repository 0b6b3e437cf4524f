"""What a snapshot of a process can hold that one of a heap cannot, and what neither can: the build says so."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Run, Target

_HANDLER = '''
import ctypes, hashlib, mmap, os, secrets, sqlite3, ssl, sys, uuid

from entry import handler

CONTEXT = ssl.create_default_context()
CONTEXT.set_ciphers("ECDHE+AESGCM")
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda number: number + 1)
KEY = os.urandom(32)
NAME = secrets.token_hex(4)
ID = uuid.uuid4()
ID_AS_TEXT = str(ID)
LARGE = bytearray(64 << 20)  # in libc's own mapping
LARGE[-1] = 7
WIPED = mmap.mmap(-1, mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
WIPED.madvise(18)  # MADV_WIPEONFORK, as of a library's random state: a run is a child, too
WIPED[0] = 7
GIVEN = sys.stdin.buffer.read()  # nothing, as in a run: this must end
FOLDER = os.getcwd()  # captures that are taken at the same time have one each: a third confirms the first


class Moment(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


MONOTONIC = Moment()
if hasattr(ctypes.CDLL(None), "clock_gettime"):  # not in the static file that is tried first
    ctypes.CDLL(None).clock_gettime(1, ctypes.byref(MONOTONIC))  # as a library keeps it, not as Python reads it


@handler("kept")
def kept(data):
    """Goes on with what its import has made."""
    LARGE.extend(bytes(64 << 20))
    wiped = [WIPED[0]]
    WIPED[0] = 5
    if not (child := os.fork()):
        os._exit(WIPED[0])
    wiped.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return {
        "wiped": wiped,
        "ciphers": len(CONTEXT.get_ciphers()) > 0,
        "callback": CALLBACK(41),
        "large": [LARGE[(64 << 20) - 1], LARGE[-1], len(LARGE) >> 20],
        "digest": hashlib.sha256(b"a").hexdigest()[:8],
        "given": len(GIVEN),
        "before": [MONOTONIC.seconds, MONOTONIC.nanoseconds],
    }


@handler("zone")
def zone(data):
    """C code looks at a clock, which nobody has done before in this run."""
    text = ctypes.create_string_buffer(64)
    getattr(ctypes.CDLL(None), data)(ctypes.byref(ctypes.c_long(0)), text)
    return text.value.decode() if data == "ctime_r" else text.raw[8]  # tm_hour


@handler("draws")
def draws(data):
    """Draws what must not be the same in two runs."""
    database = sqlite3.connect(":memory:")
    drawn = database.execute("select hex(randomblob(16))").fetchone()[0]
    assert ID_AS_TEXT == str(ID)
    return [drawn, ssl.RAND_bytes(16).hex(), os.urandom(8).hex(), KEY.hex(), NAME, ID_AS_TEXT, ID.hex]
'''


def _build(folder: Path, code: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    handlers, output = folder / "handlers", folder / "fn"
    handlers.mkdir()
    (handlers / "made.py").write_text(code)
    return subprocess.run(
        [sys.executable, str(ROOT / "build"), "--handlers", str(handlers), "--output", str(output), *options],
        capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Target, str]:
    """A file of what no heap can hold, and what its build said."""
    folder = tmp_path_factory.mktemp("kept")
    canary = "canary-" + os.urandom(12).hex()
    done = _build(folder, _HANDLER, FN_TEST_TOKEN=canary)
    assert done.returncode == 0, done.stdout + done.stderr
    assert canary.encode() not in (folder / "fn").read_bytes()
    return Target("kept", (str(folder / "fn"),)), done.stdout


def test_the_link_that_can_be_warm_is_taken(made: tuple[Target, str]) -> None:
    reason = r"a static file would boot cold \(handlers/made\.py:6: keeps an SSL context"
    assert re.search(rf"\n  link +portable: {reason}.+\. A run takes \d+\.\d ms\n", made[1])


def test_what_an_import_has_made_goes_on(made: tuple[Target, str], run: Run) -> None:
    result = run(made[0], "kept", given={}, environment={"FN_LOG_LEVEL": "debug"})
    result.assert_announced()
    assert "fn: warm boot" in result.log
    assert json.loads(result.output or b"") == {
        "wiped": [0, 0],
        "ciphers": True, "callback": 42, "large": [7, 0, 128], "digest": "ca978112", "given": 0,
        "before": [1, 0],
    }  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), [("ctime_r", "Thu Jan  1 09:00:00 1970\n"), ("localtime_r", 9)])
def test_c_code_sees_the_zone_of_the_run(made: tuple[Target, str], run: Run, name: str, expected: object) -> None:
    """libc has read that of the build, and looks at TZ again in some functions only (program/zone.c)."""
    result = run(made[0], "zone", given=name, environment={"TZ": "JST-9"})
    assert json.loads(result.output or b"") == expected


def test_no_two_runs_draw_the_same(made: tuple[Target, str], run: Run, exchange: Path) -> None:
    """With the same number of the process in both."""
    drawn = []
    for _ in range(2):
        result = run(made[0], "draws", given={}, prefix=("unshare", "--pid", "--fork", "--kill-child"))
        drawn.append(json.loads(result.output or b""))
        for name in ("done", "output.json"):
            (exchange / name).unlink()
    for one, other in zip(*drawn, strict=True):
        assert one != other


_BAD = """
{code}

from entry import handler

@handler
def bad(data):
    return {{}}
"""


def test_what_keeps_it_is_named(tmp_path: Path) -> None:
    code = "import datetime\nTIMES = {'made': [0, datetime.datetime.now()]}"
    done = _build(tmp_path, _BAD.format(code=code), "--link", "portable")
    assert "boots cold: two snapshots differ in 1 word, kept by handlers.made.TIMES['made'][1]\n" in done.stdout


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "import _thread, time\n_thread.start_new_thread(time.sleep, (10_000,))",
            "left 1 thread running, and no fork ends them (threads were started by Python)",
        ),
        ("import mmap\nkept = mmap.mmap(-1, 4096)", "an import shares memory with other processes"),
        ("import uuid\nkept = f'id-{uuid.uuid4()}'", "made.py:3: draws a random value at import"),
        ("import time\nkept = time.time() + 60", "made.py:3: keeps the time at import"),
        ("from datetime import datetime\nkept = datetime.now()", "made.py:3: keeps the time at import"),
        ("import time\nkept = time.monotonic()", "made.py:3: keeps the time at import"),
        ("import os\nkept = {os.urandom(32): 1}", "made.py:3: draws a random value at import"),
    ],
    ids=[
        "a thread",
        "shared memory",
        "a random number",
        "a time",
        "a moment",
        "a time since the start",
        "a random key of a table",
    ],
)
def test_refused(tmp_path: Path, code: str, reason: str) -> None:
    done = _build(tmp_path, _BAD.format(code=code), "--link", "portable", "--snapshot", "required")
    assert done.returncode == 1
    assert reason in done.stdout + done.stderr
    assert not (tmp_path / "fn").exists()
