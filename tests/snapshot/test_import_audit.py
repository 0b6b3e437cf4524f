"""What imports do that a snapshot would freeze, or lose, is told with its module and line, without a build."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from build.core import session
from tests.conftest import ROOT

_HANDLER = "\nfrom entry import handler\n\n@handler\ndef bad(data):\n    return 1\n"


def _audited(folder: Path, **modules: str) -> dict[str, Any]:
    (folder / "handlers").mkdir()
    (folder / "handlers" / "__init__.py").touch()
    for name, code in modules.items():
        (folder / "handlers" / f"{name}.py").write_text(code + _HANDLER.replace("bad", name))
    probe = [sys.executable, "-P", str(ROOT / "build" / "analysis" / "staging" / "import_probe.py")]
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{ROOT}"}
    done = session.run(probe, cwd=folder, environment=environment)
    assert done.status == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    for kind in ("reported", "refused", "printed"):
        found[kind] = [(place.removeprefix(f"{folder}/handlers/"), words) for place, words in found[kind]]
    found["variables"] = {name: at.removeprefix(f"{folder}/handlers/") for name, at in found["variables"].items()}
    return found


REPORTED = {
    "import os; PID = os.getpid()": "keeps the number of a process",
    "import os; UID = os.getuid()": "keeps who the user is",
    "import getpass; USER = getpass.getuser()": "keeps who the user is",
    "import os; CWD = os.getcwd()": "keeps the working directory",
    "from pathlib import Path; CWD = Path.cwd()": "keeps the working directory",
    "import socket; HOST = socket.gethostname()": "keeps the name of the machine",
    "from datetime import date; TODAY = date.today()": "keeps the time",
    "from datetime import datetime as d; NOW = d.now()": "keeps the time",
    "from time import time as t; NOW = t()": "keeps the time",
    "import time; DAY = time.strftime('%Y')": "keeps the time",
    "import time; YEAR = time.localtime().tm_year": "keeps the time",
    "import time; YEAR = time.gmtime()[0]": "keeps the time",
    "from time import ctime; TEXT = ctime()": "keeps the time",
    "import time; NOW = time.clock_gettime(time.CLOCK_REALTIME)": "keeps the time",
    "import uuid; ID = uuid.uuid1()": "keeps the time",
    "import datetime; DAY = type('Day', (datetime.datetime,), {}).now().year": "keeps the time",
    "import datetime; DAY = type('Day', (datetime.date,), {}).today().year": "keeps the time",
    "import os; COUNT = os.cpu_count()": "keeps the number of processors",
    "import os; COUNT = len(os.sched_getaffinity(0))": "keeps the number of processors",
    "import multiprocessing; COUNT = multiprocessing.cpu_count()": "keeps the number of processors",
    "from concurrent.futures import ThreadPoolExecutor; POOL = ThreadPoolExecutor()": "keeps the number of processors",
    "import uuid; ID = uuid.uuid4()": "draws a random value",
    "import secrets; KEY = secrets.token_hex()": "draws a random value",
    "import os; HOME = os.environ.get('HOME')": "reads the environment variable HOME",
    "with open('/etc/passwd') as file: TEXT = file.read()": "opens /etc/passwd",
    "import subprocess; subprocess.run(['true'])": "starts a process",
    "import threading; t = threading.Thread(target=int); t.start(); t.join()": "starts a thread",
}


@pytest.mark.parametrize(("code", "words"), REPORTED.items())
def test_reported(tmp_path: Path, code: str, words: str) -> None:
    found = _audited(tmp_path, bad=f"\n{code}")
    assert found["refused"] == []
    assert any(place == "bad.py:2" and told.startswith(words) for place, told in found["reported"]), found["reported"]
    assert all("@on_start" in told for _, told in found["reported"])


@pytest.mark.parametrize(
    "code",
    [
        "import time; EPOCH = time.gmtime(0), time.localtime(0), time.ctime(0)",
        "import time; DAY = time.strftime('%Y', (2026, 1, 2, 0, 0, 0, 4, 2, 0))",
        "from datetime import date; DAY = type('Day', (date,), {'now': int}).now()",
        "from datetime import datetime; DAY = datetime.strptime('2026-01-02', '%Y-%m-%d')",
        "import asyncio, calendar, concurrent.futures, email.utils, http.cookiejar, logging.handlers, zipfile",
    ],
)
def test_what_knows_no_time_is_not_reported(tmp_path: Path, code: str) -> None:
    found = _audited(tmp_path, bad=f"\n{code}")
    assert (found["reported"], found["refused"]) == ([], [])


@pytest.mark.parametrize(
    "code",
    [
        "ALL = dict(os.environ)",
        "ALL = [*os.environ.items()]",
        "ALL = {k: v for k, v in os.environ.items() if k.startswith('PAT')}",  # PATH is set everywhere
        "ALL = [k for k in os.environ if k.startswith('A_') or k == 'B']",
        "ALL = [k for k in os.environ if k.startswith('A_') or 'B' in k]",
        "ALL = [k for k in os.environ if k.startswith('A_', 1)]",
        "ALL = [k for k in os.environ if k.lower().startswith('a_')]",
        "import re; ALL = [k for k in os.environ if re.match('A_', k)]",
        "ALL = [k for k in os.environ if not k.startswith('A_')]",
        "ALL = [v for k, v in os.environ.items() if not k.startswith('A_')]",
        "ALL = [k for k, v in os.environ.items() if k.startswith('A_') or v == 'x']",
        "ALL = [os.environ['A_'] for k in os.environ if k == 'A_']",
        "ALL = {*os.environ}",
        "ALL = sorted(os.environ)",
    ],
)
def test_all_variables_are_refused(tmp_path: Path, code: str) -> None:
    """Once, and not for each that the build happens to have."""
    found = _audited(tmp_path, bad=f"import os; {code}")
    refused = [(place, words.partition(" at import")[0]) for place, words in found["refused"]]
    assert refused == [("bad.py:1", "reads all environment variables")]
    assert (found["reported"], found["variables"]) == ([], {})


def test_of_all_variables_a_library_wants_the_proxies(tmp_path: Path) -> None:
    found = _audited(tmp_path, bad="import urllib.request; PROXIES = urllib.request.getproxies()")
    assert found["refused"] == []
    assert {"https_proxy", "HTTPS_PROXY", "no_proxy"} < found["variables"].keys()
    assert "PATH" not in found["variables"]


def test_who_hands_all_variables_to_a_program_does_not_read_them(tmp_path: Path) -> None:
    """`platform.architecture` asks `file`, as PyCryptodome has it do."""
    found = _audited(tmp_path, bad="import platform; BITS = platform.architecture()")
    assert (found["refused"], found["variables"]) == ([], {})
    assert "starts a process" in [words.partition(" at import")[0] for _, words in found["reported"]]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import os; A = os.environ.get('A_')", {"A_"}),
        ("import os; A = os.getenv('A_', '1')", {"A_"}),
        ("import os; A = 'A_' in os.environ", {"A_"}),
        ("import os; os.environ.setdefault('A_', '1')", {"A_"}),
        ("import os; os.environ['A_'] = '1'; A = os.environ['A_']", set[str]()),
        ("import os; A = {k: v for k, v in os.environ.items() if k.startswith('A_')}", {"A_*"}),
        ("import os; A = any(k.startswith(('A_', 'B_')) for k in os.environ)", {"A_*", "B_*"}),
        ("import os; A = [k for k in list(os.environ) if k.startswith('A_') or k.startswith('B_')]", {"A_*", "B_*"}),
        ("import os; A = {k[7:]: v for k, v in os.environ.items() if k.startswith('OF_TEST')}", {"OF_TEST*"}),
        ("import os; A = [v.upper() for k, v in os.environ.items() if k.startswith('OF_TEST')]", {"OF_TEST*"}),
        ("import os; A = [os.environ[k] for k in os.environ if k.startswith('OF_TEST')]", {"OF_TEST*"}),
        ("import os; A = [os.environ.get('B_') for k in os.environ if k.startswith('A_')]", {"A_*"}),
        ("import os\nfor k, v in os.environ.items():\n    if k.startswith('A_'):\n        print(v)", {"A_*"}),
    ],
)
def test_variables_that_are_read(tmp_path: Path, code: str, names: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What an import has set itself does not depend on the run; a name with an asterisk is all that begin so."""
    monkeypatch.setenv("OF_TEST_1", "x")
    found = _audited(tmp_path, bad=code)
    assert {name: at.partition(":")[0] for name, at in found["variables"].items()} == dict.fromkeys(names, "bad.py")
    assert found["refused"] == []


