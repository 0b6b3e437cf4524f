"""What a snapshot would freeze is refused, or reported as the file is built, with the handler's module and line.

What imports do is seen before anything is linked (tests/snapshot/test_import_audit.py has the cases). What differs
between two snapshots, and what only a snapshot shows, is tried with one linked file, whose handler runs a text as it is
imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from build.analysis.staging.stage import stage
from build.core.errors import BuildError
from build.link import c_libraries
from build.pipeline import link_handlers
from build.snapshot.heap.capture import capture
from build.snapshot.heap.embed import Snap, embed
from build.snapshot.suitability import UnsuitableError
from tests.conftest import ROOT, Run, Target

_HANDLER = """
from entry import handler

@handler
def bad(data):
    return {}
"""

# The snapshot builder's working directory lies in the folder of the work.
_ANY = """
import json
import os
from entry import handler

place, names = "/proc/self/cwd/../code.py", {}
if os.path.exists(place):
    with open(place) as file:
        exec(compile(file.read(), "handlers/made.py", "exec"), names)

@handler
def any(data: str):
    return eval(data, names)

def needs():
    import ctypes, getpass, mmap, multiprocessing, random, secrets, ssl, time, uuid
    import multiprocessing.synchronize
"""


def _build(
    folder: Path, code: str, *words: str, result: str = "1", **environment: str
) -> subprocess.CompletedProcess[str]:
    handlers = folder / "handlers"
    handlers.mkdir(exist_ok=True)
    (handlers / "bad.py").write_text(f"{code}\n{_HANDLER.format(result)}")
    command = [sys.executable, str(ROOT / "build"), "--handlers", str(handlers), "--output", str(folder / "fn"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the linked file, before its snapshot, and the map of the linker."""
    work = tmp_path_factory.mktemp("work")
    (work / "handlers").mkdir()
    (work / "handlers" / "any.py").write_text(_ANY)
    config, _ = stage(work / "handlers", None, work, "static", preload=False)
    link_handlers(config)
    return work


def _capture(linked: Path, work: Path, code: str) -> bytes:
    (work / "code.py").write_text(code)
    return capture(linked / "fn", Snap.read(linked / "link" / "link.map"), work, reproducible=False)


def _snapshot_of(linked: Path, work: Path, code: str) -> Target:
    """The finished file, with the snapshot of this code."""
    link_map, file = linked / "link" / "link.map", work / "fn"
    image = _capture(linked, work, code)
    embed(linked / "fn", file, image, Snap.read(link_map), c_libraries.read(link_map))
    return Target("warm", (str(file),))


DIFFERENT = {
    "import time\nends = time.time() + 60": "made.py:2",
    "import time\nloaded = time.monotonic()": "made.py:2",
    "import datetime\nloaded = datetime.datetime.now()": "made.py:2",
    "import secrets\n\nkey = 'key-' + secrets.token_hex()": "made.py:3",
    "import secrets\n\nkey = {secrets.token_hex(): 1}": "made.py:3",
    "import uuid\nid = f'id-{uuid.uuid4()}'": "made.py:2",
    "import mmap\nm = mmap.mmap(-1, 4096)": "made.py:2",
    "import ctypes\nf = ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 3)": "made.py:2",
    "import ssl\nc = ssl.create_default_context()": "made.py:2",
    "import multiprocessing\nl = multiprocessing.Lock()": "made.py:2",
}


@pytest.mark.parametrize(("code", "place"), DIFFERENT.items())
def test_two_snapshots_differ(linked: Path, tmp_path: Path, code: str, place: str) -> None:
    """The message names the line that has made it, be it Python's memory or the data of a library in C."""
    with pytest.raises(
        UnsuitableError, match=rf"two snapshots differ in \d+ words?, made by handlers/{place}"
    ) as raised:
        _capture(linked, tmp_path, code)
    assert "@on_start" in raised.value.advice


