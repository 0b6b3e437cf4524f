"""Everything that can go wrong with a function: each case ends in one outcome, announced, status 0, in bounded time."""

from __future__ import annotations

import json
import os
import resource
import shlex
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Result, Run, Start, Target, finish, wait_for_log
from tests.seccomp import CLOSE_RANGE, forbid

ENDINGS = {
    "os._exit 0": ("fn.exit", "the handler left the process with status 0 before it had a result"),
    "os._exit 9": ("fn.exit", "the handler left the process with status 9 before it had a result"),
    "exit in thread": ("fn.exit", "the handler left the process with status 7 before it had a result"),
    "segfault": ("fn.killed", "the handler was killed by SIGSEGV (Segmentation fault)"),
    "c recursion": ("fn.killed", "the handler was killed by SIGSEGV (Segmentation fault)"),
    "die while writing": (
        "fn.killed",
        "the handler was killed by SIGKILL (Killed): most often the container ran out of memory",
    ),
    "recursion": ("fn.exception", "RecursionError: maximum recursion depth exceeded"),
    "exec": ("fn.exception", "FileNotFoundError: [Errno 2] No such file or directory"),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_endings(target: Target, run: Run, case: str) -> None:
    result = run(target, "fault", given={"do": case})
    result.assert_announced()
    code, message = ENDINGS[case]
    assert result.error is not None
    assert result.error["code"] == code
    assert result.error["message"].startswith(message)


def test_a_partial_last_line_is_completed(target: Target, run: Run) -> None:
    assert run(target, "fault", given={"do": "die while writing"}).log == "half a line, then\n"


@pytest.mark.parametrize("case", ["threads", "orphan", "fork", "close everything", "wander"])
def test_what_a_handler_leaves_behind_changes_nothing(target: Target, run: Run, case: str) -> None:
    result = run(target, "fault", given={"do": case})
    result.assert_announced()
    assert result.output is not None


FATAL = [
    signal.SIGABRT, signal.SIGALRM, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGKILL, signal.SIGPROF,
    signal.SIGQUIT, signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGVTALRM,
    signal.SIGXCPU,
]  # fmt: skip


@pytest.mark.parametrize("number", FATAL, ids=lambda number: number.name)
def test_every_fatal_signal(target: Target, run: Run, number: signal.Signals) -> None:
    result = run(target, "fault", given={"signal": int(number)})
    message = result.assert_failed("fn.killed")
    assert number.name in message


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_requests_to_end_run_finally_blocks(
    target: Target, start: Start, exchange: Path, number: signal.Signals
) -> None:
    process = start(target, "fault", given={"do": "tidy up"})
    wait_for_log(exchange, process, "waiting")
    process.send_signal(number)
    result = finish(process, exchange)
    message = result.assert_failed("fn.terminated")
    assert number.name in message
    assert "tidied up" in result.log


def test_requests_that_are_ignored_from_the_start_stay_so(target: Target, start: Start, exchange: Path) -> None:
    """As below `nohup`, and behind the `&` of a shell. Of several at once the kernel gives the lowest number first."""

    def ignore() -> None:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)

    process = start(target, "fault", given={"do": "tidy up"}, preexec_fn=ignore)
    wait_for_log(exchange, process, "waiting")
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        process.send_signal(number)
    assert "SIGTERM" in finish(process, exchange).assert_failed("fn.terminated")