def test_a_connection_is_refused(tmp_path: Path) -> None:
    """Whoever it reaches: what was answered would be in each run."""
    code = "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9))\nexcept OSError:\n    pass"
    found = _audited(tmp_path, bad=code)
    assert [(place, words.partition(":")[0]) for place, words in found["refused"]] == [
        ("bad.py:3", "connects to a network address at import")
    ]


def _processes_in(folder: Path) -> list[int]:
    """Return descriptors of the processes that work in a folder, as what a handler has started does."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            if (process / "cwd").readlink() == folder:
                found.append(os.pidfd_open(int(process.name)))
    return found


REFUSED = {
    "import os; os.chdir('/')": "changes the working directory",
    "import os; os.umask(0o22)": "sets the mask of the modes of new files",
    "import os; os.nice(1)": "sets the priority of the process",
    "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (100, 1000))": "sets limits of the process",
    "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])": "blocks signals",
    "import signal; signal.alarm(100)": "sets a timer",
    "import locale; locale.setlocale(locale.LC_ALL, '')": "sets the locale",
    "import faulthandler; faulthandler.enable()": "handles faults with faulthandler",
    "import os; os.putenv('A', 'b')": "sets a variable for child processes",
    "import sqlite3; C = sqlite3.connect(':memory:')": "keeps a connection to a database of SQLite",
    "import ssl; C = ssl.create_default_context()": "keeps an SSL context",
    "import mmap; M = mmap.mmap(-1, 4096)": "keeps mapped memory",
    "import ctypes; F = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 3)": "keeps a function that C code may call",
    "import multiprocessing; L = multiprocessing.Lock()": "keeps a lock that processes share",
    "import random; ALL = [random.Random(1)]": "gives a generator of random numbers a seed",
    "import threading as t; t.Thread(target=t.Event().wait, daemon=True).start()": "leaves 1 thread running",
    "F = open('/etc/passwd')": "leaves /etc/passwd open",
    "import socket; S = socket.socket()": "leaves socket:[",
    "import subprocess; P = subprocess.Popen(['sleep', '1000'])": "leaves a child process running",
}


@pytest.mark.parametrize(("code", "words"), REFUSED.items())
def test_refused(tmp_path: Path, code: str, words: str) -> None:
    ((place, told),) = _audited(tmp_path, bad=f"\n{code}")["refused"]
    assert place == "bad.py:2"
    assert told.startswith(words)
    assert "@on_start" in told
    for process in _processes_in(tmp_path):  # one that was killed a moment ago may be there still
        assert select.select([process], [], [], 60)[0]
        os.close(process)


def test_a_daemon_that_an_import_leaves_is_told_and_not_waited_for(tmp_path: Path) -> None:
    """It is in another session, and lives on with the streams of the process that imports."""
    code = "import subprocess; P = subprocess.Popen(['sleep', '1000'], start_new_session=True)"
    ((place, told),) = _audited(tmp_path, bad=code)["refused"]
    (daemon,) = _processes_in(tmp_path)
    signal.pidfd_send_signal(daemon, signal.SIGKILL)
    os.close(daemon)
    assert place == "bad.py:1"
    assert told.startswith("leaves a child process running")


def test_a_thread_that_was_told_to_end_is_given_the_time(tmp_path: Path) -> None:
    """It ends half a second later, as one does at once on a machine with much to do."""
    waits = "import threading as t, time; e = t.Event()\nt.Thread(target=lambda: e.wait() and time.sleep(0.5)).start()"
    assert _audited(tmp_path, bad=f"{waits}; e.set()")["refused"] == []


def test_a_thread_that_is_at_work_is_given_more_time(tmp_path: Path) -> None:
    """As one that has nothing to do but to end, on a machine that does not let it for seconds."""
    code = "import hashlib, threading, time\ndef work():\n    while time.thread_time() < 1.5:\n"
    code += "        hashlib.pbkdf2_hmac('sha256', b'a', b'b', 200_000)\nthreading.Thread(target=work).start()"
    assert _audited(tmp_path, bad=code)["refused"] == []


KEPT = [
    "import random; random.seed(42)",
    "import random; G = random.Random(); random.seed(); S = random.SystemRandom()",
    "import os; os.umask(os.umask(0)); os.environ['A'] = 'b'",
    "import locale; locale.setlocale(locale.LC_ALL)",
    "import sqlite3, mmap; sqlite3.connect(':memory:').close(); mmap.mmap(-1, 10).close()",
    "import sys; sys.addaudithook(lambda *a: None); sys.excepthook = print; sys.setrecursionlimit(5000)",
    "import signal; signal.signal(signal.SIGUSR1, print)",
    "import asyncio, ctypes.util, decimal, email, http.server, logging.config, multiprocessing.pool, platform, ssl",
    "import concurrent.futures.process, doctest, sqlite3, tempfile, unittest.mock, urllib.request, uuid, webbrowser",
]


@pytest.mark.parametrize("code", KEPT)
def test_what_a_snapshot_holds_is_not_told(tmp_path: Path, code: str) -> None:
    found = _audited(tmp_path, bad=code)
    assert found["refused"] == found["reported"] == found["printed"] == []


def test_generators_with_a_seed(tmp_path: Path) -> None:
    """The one of `random` by the handlers whose import reaches the call; others by their global names."""
    found = _audited(
        tmp_path,
        bad="import random; G = random.Random(3); N = random.Random()",
        one="import handlers.shared",
        shared="from random import seed\nseed(42)",
        two="from random import random\nrandom()",
        three="from . import one",
    )
    assert found["generators"] == ["handlers.bad.G"]
    assert found["seeded"] == ["handlers.one", "handlers.shared", "handlers.three"]


def test_what_is_printed_is_told_and_the_answer_is_clean(tmp_path: Path) -> None:
    code = "import atexit, os, sys\nprint('one')\nos.system('echo two')\nsys.stderr.write('three\\n')\n"
    code += "atexit.register(print, 4)"
    assert _audited(tmp_path, bad=code)["printed"] == [("bad.py:2", "one"), ("bad.py:4", "three")]
