"""Sandboxes that forbid files in memory, or what else a portable file wants: it finds another way, or says why not.

Each is caused for real. Needs root and mounts.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Result, Run, Start, Target, finish, wait_for_log
from tests.portable.conftest import COLD, Program
from tests.seccomp import EXECVEAT, MEMFD_CREATE, MFD_EXEC, MFD_NOEXEC_SEAL, forbid, forbid_flags

_SETTING = Path("/proc/sys/vm/memfd_noexec")  # from Linux 6.3 on, one for each namespace of processes
_NO_MEMORY_FILES = forbid(MEMFD_CREATE)


class Sandbox(NamedTuple):
    """How to make it: a program that goes before, or what is done in the process; whether a folder is needed then,
    and whether no other boot is possible.
    """

    prefix: Sequence[str] = ()
    before: Callable[[], None] | None = None
    unpacks: bool = False
    is_cold: bool = False


def _with_setting(value: int) -> Sandbox:
    """`vm.memfd_noexec`; a kernel without it gets a filter that answers as one with it would."""
    if _SETTING.exists():
        script = f'echo {value} > {_SETTING}; exec "$@"'
        return Sandbox(("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-ec", script, "sh"))
    return Sandbox(before=forbid_flags(MEMFD_CREATE, 1, MFD_EXEC, errno.EACCES))


_WITHOUT_PROC = ("unshare", "--mount", "sh", "-ec", 'mount -t tmpfs none /proc; exec "$@"', "sh")
_SANDBOXES = {
    "files in memory are refused": Sandbox(before=_NO_MEMORY_FILES, unpacks=True),
    "files in memory are unknown": Sandbox(before=forbid(MEMFD_CREATE, errno.ENOSYS), unpacks=True),
    "files in memory know no seal": Sandbox(before=forbid_flags(MEMFD_CREATE, 1, MFD_NOEXEC_SEAL, errno.EINVAL)),
    "files in memory are not executable": _with_setting(1),
    "files in memory must not be executable": _with_setting(2),
    "execveat is refused": Sandbox(before=forbid(EXECVEAT)),
    "no proc": Sandbox(_WITHOUT_PROC, unpacks=True, is_cold=True),
    "no proc, no files in memory": Sandbox(_WITHOUT_PROC, _NO_MEMORY_FILES, unpacks=True, is_cold=True),
}


@pytest.mark.parametrize("name", _SANDBOXES)
def test_runs_in_a_sandbox(program: Program, run: Run, exchange: Path, name: str) -> None:
    sandbox = _SANDBOXES[name]
    result = run(
        program.target, *program.words, given=program.given, prefix=sandbox.prefix, preexec_fn=sandbox.before,
        environment={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    result.assert_announced()
    program.assert_right(result.output, result.log)
    said = [
        line for line in result.log.splitlines() if line.startswith(f"fn: unpacking libraries into {exchange}/.fn.")
    ]
    assert len(said) == sandbox.unpacks, result.log
    assert ("fn: cold boot: the file cannot open itself" in result.log) == (
        sandbox.is_cold and not program.target.is_cold
    )


def test_nothing_is_executed_but_the_file(program: Program, run: Run, exchange: Path, tmp_path: Path) -> None:
    """A start is one exec, that of the file: no sandbox can forbid another."""
    trace = tmp_path / "trace"
    traced = ("strace", "-f", "-o", str(trace), "-e", "trace=execve,execveat")
    result = run(program.target, *program.words, given=program.given, prefix=traced)
    program.assert_right(result.output, result.log)
    assert trace.read_text().count("exec") == 1, trace.read_text()


def _unpacked_into(result: Result) -> str:
    """The folder in which a run made one of its own."""
    line = next(line for line in result.log.splitlines() if line.startswith("fn: unpacking libraries into "))
    return line.removeprefix("fn: unpacking libraries into ").partition("/.fn.")[0]


@pytest.fixture
def places(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Folders by kind."""
    made = {name: tmp_path / name for name in ("good", "other", "no execution", "read-only", "full")}
    for path in made.values():
        path.mkdir()
    options = {"no execution": "noexec", "read-only": "ro", "full": "size=64k"}
    for name, option in options.items():
        subprocess.run(["mount", "-t", "tmpfs", "-o", option, "tmpfs", made[name]], check=True)
    yield {**{name: str(path) for name, path in made.items()}, "missing": str(tmp_path / "none"), "relative": "there"}
    for name in options:
        subprocess.run(["umount", "-l", made[name]], check=True)


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("good", "other", "good"),
        ("", "other", "other"),
        ("missing", "good", "good"),
        ("relative", "good", "good"),
        ("read-only", "good", "good"),
        ("no execution", "good", "good"),
        ("full", "good", "good"),
        ("no execution", "full", "exchange"),
    ],
)
def test_the_first_place_that_will_do(
    run: Run, exchange: Path, places: dict[str, str], first: str, second: str, taken: str
) -> None:
    result = run(
        COLD, "value", given=1, preexec_fn=_NO_MEMORY_FILES,
        environment={"FN_TMP_DIR": places.get(first, ""), "TMPDIR": places.get(second, "")},
    )  # fmt: skip
    result.assert_announced()
    assert result.output == b"1"
    assert _unpacked_into(result) == places.get(taken, str(exchange))
    assert [list(Path(path).glob(".*")) for path in places.values() if path.startswith("/")] == [[]] * 6


