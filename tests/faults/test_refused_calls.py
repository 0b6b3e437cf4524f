"""System calls that the machine refuses the supervisor: each run is announced, with its outcome or an error.

strace refuses them, each time they are made; what the function calls is left alone.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import TARGETS, Run, Target

pytestmark = pytest.mark.needs("strace")

_WARM = TARGETS[-1]
_REFUSED = {  # what a supervisor asks for between its start and `done`, and how a kernel or sandbox may refuse it
    "signalfd4": "ENFILE", "epoll_create1": "EMFILE", "epoll_ctl": "ENOMEM", "pipe2": "EMFILE", "clone": "EAGAIN",
    "memfd_create": "ENOSYS", "flock": "ENOLCK", "fallocate": "EOPNOTSUPP", "fchmod": "EPERM", "setpgid": "EPERM",
    "fstat": "EIO", "newfstatat": "EIO", "fcntl": "EINVAL", "kill": "EPERM", "madvise": "EINVAL", "close": "EINTR",
}  # fmt: skip


@pytest.mark.parametrize("call", _REFUSED)
def test_a_run_is_announced(target: Target, run: Run, call: str) -> None:
    prefix = ("strace", "-qq", "-o", "/dev/null", "-e", f"inject={call}:error={_REFUSED[call]}")
    result = run(target, "value", given=1, prefix=prefix)
    result.assert_announced()
    assert result.output == b"1" or result.error
    if result.error:
        assert result.error["code"].startswith("fn.")


def test_a_call_without_signals_says_why(file: Target, tmp_path: Path) -> None:
    """Whatever it has to wait for: here for room on stderr, which is a pipe."""
    prefix = ("strace", "-qq", "-o", "/dev/null", "-e", "inject=signalfd4:error=ENFILE")
    command = [*prefix, *file.command, "call", "value", "--error", str(tmp_path / "error.json")]
    done = subprocess.run(command, input=b"1", capture_output=True, check=False, timeout=60, env=file.environment)
    assert (done.returncode, b'"code":"fn.boot"' in done.stderr) == (1, True), done
    assert b'"code":"fn.boot"' in (tmp_path / "error.json").read_bytes()
    wrong = subprocess.run([*command, "--bogus"], input=b"1", capture_output=True, check=False, timeout=60, env={})
    assert (wrong.returncode, b"--bogus" in wrong.stderr) == (2, True), wrong


@pytest.mark.parametrize("host", ["isolated", "call"])
def test_a_function_that_nothing_ends_holds_nobody(tmp_path: Path, run: Run, host: str) -> None:
    """As one in the kernel that waits for a disk that is gone: seconds after SIGKILL the outcome is told."""
    prefix = ("strace", "-qq", "-o", "/dev/null", "-e", "inject=kill:error=EPERM")
    if host == "isolated":
        result = run(_WARM, "fault", given={"do": "swallow"}, prefix=prefix, environment={"FN_TIMEOUT": "0.2"})
        result.assert_failed("fn.timeout")
        return
    command = [*prefix, *_WARM.command, "call", "fault", "--timeout", "0.2"]
    with (tmp_path / "stderr").open("wb") as errors:  # no pipe: what is left of it may hold one open
        done = subprocess.run(
            command, input=b'{"do": "swallow"}', stdout=errors, stderr=errors, check=False, timeout=60
        )
    assert done.returncode == 124
    assert '"code":"fn.timeout"' in (tmp_path / "stderr").read_text()
