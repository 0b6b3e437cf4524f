"""The snapshot of a process is restored wherever that is possible, and never by half: each obstacle is caused for real,
and the run then boots cold, and says why. Needs root and mounts.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from build.core.segments import LARGE_PAGE, LOAD, PAGE, READ, Segment, loaded, replace_loaded
from build.snapshot.process.format import HOLE_END, HOLE_START
from tests.conftest import TARGETS, Result, Run, Target
from tests.portable.conftest import PORTABLE, Program
from tests.seccomp import MEMFD_CREATE, forbid

_DEBUG = {"FN_LOG_LEVEL": "debug"}


def _copy(folder: Path) -> tuple[Path, bytearray]:
    return folder / "fn", bytearray(Path(PORTABLE.command[0]).read_bytes())


def _finish(path: Path, content: bytes) -> Target:
    path.write_bytes(content)
    path.chmod(0o755)
    return Target("changed", (str(path),))


def _assert_cold(result: Result, reason: str) -> None:
    result.assert_announced()
    assert result.output == b"1", result.log
    assert f"fn: cold boot: {reason}" in result.log


def _limited(kind: int, limit: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (limit, limit))


@pytest.mark.parametrize(
    ("prefix", "before"),
    [
        pytest.param((), None, id="as it is"),
        pytest.param(("setarch", "-R"), None, id="no randomisation"),
        pytest.param(("setarch", "-L"), None, id="the layout of old"),
        pytest.param(("setarch", "-RL"), None, id="both"),
        pytest.param((), _limited(resource.RLIMIT_STACK, resource.RLIM_INFINITY), id="an endless stack"),
        pytest.param((), _limited(resource.RLIMIT_NOFILE, 9), id="few files"),
        pytest.param(("env", *(f"V{number}={'x' * 1000}" for number in range(100))), None, id="a large environment"),
        pytest.param((), forbid(MEMFD_CREATE), id="no files in memory"),
        pytest.param(("taskset", "--cpu-list", "0"), None, id="one processor"),
    ],
)
def test_restores(warm_program: Program, run: Run, prefix: Sequence[str], before: Callable[[], None] | None) -> None:
    variables = {**_DEBUG, "PATH": os.environ["PATH"]}
    result = run(
        warm_program.target, *warm_program.words, given=warm_program.given, prefix=prefix, preexec_fn=before,
        environment=variables,
    )  # fmt: skip
    result.assert_announced()
    warm_program.assert_right(result.output, result.log)
    assert "fn: warm boot" in result.log


def _faults(run: Run, target: Target) -> int:
    """Page faults of one run, the least of some: the first may find the file's pages elsewhere."""
    counts = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
        result = run(target, "value", given=1)
        counts.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before)
        assert result.output == b"1", result.log
        shutil.rmtree(result.exchange)
        result.exchange.mkdir()
    return min(counts)


def test_what_runs_write_lies_together(run: Run) -> None:
    """As in a static file: its heap is laid out by what runs touch. Without that there were three times the faults."""
    static = next(target for target in TARGETS if target.name == "warm")
    assert _faults(run, PORTABLE) < 2 * _faults(run, static)


def test_the_interpreter_lies_at_a_large_page_and_the_file_is_filled_up_to_it() -> None:
    content = Path(PORTABLE.command[0]).read_bytes()
    assert content[LARGE_PAGE:].startswith(b"\x7fELF")
    assert bytes(LARGE_PAGE // 8) not in content[:LARGE_PAGE]


def test_too_few_files(run: Run) -> None:
    """The supervisor has nine open: three streams, the exchange, its log and outcome, signals, output and the loop."""
    result = run(PORTABLE, "value", given=1, preexec_fn=_limited(resource.RLIMIT_NOFILE, 8))
    message = result.assert_failed("fn.boot")
    assert "Too many open files" in message


def test_a_small_stack(run: Run) -> None:
    """With which numpy's own code cannot do, warm or cold."""
    result = run(PORTABLE, "value", given=1, preexec_fn=_limited(resource.RLIMIT_STACK, 64 << 10), environment=_DEBUG)
    assert result.output == b"1"
    assert "fn: warm boot" in result.log


def test_an_address_of_the_image_is_in_use(run: Run, tmp_path: Path) -> None:
    """As by something that a debugger or a sandbox has put there: what was mapped by then is taken away."""
    path, content = _copy(tmp_path)
    before = loaded(content)
    last = before[-1]
    obstacle = Segment(LOAD, READ, last.offset // PAGE * PAGE, HOLE_END - PAGE, PAGE, PAGE, PAGE)
    replace_loaded(content, [*before, obstacle])
    _assert_cold(run(_finish(path, bytes(content)), "value", given=1), "the addresses of the snapshot are in use")


def test_memory_of_libc_above_the_snapshot(run: Run, tmp_path: Path) -> None:
    """As of a file of more than a gigabyte: brk(2) begins behind it, in most runs above where the snapshot lies."""
    path, content = _copy(tmp_path)
    before = loaded(content)
    behind = Segment(LOAD, READ, before[-1].offset // PAGE * PAGE, HOLE_START - (128 << 20), PAGE, PAGE, PAGE)
    replace_loaded(content, [*before, behind])
    target = _finish(path, bytes(content))
    for _ in range(60):
        result = run(target, "value", given=1)
        assert result.output == b"1", result
        for name in ("done", "output.json"):
            (result.exchange / name).unlink()


def test_a_file_that_was_cut(run: Run, tmp_path: Path) -> None:
    """A page beyond its end would end the run with a signal, at any time."""
    path, content = _copy(tmp_path)
    result = run(_finish(path, bytes(content[:-PAGE])), "value", given=1)
    _assert_cold(result, "the file has been changed since it was built")


def test_too_few_addresses(run: Run) -> None:
    """Enough for a cold boot; the snapshot has an arena for Python more, and whatever imports have."""
    limit = 64 << 20
    while (result := run(PORTABLE, "value", given=1, preexec_fn=_limited(resource.RLIMIT_AS, limit))).error:
        limit += 1 << 20
        for name in ("done", "error.json"):
            (result.exchange / name).unlink()
    if "cold boot" in result.log:
        reason = "there is not enough memory, or there are not enough addresses, for the snapshot (ulimit -v)"
        _assert_cold(result, reason)


def test_a_file_that_cannot_be_read(run: Run, tmp_path: Path, exchange: Path) -> None:
    path = tmp_path / "fn"
    shutil.copy(PORTABLE.command[0], path)
    path.chmod(0o711)
    for folder in exchange.parents[:3]:
        folder.chmod(0o755)
    user = ("setpriv", "--reuid=65532", "--regid=65532", "--clear-groups")
    result = run(
        Target("unreadable", (str(path),)), "value", given=1, prefix=user, environment={"PATH": os.environ["PATH"]}
    )
    _assert_cold(result, "the file may be executed but not read")


def test_no_trace_is_left_of_a_restore(run: Run) -> None:
    """No descriptor, no file, no child: the function has its streams, and nothing else."""
    result = run(PORTABLE, "fault", given={"do": "open files"}, environment=_DEBUG)
    assert "fn: warm boot" in result.log
    assert result.output == b"[0,1,2]"


def test_a_snapshot_can_be_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PORTABLE.command, "--doctor"], env={"FN_COLD": "1"}, capture_output=True, text=True, check=False
    )
    assert "cold: FN_COLD is set" in done.stdout