@pytest.mark.parametrize("name", ["exchange", "./exchange", "../{}/exchange"])
@pytest.mark.parametrize("by_option", [True, False])
def test_an_exchange_that_is_named_from_the_working_directory(
    run: Run, exchange: Path, name: str, by_option: bool
) -> None:
    """It is a place for what has to be unpacked like one with an absolute path."""
    folder = exchange.parent
    named = name.format(folder.name)
    result = run(
        COLD, *(["--data", named] if by_option else []), "value", given=1, preexec_fn=_NO_MEMORY_FILES,
        environment={"FN_DATA_DIR": "/no/such/folder" if by_option else named}, prefix=("env", "-C", str(folder)),
    )  # fmt: skip
    result.assert_announced()
    assert result.output == b"1"
    assert _unpacked_into(result) == str(folder / named.removeprefix("./"))


@pytest.mark.parametrize("end", ["value error", "os._exit 9", "segfault", "die while writing", "kill group", "orphan"])
def test_what_was_unpacked_is_removed_however_a_run_ends(run: Run, tmp_path: Path, end: str) -> None:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    result = run(COLD, "fault", given={"do": end}, preexec_fn=_NO_MEMORY_FILES, environment={"FN_TMP_DIR": str(folder)})
    result.assert_announced()
    assert (result.error is None) == (end == "orphan")
    assert _unpacked_into(result) == str(folder)
    assert list(folder.iterdir()) == []


def test_what_was_unpacked_is_removed_when_a_run_is_asked_to_end(start: Start, exchange: Path) -> None:
    process = start(COLD, "fault", given={"do": "tidy up"}, preexec_fn=_NO_MEMORY_FILES)
    wait_for_log(exchange, process, "waiting")
    assert len(list(exchange.glob(".fn.*"))) == 1
    process.terminate()
    result = finish(process, exchange)
    result.assert_failed("fn.terminated")


def test_nothing_is_possible(run: Run, exchange: Path, places: dict[str, str]) -> None:
    """Every place is tried, and each has its reason in the outcome; then what to do."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "noexec,mode=777", "tmpfs", exchange], check=True)
    try:
        result = run(
            COLD, "value", given=1, preexec_fn=_NO_MEMORY_FILES,
            environment={"FN_TMP_DIR": places["read-only"], "TMPDIR": places["full"]},
        )  # fmt: skip
        message = result.assert_failed("fn.boot")
        reasons = "; ".join([
            "files in memory: Operation not permitted", f"{places['read-only']}: Read-only file system",
            f"{places['full']}: No space left on device", f"{exchange}: Operation not permitted",
        ])  # fmt: skip
        assert result.log.startswith(f"fn: the libraries of the file cannot be loaded: {reasons}; allow memfd_create")
        assert message in result.log
    finally:
        subprocess.run(["umount", "-l", exchange], check=True)


@pytest.mark.parametrize("program", ["the standard library, cold", "numpy, cold"], indirect=True)
def test_room_for_some_libraries_only(program: Program, run: Run, exchange: Path) -> None:
    """Whichever library finds no room, of the interpreter or of a package: the machine is named, not the handler."""
    outcomes: list[dict[str, str] | None] = []
    while not outcomes or outcomes[-1] is not None:
        size = 200 + 20 * len(outcomes)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k,mode=777", "tmpfs", exchange], check=True)
        try:
            result = run(program.target, *program.words, given=program.given, preexec_fn=_NO_MEMORY_FILES)
            result.assert_announced()
            outcomes.append(result.error)
        finally:
            subprocess.run(["umount", "-l", exchange], check=True)
    errors = [error for error in outcomes if error]
    assert len(errors) > 2, outcomes
    assert {error["code"] for error in errors} == {"fn.boot"}, errors
    assert all("No space left" in error["message"] or "(the log says why)" in error["message"] for error in errors)
    assert len({error["message"].partition(",")[0] for error in errors}) > 2, "several libraries in turn"


@pytest.mark.parametrize("possible", [True, False])
def test_a_question_leaves_nothing_behind(tmp_path: Path, possible: bool) -> None:
    """`--list` and the like have neither a supervisor nor an exchange."""
    done = subprocess.run(
        [*COLD.command, "--list"], capture_output=True, text=True, check=False, preexec_fn=_NO_MEMORY_FILES,
        env={**COLD.environment, "TMPDIR": str(tmp_path) if possible else "", "FN_DATA_DIR": "/no/such/folder"},
    )  # fmt: skip
    assert (done.returncode, "value" in done.stdout.split()) == ((0, True) if possible else (1, False))
    assert ("/no/such/folder: No such file or directory; allow memfd_create" in done.stderr) != possible
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["files in memory are refused", "files in memory must not be executable", "no proc"])
def test_carried_programs_are_started_all_the_same(sample: Target, run: Run, exchange: Path, name: str) -> None:
    sandbox = _SANDBOXES[name]
    result = run(
        sample, given={"look": "programs"}, prefix=sandbox.prefix, preexec_fn=sandbox.before,
        environment={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    result.assert_announced()
    assert result.output is not None, result.log
    assert json.loads(result.output)["tool"] == 'tool:\n{"from": "the package"}'
    libraries = "fn: unpacking libraries into" if sandbox.unpacks else "fn: carried programs were unpacked into"
    assert f"{libraries} {exchange}/.fn." in result.log
