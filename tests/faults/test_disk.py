"""Disks that are full, of bytes or of names, and limits on files. Mounts small file systems: needs root."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Result, Run, Target
from tests.seccomp import FALLOCATE, forbid


@pytest.fixture
def small_exchange(exchange: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of a wanted size over the exchange."""
    mounted: list[Path] = []

    def mount(options: str) -> Path:
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", exchange], check=True)
        mounted.append(exchange)
        exchange.chmod(0o777)
        return exchange

    yield mount
    for path in mounted:
        subprocess.run(["umount", "-l", path], check=True)


def _assert_error(result: Result, code: str) -> None:
    assert result.status == 0, result.stderr
    assert (result.exchange / "done").exists()
    assert not (result.exchange / "output.json").exists()
    assert result.error is not None
    assert result.error["code"] == code


def _fill(path: Path) -> None:
    """Takes every free block."""
    with path.open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space left"):
        while True:
            filler.write(bytes(4096))


def test_no_room_for_the_output(target: Target, run: Run, small_exchange: Callable[[str], Path]) -> None:
    small_exchange("size=256k")
    result = run(target, "result-kinds", given={"kind": "large", "size": 1 << 20})
    _assert_error(result, "fn.output.unwritable")
    result.assert_announced()


def test_no_room_for_the_log(target: Target, run: Run, small_exchange: Callable[[str], Path]) -> None:
    """The log loses whole lines, the outcome is there: room for it was reserved."""
    small_exchange("size=128k")
    result = run(target, "fault", given={"do": "fill the log"})
    _assert_error(result, "test.filled")
    log = (result.exchange / "out.log").read_bytes()
    assert log.endswith(b"\n")
    assert all(line == b"x" * 80 for line in log.splitlines() if not line.startswith(b"fn: "))


_NO_RESERVING = {  # as a file system that cannot reserve, as an old kernel, as a sandbox
    name: forbid(FALLOCATE, getattr(errno, name)) for name in ("EOPNOTSUPP", "ENOSYS", "EPERM")
}


@pytest.mark.parametrize("answer", _NO_RESERVING)
def test_no_room_where_none_can_be_reserved(
    target: Target, run: Run, small_exchange: Callable[[str], Path], answer: str
) -> None:
    """The room for an error is written at the start instead."""
    small_exchange("size=128k")
    result = run(target, "fault", given={"do": "fill the log"}, preexec_fn=_NO_RESERVING[answer])
    _assert_error(result, "test.filled")
    result.assert_announced()
    assert (result.exchange / "error.json").read_bytes() == b'{"code":"test.filled","message":"the log is full"}'


@pytest.mark.parametrize("answer", _NO_RESERVING)
@pytest.mark.parametrize(
    ("handler", "given", "name", "published"),
    [
        ("value", {"a": 1}, "output.json", b'{"a":1}'),
        ("value", "x" * 5000, "output.json", b'"' + b"x" * 5000 + b'"'),
        ("result-kinds", {"kind": "stream"}, "output.json", b"one two three"),
        ("result-kinds", {"kind": "empty"}, "output.json", b""),
        ("fault", {"do": "coded"}, "error.json", b'{"code":"test.coded","message":"50% done"}'),
        ("fault", {"do": "os._exit 9"}, "error.json", None),
    ],
)
def test_nothing_of_the_written_room_is_published(
    target: Target, run: Run, answer: str, handler: str, given: object, name: str, published: bytes | None
) -> None:
    """Neither its error nor its blanks, however short the outcome is."""
    result = run(target, handler, given=given, preexec_fn=_NO_RESERVING[answer])
    result.assert_announced()
    found = (result.exchange / name).read_bytes()
    assert found == published or (published is None and found.startswith(b'{"code":"fn.exit",'))
    assert found.rstrip() == found


@pytest.mark.parametrize("answer", _NO_RESERVING)
def test_full_from_the_start_where_none_can_be_reserved(
    target: Target, run: Run, small_exchange: Callable[[str], Path], answer: str
) -> None:
    exchange = small_exchange("size=64k")
    (exchange / "input.json").write_text('{"do": "coded"}')
    _fill(exchange / "filler")
    result = run(target, "fault", preexec_fn=_NO_RESERVING[answer])
    assert result.status == 1
    assert "No space left on device" in result.stderr
    assert sorted(path.name for path in exchange.iterdir()) == ["filler", "input.json"]


@pytest.mark.needs("strace")
@pytest.mark.parametrize("fails", [False, True])
def test_a_disk_that_takes_nothing_more_at_all(target: Target, run: Run, fails: bool) -> None:
    """Not even what overwrites: the error that was written at the start is the outcome of a run that fails."""
    refused = ("-e", "inject=fallocate:error=EOPNOTSUPP", "-e", "inject=pwrite64:error=ENOSPC:when=2+")
    handler, given = ("fault", {"do": "coded"}) if fails else ("value", 1)
    result = run(target, handler, given=given, prefix=("strace", "-qq", "-o", "/dev/null", *refused))
    result.assert_announced()
    assert result.output == (None if fails else b"1")
    if fails:
        assert "its disk is full" in result.assert_failed("fn.output.unwritable")
        assert (result.exchange / "error.json").read_bytes().endswith(b'"}')