def test_nobody_is_asked_on_a_terminal(target: Target, exchange: Path) -> None:
    """Whoever asks there would be stopped, and the run with it, which is not in the terminal's foreground."""
    (exchange / "input.json").write_text('{"do": "ask"}')
    variables = {**os.environ, **target.environment, "FN_DATA_DIR": str(exchange)}
    words = shlex.join([*target.words(variables), "fault"])
    subprocess.run(
        ["script", "--quiet", "--command", words, "/dev/null"], cwd=target.directory, env=variables, timeout=60,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    assert json.loads((exchange / "error.json").read_bytes())["code"] == "fn.exception"
    assert "/dev/tty" in (exchange / "out.log").read_text()


@pytest.mark.parametrize("kind", ["busy task", "busy stream"])
def test_a_request_ends_the_run_whatever_task_it_meets(target: Target, start: Start, exchange: Path, kind: str) -> None:
    process = start(target, "result-kinds", given={"kind": kind})
    wait_for_log(exchange, process, "waiting")
    process.terminate()
    result = finish(process, exchange)
    result.assert_failed("fn.terminated")
    assert result.log == "waiting\ntidied up\n"


@pytest.mark.parametrize("case", ["spin", "deaf"])
def test_a_handler_that_cannot_be_asked_is_killed(target: Target, start: Start, exchange: Path, case: str) -> None:
    process = start(target, "fault", given={"do": case})
    wait_for_log(exchange, process, "waiting")
    process.terminate()
    result = finish(process, exchange)
    result.assert_failed("fn.terminated")


def _out_of_time(target: Target, run: Run, name: str, given: object, *, by_option: bool) -> Result:
    """A run whose time ends in its handler, which says a word then: on a busy machine more time goes by before."""
    for seconds in (0.3, 1, 5, 20):
        option, variable = (["--timeout", str(seconds)], {}) if by_option else ([], {"FN_TIMEOUT": str(seconds)})
        result = run(target, name, *option, given=given, environment=variable)
        result.assert_announced()
        assert result.error == {"code": "fn.timeout", "message": f"the handler did not end within its {seconds} s"}
        if result.log:
            break
        for left in ("error.json", "out.log", "done"):
            (result.exchange / left).unlink(missing_ok=True)
    return result


def test_a_handler_that_swallows_the_request_is_killed(target: Target, run: Run) -> None:
    assert "swallowed Terminated" in _out_of_time(target, run, "fault", {"do": "swallow"}, by_option=True).log


@pytest.mark.parametrize("name", ["async-wait", "fault"])
def test_the_timeout(target: Target, run: Run, name: str) -> None:
    given: object = 60 if name == "async-wait" else {"do": "tidy up"}
    result = _out_of_time(target, run, name, given, by_option=False)
    assert result.log.splitlines()[-1] == "tidied up"


def test_memory_limit(target: Target, run: Run) -> None:
    limit = 512 << 20

    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    result = run(target, "fault", given={"do": "memory"}, preexec_fn=confine)
    result.assert_failed("fn.memory")


def test_long_messages_are_cut(target: Target, run: Run) -> None:
    result = run(target, "fault", given={"do": "long message"})
    assert result.assert_failed("test.long").endswith("ä ... (cut)")
    assert 1_000_000 < len((result.exchange / "error.json").read_bytes()) <= 1 << 20


def test_odd_characters_in_messages(target: Target, run: Run) -> None:
    result = run(target, "fault", given={"do": "surrogate message"})
    result.assert_announced()
    assert result.error == {"code": "test.odd", "message": 'a?b\x00\n"'}


@pytest.mark.parametrize("delay", [0.0, 0.0005, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.02])
def test_sigterm_at_any_moment(file: Target, start: Start, exchange: Path, delay: float) -> None:
    """From the first instruction on, which holds signals back; before it the kernel decides alone."""
    process = start(file, "fault", given={"do": "tidy up"})
    while not _holds_back(process.pid, signal.SIGTERM):
        assert process.poll() is None
    if delay:
        signal.sigtimedwait([], delay)
    process.terminate()
    result = finish(process, exchange)
    result.assert_failed("fn.terminated")


def _holds_back(pid: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    blocked = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(blocked.split()[1], 16) >> (number - 1) & 1)


def test_a_signal_that_was_ignored_before_still_ends_the_run(file: Target, start: Start, exchange: Path) -> None:
    def ignore() -> None:
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())

    process = start(file, "fault", given={"do": "tidy up"}, preexec_fn=ignore)
    wait_for_log(exchange, process, "waiting")
    process.terminate()
    result = finish(process, exchange)
    result.assert_failed("fn.terminated")


def test_no_standard_streams(file: Target, run: Run) -> None:
    result = run(file, "talk", given={"lines": 2}, prefix=("/bin/sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh"))
    result.assert_announced()
    assert result.log == "line 0\nline 1\n"


def test_streams_without_close_range(file: Target, run: Run) -> None:
    """Linux before 5.9 has no such call. The input stream is at its end all the same."""
    given = {"lines": 1, "command": ["/bin/cat"]}
    result = run(file, "talk", given=given, preexec_fn=forbid(CLOSE_RANGE), environment={"FN_TIMEOUT": "20"})
    result.assert_announced()
    assert (result.output, result.log) == (b"1", "line 0\n")
