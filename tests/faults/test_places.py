"""Where the file runs: an empty root, as process 1, as users without any right. Changes root: needs root."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Run, Start, Target, finish, wait_for_log

_NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child")
_NOBODY = ("setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", "--bounding-set=-all", "--no-new-privs")

_PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}  # for chroot itself


@pytest.fixture
def root(file: Target, tmp_path: Path, exchange: Path) -> Path:
    """A root that holds nothing but the file and an exchange, everything but the exchange read-only by ownership."""
    made = tmp_path / "root"
    (made / "direktiv-data").mkdir(parents=True)
    (made / "direktiv-data").chmod(0o777)
    shutil.copy(file.command[0], made / "fn")
    made.chmod(0o555)
    return made


def test_an_empty_root_and_no_rights(file: Target, root: Path) -> None:
    exchange = root / "direktiv-data"
    (exchange / "input.json").write_text('{"a": 1}')
    done = subprocess.run(
        ["setpriv", "--no-new-privs", "chroot", "--userspec=65532:65532", root, "/fn", "value"],
        env={**file.environment, **_PATH, "FN_LOG_LEVEL": "debug"}, capture_output=True, check=False, cwd="/",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (exchange / "output.json").read_bytes() == b'{"a":1}'
    assert (exchange / "output.json").stat().st_uid == 65532
    assert sorted(path.name for path in exchange.iterdir()) == ["done", "input.json", "out.log", "output.json"]
    reads_itself = file.name != "portable"  # which restores by mapping itself; there is no /proc
    assert f"fn: {'cold' if file.is_cold or not reads_itself else 'warm'} boot" in (exchange / "out.log").read_text()


def test_process_1_of_an_empty_root(file: Target, root: Path) -> None:
    exchange = root / "direktiv-data"
    (exchange / "input.json").write_text('{"do": "orphan"}')
    done = subprocess.run(
        [*_NAMESPACE, "chroot", root, "/fn", "fault"], env={**file.environment, **_PATH}, capture_output=True,
        check=False, cwd="/", timeout=15,
    )  # fmt: skip
    assert done.returncode == 0
    assert (exchange / "output.json").read_bytes() == b'"orphan left"'


@pytest.mark.parametrize("prefix", [_NOBODY, _NAMESPACE, (*_NAMESPACE, *_NOBODY)])
def test_users_and_namespaces(file: Target, run: Run, exchange: Path, prefix: tuple[str, ...]) -> None:
    """Only the file: an interpreter of the machine may not be readable for everybody."""
    for folder in (exchange, *exchange.parents[:3], *Path(file.command[0]).parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    result = run(file, "value", given={"a": 1}, prefix=prefix)
    result.assert_announced()
    assert result.output == b'{"a":1}'


def test_process_1_is_asked_to_end(file: Target, start: Start, exchange: Path) -> None:
    """A stop of a container: SIGTERM to process 1, which has no default for it."""
    process = start(file, "fault", given={"do": "tidy up"}, prefix=("unshare", "--pid", "--fork", "--kill-child"))
    wait_for_log(exchange, process, "waiting")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGTERM)
    result = finish(process, exchange)
    result.assert_failed("fn.terminated")
    assert "tidied up" in result.log


@pytest.mark.needs("dist/fn")
def test_nothing_of_the_machine_changes_what_runs(file: Target, run: Run, tmp_path: Path) -> None:
    """Modules in the working directory and on Python's path, and every variable that Python knows."""
    (tmp_path / "handlers").mkdir()
    for name in ("json", "logging", "sitecustomize", "usercustomize", "handlers/__init__", "handlers/talk"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('of the machine')\n")
    known = re.findall(r"^\s*(PYTHON[A-Z0-9_]+)\b", _python_help(), re.MULTILINE)
    assert {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"} <= {*known}
    variables = {**dict.fromkeys(known, "1"), "PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path)}
    variables |= {
        "PYTHONWARNINGS": "error",
        "PYTHONIOENCODING": "ascii",
        "PYTHONUTF8": "0",
        "LD_LIBRARY_PATH": str(tmp_path),
    }
    expected = run(file, "talk", given={"all": True})
    expected.assert_announced()
    before = expected.output, _told(expected.log)
    for name in ("done", "output.json", "out.log"):
        (expected.exchange / name).unlink()
    found = run(replace(file, directory=tmp_path), "talk", given={"all": True}, environment=variables)
    found.assert_announced()
    assert (found.output, _told(found.log)) == before


def _told(log: str) -> list[str]:
    """Lines but those of source: Python looks for these in the working directory first, shows them and runs nothing."""
    return [line for line in log.splitlines() if not line.startswith("  ")]


def _python_help() -> str:
    command = [sys.executable, "--help-env"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
