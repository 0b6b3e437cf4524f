"""Where the file runs: an empty root, as process 1, as users without any right. Changes root: needs root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Run, Start, Target, finish, wait_for_log

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
    result.assert_announced()
    assert result.error is not None
    assert result.error["code"] == "fn.terminated"
    assert "tidied up" in result.log


@pytest.mark.needs("dist/fn")
def test_the_file_is_static_and_small() -> None:
    told = subprocess.run(["file", ROOT / "dist" / "fn"], capture_output=True, text=True, check=True).stdout
    assert "statically linked" in told
    assert (ROOT / "dist" / "fn").stat().st_size <= (22e6 if sys.version_info < (3, 13) else 26e6)  # all handlers
