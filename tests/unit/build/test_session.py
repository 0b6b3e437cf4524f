"""Programs in a session of their own: all that they have written is read, and what they leave is not waited for."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from build.core.process import run_imports
from build.core.session import Ended, Session, killed_when_interrupted, run
from entry.testing.inotify import Watch

_DAEMON = "setsid sh -c 'echo $$ > number; exec {what}' & while ! [ -s number ]; do :; done; "


def _sh(code: str) -> Ended:
    return run(["sh", "-c", code])


@pytest.fixture(autouse=True)
def _work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _end_daemon() -> None:
    with suppress(ProcessLookupError):  # one that writes ends by itself, once nobody can read that any more
        os.kill(int(Path("number").read_text()), signal.SIGKILL)


def test_all_that_is_written_is_read() -> None:
    code = "import os; os.write(1, b'1' * 300_000); os.write(2, b'2' * 300_000 + b'\\xe9'); os._exit(3)"
    assert run([sys.executable, "-c", code]) == Ended(3, "1" * 300_000, "2" * 300_000 + "\\xe9")


def test_what_a_daemon_writes_for_ever_is_not_read_to_its_end() -> None:
    ended = _sh(_DAEMON.format(what="yes") + "echo end >&2; kill -9 $$")
    _end_daemon()
    assert (ended.status, ended.stderr) == (-signal.SIGKILL, "end\n")


def test_streams_that_are_closed_early() -> None:
    assert _sh("echo 1; exec >&- 2>&-; sleep 0.1; exit 7") == Ended(7, "1\n", "")


def test_a_pipe_as_input_is_at_its_end() -> None:
    assert run(["cat"], stdin=subprocess.PIPE) == Ended(0, "", "")


def test_what_takes_too_long_is_killed_with_its_group(tmp_path: Path) -> None:
    session = Session(["sh", "-c", "sleep 1000 & echo $! > begun; mv begun number; wait"])
    with Watch(tmp_path) as watch:
        while not Path("number").exists():
            list(watch.events(60))
    of_its_group = os.pidfd_open(int(Path("number").read_text()))
    with pytest.raises(subprocess.TimeoutExpired):
        session.follow(patience=0.01)
    assert select.select([of_its_group], [], [], 60)[0]
    os.close(of_its_group)


def test_what_writes_for_ever_takes_too_long_as_well() -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(["yes"], patience=0.01)


def test_an_import_that_leaves_a_daemon() -> None:
    assert run_imports(["sh", "-c", f"{_DAEMON.format(what='sleep 1000')} echo 1"], what="it") == "1\n"
    _end_daemon()


def test_an_interrupt_kills_what_other_threads_wait_for() -> None:
    session = Session(["sleep", "1000"])
    ended: list[Ended] = []
    thread = threading.Thread(target=lambda: ended.append(session.follow()))
    thread.start()
    with pytest.raises(KeyboardInterrupt), killed_when_interrupted():
        raise KeyboardInterrupt
    thread.join()
    assert ended == [Ended(-signal.SIGKILL, "", "")]
    session.kill()  # which is nothing any more
