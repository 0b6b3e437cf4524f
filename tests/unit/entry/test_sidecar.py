"""The emulator of the sidecar keeps the rules of docs/contract.md, faults included; each function here is a script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from entry.testing import Report, Sidecar
from entry.testing.inotify import Watch
from tests.conftest import ROOT

_DONE = 'touch "$FN_DATA_DIR/done"'


def _run(script: str, **options: object) -> Report:
    return Sidecar(["/bin/sh", "-c", f'cd "$FN_DATA_DIR"; {script}'], **options).run(b"{}")  # type: ignore[arg-type]


def _after_done(script: str) -> Callable[[Path], subprocess.Popen[bytes]]:
    """Start `script` in such a way that the emulator goes on only when `done` is there, however busy the machine is."""

    def start(directory: Path) -> subprocess.Popen[bytes]:
        with Watch(directory) as watch:
            pipe = subprocess.PIPE
            process = subprocess.Popen(["/bin/sh", "-c", script], cwd=directory, stdout=pipe, stderr=pipe)
            while not (directory / "done").exists():
                list(watch.events(60))
        return process

    return start


def _error(document: object) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    return f"printf %s '{text}' > error.json; touch done"


def test_an_output() -> None:
    report = _run("printf '{\"a\":1}' > output.json; touch done")
    assert report.output == b'{"a":1}'
    assert report.decision is not None
    assert not report.decision.code
    assert report.warnings == []


def test_a_catchable_error() -> None:
    report = _run(_error({"code": "a.b", "message": "words"}))
    assert report.decision is not None
    assert report.decision.code == "a.b"


def test_nothing_at_all_counts_as_success_and_is_warned_of() -> None:
    report = _run("touch done")
    assert report.decision is not None
    assert any("neither output.json nor error.json" in warning for warning in report.warnings)


def test_both_files_are_warned_of() -> None:
    report = _run("echo 1 > output.json; " + _error({"code": "a", "message": "b"}))
    assert any("both output.json and error.json" in warning for warning in report.warnings)


@pytest.mark.parametrize("document", ["not json", {"code": 5, "message": "x"}, {"code": "a", "msg": "x"}])
def test_an_error_of_another_form(document: object) -> None:
    report = _run(_error(document))
    assert report.decision is not None
    good = _run(_error({"code": "a", "message": "x"})).decision
    assert report.decision != good


def test_done_is_never_seen() -> None:
    report = _run("echo 1 > output.json")
    assert report.decision is None
    assert any("never seen" in warning for warning in report.warnings)


def test_a_late_sidecar_misses_done() -> None:
    assert _run("", start=_after_done("touch done"), late=0.001).decision is None


def test_the_cap() -> None:
    report = _run("head -c 100000 /dev/zero > output.json; touch done", cap=1000)
    assert report.decision is None
    assert any("over the cap" in warning for warning in report.warnings)


def test_an_exit_status_is_warned_of() -> None:
    assert any("exit status 3" in warning for warning in _run("touch done; exit 3").warnings)


def test_a_function_that_does_not_end_is_ended() -> None:
    start = _after_done("trap '' TERM; touch done; while :; do sleep 0.1; done")
    report = _run("", start=start, timeout=0.3, grace=0.2, linger_warning=0.1)
    assert any("SIGKILL" in warning for warning in report.warnings)


def test_lines_after_done_are_warned_of() -> None:
    # A pipe is written when somebody opens it to read: the emulator does so after it has looked at the log.
    report = _run("echo before >> out.log; mkfifo output.json; touch done; echo 1 > output.json; echo after >> out.log")
    assert any("after `done`" in warning for warning in report.warnings)


def test_partial_lines_are_taken_as_they_are(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    opened = os.open(gate, os.O_RDWR)  # so that nobody waits to open it
    script = f"printf 'half' >> out.log; read seen < '{gate}'; echo ' whole' >> out.log; touch done"
    report = _run(script, on_log=lambda line: os.write(opened, b"seen\n"))
    os.close(opened)
    assert report.log == ["half", " whole"]
    assert report.log_cuts == [len("half")]
    assert any("before they were whole" in warning for warning in report.warnings)


def test_lines_that_are_not_utf8_are_lost() -> None:
    report = _run(r"printf 'good\nbad \377\n' >> out.log; touch done")
    assert report.log == ["good"]
    assert report.log_lost == 1


def test_a_slow_delivery_loses_lines(tmp_path: Path) -> None:
    """The run is done when the first line has been delivered, and before the second is."""
    gate, exchange = tmp_path / "gate", tmp_path / "exchange"
    os.mkfifo(gate)
    exchange.mkdir()
    opened = os.open(gate, os.O_RDWR)

    def on_log(_: str) -> None:
        with Watch(exchange) as watch:
            os.write(opened, b"seen\n")
            while not (exchange / "done").exists():
                list(watch.events(60))

    script = f"cd '{exchange}'; seq 20 >> out.log; read seen < '{gate}'; touch done"
    report = Sidecar(["/bin/sh", "-c", script], slow=0.01, on_log=on_log).run(b"{}", exchange)
    os.close(opened)
    assert (report.log, report.log_lost) == (["1"], 19)


def test_words_on_the_streams_are_warned_of() -> None:
    assert any("which nobody reads" in warning for warning in _run("echo hello; touch done").warnings)


def test_files_and_variables() -> None:
    script = "cat vars/given.txt > output.json; printf kept > vars/out/workflow/name; touch done"
    report = _run(script, files={"given.txt": b'"given"'})
    assert report.output == b'"given"'
    assert report.variables["workflow"] == {"name": b"kept"}


def test_the_directory_can_be_kept(tmp_path: Path) -> None:
    Sidecar(["/bin/sh", "-c", _DONE]).run(b'{"x":1}', tmp_path)
    assert json.loads((tmp_path / "input.json").read_text()) == {"x": 1}


def test_the_emulators_need_no_package() -> None:
    """They run beside a function in a container that has Python alone."""
    code = "import sys, entry.testing; sys.exit('orjson' in sys.modules)"
    subprocess.run([sys.executable, "-S", "-P", "-c", code], env={"PYTHONPATH": str(ROOT)}, check=True)
