"""`python3 build run NAME --watch`: a run at each change, whatever the handler is like; Ctrl-C ends it all."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from build.dev.file_watcher import FileWatcher
from tests.conftest import ROOT

_HANDLER = '"""Says."""\nfrom entry import handler\n@handler\ndef say(data: dict[str, str]) -> str:\n    {}\n'


class _Screen:
    """What a started command prints, line by line as it comes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._text = ""

    def until(self, words: str, patience: float = 60) -> str:
        """What is printed up to the end of the line with these words; fails when it does not come."""
        assert self.process.stdout
        while words not in self._text or "\n" not in self._text.partition(words)[2]:
            assert select.select([self.process.stdout], [], [], patience)[0], (words, self._text)
            chunk = os.read(self.process.stdout.fileno(), 1 << 16)
            assert chunk, (words, self._text)
            self._text += chunk.decode()
        before, _, after = self._text.partition(words)
        rest, _, self._text = after.partition("\n")
        return before + words + rest


@pytest.fixture
def handlers(tmp_path: Path) -> Path:
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "say.py").write_text(_HANDLER.format('return data["word"]'))
    (tmp_path / "input.json").write_text('{"word": "first"}\n')
    return folder


@pytest.fixture
def screen(handlers: Path) -> Iterator[_Screen]:
    given = ["--handlers", str(handlers), "--input", f"@{handlers.parent / 'input.json'}"]
    # as on a screen, also where these tests were started with signals ignored
    command = ["env", "--default-signal", sys.executable, str(ROOT / "build"), "run", "--watch", *given]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    yield _Screen(process)
    process.kill()
    process.communicate()


def _save(path: Path, text: str) -> None:
    """As many editors do: beside it, then into its place. Nobody sees it empty, as he may what is written in place."""
    (path.parent / f".{path.name}.tmp").write_text(text)
    (path.parent / f".{path.name}.tmp").rename(path)


def test_a_run_at_each_change_and_an_end(screen: _Screen, handlers: Path) -> None:
    said = screen.until("  times ")
    assert "from source" in said
    assert 'input: {"word": "first"}' in said
    assert 'output   "first"' in said

    _save(handlers / "say.py", _HANDLER.format('return data["word"].upper()'))
    said = screen.until("  times ")
    assert f"changed: {handlers}/say.py\n" in said
    assert 'output   "FIRST"' in said

    _save(handlers.parent / "input.json", '{"word": "second"}')
    assert 'output   "SECOND"' in screen.until("  times ")

    _save(handlers / "say.py", "def broken(:\n")
    assert "error    fn.handler.import: handlers/say.py:1: SyntaxError" in screen.until("  times ")

    (handlers / "say.py").unlink()
    assert "fn.handler.unknown" in screen.until("  times ")

    _save(handlers / "say.py", _HANDLER.format('print("waiting", flush=True); __import__("time").sleep(600)'))
    screen.until("log      waiting")
    (handlers / "part").mkdir()
    assert "ended    by the next change" in screen.until("changed: ")
    screen.until("log      waiting")
    (handlers / "part" / "data.txt").write_text("a file in a folder that is new")
    assert f"changed: {handlers}/part/data.txt" in screen.until("log      waiting")

    started = _below(screen.process.pid)
    assert len(started) > 1  # a supervisor and its function
    os.killpg(screen.process.pid, signal.SIGINT)
    assert "ended" in screen.until("\nended")
    assert screen.process.wait(60) == 0
    for process in started:
        assert select.select([process], [], [], 60)[0]
        os.close(process)


def _below(process: int) -> list[int]:
    """Descriptors of all processes that it has started, and of theirs."""
    found = []
    for tasks in Path(f"/proc/{process}/task").iterdir():
        for child in map(int, (tasks / "children").read_text().split()):
            found += [os.pidfd_open(child), *_below(child)]
    return found


def test_which_changes_count(tmp_path: Path) -> None:
    (tmp_path / "folder" / "__pycache__").mkdir(parents=True)
    (tmp_path / "input.json").touch()
    with FileWatcher([tmp_path / "folder"], [tmp_path / "input.json"]) as changes:
        for name in ("folder/.x.swp", "folder/x.py~", "folder/__pycache__/x.pyc", "other.json", "folder/.git"):
            (tmp_path / name).touch()
        (tmp_path / "folder" / "4913").touch()
        (tmp_path / "folder" / "4913").unlink()
        (tmp_path / "folder" / "x.py").touch()
        assert changes.wait() == [tmp_path / "folder" / "x.py"]
        (tmp_path / "input.json").write_text("1")
        assert changes.wait() == [tmp_path / "input.json"]
        (tmp_path / "folder" / "x.py").unlink()
        assert changes.wait() == [tmp_path / "folder" / "x.py"]


def test_folders_that_links_lead_to_are_watched(tmp_path: Path) -> None:
    (tmp_path / "shared" / "deeper").mkdir(parents=True)
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    (handlers / "linked").symlink_to(tmp_path / "shared")
    (tmp_path / "shared" / "back").symlink_to(handlers)  # in a circle
    with FileWatcher([handlers]) as changes:
        (tmp_path / "shared" / "deeper" / "x.py").touch()
        (handlers / "y.py").touch()
        assert changes.wait() == [handlers / "linked" / "deeper" / "x.py", handlers / "y.py"]


def test_a_handler_must_be_named_where_there_are_several(handlers: Path) -> None:
    (handlers / "other.py").touch()
    command = [sys.executable, str(ROOT / "build"), "run", "--handlers", str(handlers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "which handler is to be run?" in done.stderr
    assert "there is: other, say" in done.stderr