RIGHT = {
    "import getpass\nuser = getpass.getuser()": ("user", b'"fn"'),  # the one that an empty root has
    "table = {number: str(number) for number in range(700_000)}": ("len(table)", b"700000"),
    "content = b'0123456789abcdef' * (205_000_000 // 16)": ("len(content)", b"205000000"),
    "import sys\nsys.excepthook = lambda *a: None": ("sys.excepthook(1, 2, 3)", b"null"),
    # a small number of milliseconds takes no memory, and each record has such a number
    "import logging, time\nmade = [time.sleep(0.02) or logging.makeLogRecord({}).msecs > 255 for _ in range(25)]": (
        "len(made)",
        b"25",
    ),
}


@pytest.mark.parametrize(("code", "expected"), RIGHT.items())
def test_a_snapshot_can_be_taken(
    linked: Path, tmp_path: Path, code: str, expected: tuple[str, bytes], run: Run
) -> None:
    expression, output = expected
    result = run(_snapshot_of(linked, tmp_path, code), given=expression, environment={"FN_LOG_LEVEL": "debug"})
    assert (result.output, result.log) == (output, "fn: warm boot\n")


def test_no_two_runs_share_a_generator_of_an_import(linked: Path, tmp_path: Path, run: Run, exchange: Path) -> None:
    code = "import random\nhidden = [random.Random()]"
    file, drawn = _snapshot_of(linked, tmp_path, code), set()
    for _ in range(3):
        drawn.add(run(file, given="[hidden[0].random(), random.random()]").output)
        for each in exchange.iterdir():
            each.unlink()
    assert len(drawn) == 3


def test_each_run_draws_the_random_bytes_that_an_import_keeps(
    linked: Path, tmp_path: Path, run: Run, exchange: Path
) -> None:
    """As bytes, and as texts in hexadecimal digits: those of the same bytes are always the same."""
    code = "import os, secrets\nkey = os.urandom(16)\nnames = [secrets.token_hex(4), key.hex(), key.hex()]"
    file, drawn = _snapshot_of(linked, tmp_path, code), list[list[str]]()
    for _ in range(3):
        drawn.append(json.loads(run(file, given="[key.hex(), *names]").output or b""))
        for each in exchange.iterdir():
            each.unlink()
    for key, name, *same in drawn:
        assert same == [key, key]
        assert (len(key), len(name)) == (32, 8)
    for found in zip(*drawn, strict=True):
        assert len(set(found)) == 3
        assert not any(set(each) == {"0"} for each in found)


def test_each_run_has_uuids_of_its_own(linked: Path, tmp_path: Path, run: Run, exchange: Path) -> None:
    """A UUID that an import keeps, its number, and its texts."""
    code = "import uuid\nnames = [uuid.uuid4() for _ in range(8)]\ntexts = [str(each) for each in names]"
    code += "\ntexts += [each.hex for each in names]"
    file, drawn = _snapshot_of(linked, tmp_path, code), list[str]()
    given = "[[str(each), each.hex, str(each.version), each.variant, str(each.int)] for each in names] + [texts]"
    for _ in range(3):
        *found, texts = json.loads(run(file, given=given).output or b"")
        for text, digits, version, variant, number in found:
            assert (version, variant) == ("4", uuid.RFC_4122)
            assert uuid.UUID(text) == uuid.UUID(digits) == uuid.UUID(int=int(number))
        assert texts == [each[0] for each in found] + [each[1] for each in found]
        drawn += texts[:8]
        for each in exchange.iterdir():
            each.unlink()
    assert len(set(drawn)) == 24


FAILING = {
    "1 / 0": (UnsuitableError, "ZeroDivisionError: division by zero"),
    "import sys\nsys.excepthook = lambda *a: None\n1 / 0": (UnsuitableError, "ZeroDivisionError: division by zero"),
    "import no_such_module": (BuildError, "ModuleNotFoundError: No module named 'no_such_module'"),
}


@pytest.mark.parametrize(("code", "expected"), FAILING.items())
def test_an_import_that_fails(linked: Path, tmp_path: Path, code: str, expected: tuple[type[BuildError], str]) -> None:
    """What is not there would not be there in a cold boot either; all else may be."""
    kind, words = expected
    with pytest.raises(BuildError) as raised:
        _capture(linked, tmp_path, code)
    assert raised.type is kind
    assert words in raised.value.advice