@pytest.mark.needs("strace")
def test_a_run_without_an_outcome_is_not_announced(target: Target, run: Run) -> None:
    """`done` alone would look like a success with an empty output."""
    prefix = ("strace", "-qq", "-o", "/dev/null", "-e", "inject=pwrite64:error=EIO")
    result = run(target, "fault", given={"do": "coded"}, prefix=prefix)
    assert result.status == 0
    assert "could not be written, so it is not announced: Input/output error" in result.stderr
    assert not {"done", "error.json", "output.json"} & {path.name for path in result.exchange.iterdir()}


@pytest.mark.needs("strace")
def test_others_take_what_becomes_free(target: Target, run: Run, small_exchange: Callable[[str], Path]) -> None:
    """The space that is reserved for an error is not free for a moment, however long one looks (strace: 0.1 s)."""
    small_exchange("size=128k")
    slow = ("strace", "-o", "/dev/null", "-e", "inject=ftruncate:delay_exit=100000")
    result = run(target, "fault", given={"do": "keep the disk full"}, prefix=slow)
    _assert_error(result, "test.full")


def test_full_from_the_start(target: Target, run: Run, small_exchange: Callable[[str], Path]) -> None:
    """Not one free block: nothing could be reported, so the run is refused and the directory left as it was."""
    exchange = small_exchange("size=64k")
    (exchange / "input.json").write_text('{"do": "coded"}')
    _fill(exchange / "filler")
    result = run(target, "fault")
    assert result.status == 1
    assert "cannot write in the exchange directory" in result.stderr
    assert "No space left on device" in result.stderr
    assert sorted(path.name for path in exchange.iterdir()) == ["filler", "input.json"]


@pytest.mark.parametrize("fails", [False, True])
def test_no_names_left_after_the_start(
    target: Target, run: Run, small_exchange: Callable[[str], Path], fails: bool
) -> None:
    """The handler takes the last inode; the outcome and `done` had theirs before."""
    small_exchange("size=1m,nr_inodes=40")
    result = run(target, "fault", given={"do": "take all names and fail" if fails else "take all names"})
    if fails:
        _assert_error(result, "test.full")
    else:
        assert result.status == 0
        assert (result.exchange / "done").exists()
        assert not (result.exchange / "error.json").exists()
        assert result.output == b'"no name is left"'


@pytest.mark.parametrize(
    ("limit", "value", "code"),
    [
        (resource.RLIMIT_FSIZE, 64 * 1024, "fn.output.unwritable"),
        (resource.RLIMIT_NOFILE, 64, None),
        (resource.RLIMIT_STACK, 1 << 20, None),
        (resource.RLIMIT_CORE, 0, None),
    ],
)
def test_limits(target: Target, run: Run, limit: int, value: int, code: str | None) -> None:
    before = lambda: resource.setrlimit(limit, (value, value))  # noqa: E731
    result = run(target, "result-kinds", given={"kind": "large", "size": 1 << 20}, preexec_fn=before)
    result.assert_announced()
    if target.name == "portable-cold" and limit == resource.RLIMIT_FSIZE:
        code = "fn.boot"  # the limit holds for the files in memory that it puts its libraries into
    assert (result.error["code"] if result.error else None) == code


def test_no_more_processes(file: Target, run: Run, exchange: Path) -> None:
    """The supervisor cannot fork: said in the outcome. Root has no such limit, so another user runs it."""
    (exchange / "input.json").write_text("{}")
    exchange.chmod(0o777)
    for folder in exchange.parents[:3]:
        if folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    none = lambda: resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # noqa: E731
    began = time.monotonic()
    result = run(
        file, "echo", "--linger", "0.2", prefix=("setpriv", "--reuid=65531", "--clear-groups"), preexec_fn=none
    )  # fmt: skip
    assert time.monotonic() - began > 0.2  # announced again for a late sidecar, like every outcome
    result.assert_failed("fn.boot")


def test_an_error_that_has_no_room_leaves_no_part_of_it(
    file: Target, tmp_path: Path, small_exchange: Callable[[str], Path]
) -> None:
    """`fn call --error FILE` on a full disk: what was wrong is on stderr, and the folder is as it was."""
    exchange = small_exchange("size=64k")
    _fill(exchange / "filler")
    command = [*file.command, "call", "fault", "--error", str(exchange / "error.json")]
    done = subprocess.run(
        command, input=b'{"do": "coded"}', capture_output=True, check=False, timeout=60, env={**file.environment}
    )
    assert done.returncode == 1
    assert b"error.json: No space left on device" in done.stderr
    assert [path.name for path in exchange.iterdir()] == ["filler"]
