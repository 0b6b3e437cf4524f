"""What imports write while a snapshot is captured is not left on the machine that builds, nor seen by the next capture.

Packages look for something once, and keep what they have found in the home folder: matplotlib its fonts, while a timer
runs, which would say that it takes long.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Run, Target

_LOOKING = """
import json, os, shutil, tempfile, threading
from pathlib import Path
from entry import handler

FOUND = []
PLACES = [Path.home() / ".cache" / "fn-looked", Path.home() / "fn_looked", Path(tempfile.gettempdir(), "fn-looked")]

def look(place):
    if (place / "list.json").exists():
        FOUND.append(str(place))
        return
    late = threading.Timer(5, print, ["it takes long"])
    late.start()
    place.mkdir(parents=True)
    for number in range(100):
        with open("/proc/self/cmdline") as file:
            FOUND.append({str(number): [file.read(1), *str(number)]})
    late.cancel()
    (place / "unfinished").write_text(json.dumps([len(FOUND)]))
    (place / "unfinished").rename(place / "list.json")
    (place / "list.json").chmod(0o600)
    (place / "link.json").symlink_to("list.json")
    assert json.loads((place / "link.json").read_text()) == [len(FOUND)]
    (place / "link.json").unlink()
    assert [each.name for each in os.scandir(place)] == ["list.json"]
    assert (place / "list.json").resolve() == place.resolve() / "list.json"
    (place / "gone" / "inside").mkdir(parents=True)
    shutil.rmtree(place / "gone")
    assert os.listdir(place) == ["list.json"]

for place in PLACES:
    look(place)

@handler
def looking(data):
    return [len(FOUND), [str(place) for place in PLACES], [place.exists() for place in PLACES]]
"""


@pytest.mark.parametrize("link", ["static", "portable"])
def test_imports_write_nothing_to_the_machine(tmp_path: Path, run: Run, link: str) -> None:
    handlers, file = tmp_path / "handlers", tmp_path / "fn"
    for folder in (handlers, tmp_path / "home", tmp_path / "tmp"):
        folder.mkdir()
    (handlers / "looking.py").write_text(_LOOKING)
    command = [sys.executable, str(ROOT / "build"), "--handlers", str(handlers), "--output", str(file), "--link", link]
    own = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}  # of the import from source, which is one
    done = subprocess.run(
        [*command, "--snapshot", "required"], env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found, places, are_there = json.loads(run(Target("built", (str(file),)), "looking", given={}).output or b"")
    assert found == 300
    assert places == ["/.cache/fn-looked", "/fn_looked", "/tmp/fn-looked"]
    assert are_there == [False] * 3