def test_refused_before_anything_is_linked(tmp_path: Path) -> None:
    done = _build(tmp_path, "import os\n\nos.chdir('/')", "--snapshot", "required")
    assert done.returncode == 1
    assert "build: handlers/bad.py:3: changes the working directory at import" in done.stderr
    assert "analysis" not in done.stdout
    assert not (tmp_path / "fn").exists()


def test_without_a_snapshot_where_none_can_be_taken(tmp_path: Path, run: Run) -> None:
    """The author gets a file, with the reason and what to change; `required` says the same and fails."""
    code = "import os, time\nprint('one')\nTODAY = time.time()\nos.chdir('/')"
    done = _build(tmp_path, code, result="os.getcwd()")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "snapshot     none, each run boots cold: handlers/bad.py:4: changes the working directory" in done.stdout
    assert "move it into the handler or under @on_start" in done.stdout
    assert "printed      handlers/bad.py:2: one\n" in done.stdout
    result = run(Target("built", (str(tmp_path / "fn"),)), given={})
    assert (result.output, result.log) == (b'"/"', "one\n")
    again = _build(tmp_path, code, "--snapshot", "required", result="os.getcwd()")
    assert (again.returncode, "handlers/bad.py:4: changes the working" in again.stderr) == (1, True)


def test_reported_with_module_and_line(tmp_path: Path) -> None:
    code = "\n".join(
        [
            "import os, socket, subprocess, sys",
            "HOME = os.environ.get('HOME')",
            "hosts = open('/etc/hostname').read()",
            "address = socket.getaddrinfo('127.0.0.1', 80)",
            "subprocess.run(['/bin/true'])",
            "PID = os.getpid()",
            "print('printed')",
        ]
    )
    canary = "canary-" + os.urandom(12).hex()
    done = _build(tmp_path, code, FN_TEST_TOKEN=canary)
    assert done.returncode == 0, done.stdout + done.stderr
    for line, what in (
        (2, "reads the environment variable HOME at import"),
        (3, "opens /etc/hostname at import"),
        (4, "looks a host name up at import"),
        (5, "starts a process at import"),
        (6, "keeps the number of a process at import"),
    ):
        assert f"warning: handlers/bad.py:{line}: {what}" in done.stdout
    assert "printed      handlers/bad.py:7: printed\n" in done.stdout
    assert canary.encode() not in (tmp_path / "fn").read_bytes()


def test_what_only_the_profiling_run_freed_is_in_the_snapshot(linked: Path, tmp_path: Path, run: Run) -> None:
    """The snapshot leaves out what the profiling run freed; here that is wrong, and the build finds out."""
    code = """
with open("/proc/self/cmdline", "rb") as file:
    profiled = b"blocks" in file.read()
kept = [bytearray(b"%d" % number) * 1000 for number in range(100)]
if profiled:
    kept.clear()
"""
    result = run(_snapshot_of(linked, tmp_path, code), given="sum(map(sum, kept))")
    assert result.output == str(1000 * sum(sum(b"%d" % number) for number in range(100))).encode()


def test_a_profiling_run_that_hands_unread_memory_to_the_kernel(linked: Path, tmp_path: Path, run: Run) -> None:
    """A profiling run sees what is read by making it unreadable; a system call then fails, and the run goes without."""
    code = """
import os, sys
unread = bytes(range(256)) * 64

class Stream:
    def __init__(self, stream):
        self._stream = stream
    def __getattr__(self, name):
        return getattr(self._stream, name)
    def write(self, text):
        os.write(self._stream.fileno(), memoryview(unread)[12065:12075])
        return self._stream.write(text)

sys.stderr = Stream(sys.stderr)
"""
    assert run(_snapshot_of(linked, tmp_path, code), given="sys.stderr.write('a line')").log == "!\"#$%&'()*a line\n"
