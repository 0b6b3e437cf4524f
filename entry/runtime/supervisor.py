"""The supervisor for runs from source: the same process model as build/boot/supervisor/supervise.c, in Python.

A parent that owns the log, the clock, the signals and the announcement, and a child that runs the function. So every
failure is announced from source too, and the same black-box tests hold. Never in the file dist/fn.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import select
import signal
import struct
import sys
import termios
from time import monotonic

from ..api import errors
from ..api.errors import FunctionError, error_json
from .exchange import BRIEF_MAX, ERROR_MAX
from .log import write_traceback
from .logfile import LogFile
from .publisher import Publisher
from .pump import LinePump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .settings import Settings

_MARK = (
    "FN_RUN"  # the variable by which processes know the run that has started them: build/boot/supervisor/descendant.c
)
_GRACE = 2.0  # seconds from SIGTERM to SIGKILL
_NOTHING, _OUTPUT, _ERROR = range(3)
_HEAD = struct.Struct("<IQII")  # state, lengths of the output, of the error and of the brief one
_REQUESTS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_IGNORED = {signal.SIGPIPE, signal.SIGXFSZ}  # by CPython: they are exceptions
_UNCATCHABLE = {signal.SIGKILL, signal.SIGSTOP}
_FAULTS = {signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV, signal.SIGSYS}
_OWN = {signal.SIGCHLD, signal.SIGPIPE, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}


class SharedReport:
    """What the function tells the supervisor, through memory that both share; the state is set last."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _HEAD.size + BRIEF_MAX + ERROR_MAX)
        self._started = monotonic()

    def started(self) -> float:
        return self._started

    def hosted(self) -> int:
        """Whether the run is of another host: not from source."""
        return False

    def request(self) -> tuple[str | None, float | None, int, int, bytes]:
        raise NotImplementedError("the isolated host has none")

    def report_kind(self, is_json: bool, head: bytes) -> None:
        raise NotImplementedError("the isolated host does not tell")

    def report_output(self, length: int) -> None:
        _HEAD.pack_into(self._memory, 0, _OUTPUT, length, 0, 0)

    def report_error(self, document: bytes, brief: bytes) -> None:
        start = _HEAD.size
        self._memory[start : start + len(brief)] = brief
        self._memory[start + BRIEF_MAX : start + BRIEF_MAX + len(document)] = document
        _HEAD.pack_into(self._memory, 0, _ERROR, 0, len(document), len(brief))

    def read(self) -> tuple[int, int, bytes, bytes]:
        """State, length of the output, error.json, brief error.json."""
        state, output_length, length, brief_length = _HEAD.unpack_from(self._memory)
        start = _HEAD.size
        return state, output_length, self._memory[start + BRIEF_MAX :][:length], self._memory[start:][:brief_length]


def supervise(settings: Settings, function: Callable[[Settings, SharedReport], int]) -> int:
    """One run, from an empty exchange to an announced outcome. The exit status."""
    exchange = Publisher(settings.data_dir)
    signal.pthread_sigmask(signal.SIG_BLOCK, _REQUESTS)  # until they are handled: the log tells others that we are up
    problem = "cannot open"
    try:
        os.close(os.open(exchange.path, os.O_PATH | os.O_DIRECTORY))
        is_ours = exchange.lock(os.environ.get(_MARK, ""))
        if exchange.finished():
            return 0
        if not is_ours:
            print(
                f"fn: the exchange directory {settings.data_dir} is in use by another run\n"
                f"fn: nothing there was touched; wait until that run has ended, or name another directory with --data "
                f"or FN_DATA_DIR",
                file=sys.stderr,
            )
            return 1
        problem = "cannot write in"
        log = exchange.prepare()
    except OSError as error:
        print(
            f"fn: {problem} the exchange directory {settings.data_dir}: {error.strerror}\nfn: nothing can be reported "
            f"there; mount a writable directory with some room, or name another one with --data or FN_DATA_DIR",
            file=sys.stderr,
        )
        return 1
    run = _Run(settings, exchange, log)
    run.start(function)
    run.watch()
    run.drain()
    run.publish()
    exchange.tidy()
    run.announce()
    return 0


class _Run:
    def __init__(self, settings: Settings, exchange: Publisher, log: int) -> None:
        self._settings, self._exchange = settings, exchange
        self._log = LogFile(log, tee=settings.tee)
        self._pump = LinePump()
        self._report = SharedReport()
        self._deadline = self._report.started() + settings.timeout if settings.timeout else float("inf")
        self._kill_at = float("inf")
        self._timed_out = False
        self._termination = 0
        self._status: int | None = None
        self._signals, self._signals_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def start(self, function: Callable[[Settings, SharedReport], int]) -> None:
        self._pipe, pipe_write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._pipe, False)
        signal.set_wakeup_fd(self._signals_write)
        numbers = signal.valid_signals() - _UNCATCHABLE - _FAULTS - (_OWN - {signal.SIGCHLD})
        for number in numbers:
            signal.signal(number, lambda number, frame: None)  # the wakeup descriptor tells the watch
        signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        self._child = os.fork()
        if self._child == 0:
            self._become_function(pipe_write, function)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
        with contextlib.suppress(OSError):  # the child does it too: whoever comes first
            os.setpgid(self._child, self._child)
        os.close(pipe_write)

    def _become_function(self, pipe_write: int, function: Callable[[Settings, SharedReport], int]) -> None:
        status = 70
        try:
            os.setpgid(0, 0)
            empty, empty_write = os.pipe2(os.O_CLOEXEC)
            for descriptor, stream in ((empty, 0), (pipe_write, 1), (pipe_write, 2)):
                os.dup2(descriptor, stream)
            os.close(empty_write)
            self._exchange.leave_lock()
            runs = [self._exchange.number(), *filter(None, [os.environ.get(_MARK)])]
            os.environ[_MARK] = ",".join(runs)
            sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115  # the old ones remember what their descriptors were
            sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
            signal.set_wakeup_fd(-1)
            for number in signal.valid_signals() - _UNCATCHABLE:
                signal.signal(number, signal.SIG_IGN if number in _IGNORED else signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            status = function(self._settings, self._report)
        except BaseException as error:
            write_traceback(error)
        finally:
            os._exit(status)

    def watch(self) -> None:
        poll = select.poll()
        poll.register(self._signals, select.POLLIN)
        poll.register(self._pipe, select.POLLIN)
        while self._status is None:
            soonest = min(self._deadline, self._kill_at)
            wait = None if soonest == float("inf") else max(0.0, soonest - monotonic()) * 1e3 + 1
            for descriptor, _ in poll.poll(wait):
                if descriptor == self._signals:
                    self._take_signals()
                elif not self._pump_once():
                    poll.unregister(self._pipe)
            self._mind_the_clock()

    def _take_signals(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for number in os.read(self._signals, 512):
                if number == signal.SIGCHLD:
                    self._reap()
                    continue
                if number in _REQUESTS:
                    self._termination = self._termination or number
                self._send(number)

    def _send(self, number: int) -> None:
        if number in _REQUESTS:
            self._kill_at = min(self._kill_at, monotonic() + _GRACE)
        if self._status is None:
            os.kill(self._child, number)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (reaped := os.waitpid(-1, os.WNOHANG))[0]:
                if reaped[0] == self._child:
                    self._status = reaped[1]

    def _mind_the_clock(self) -> None:
        now = monotonic()
        if now >= self._kill_at:
            self._kill_at = self._deadline = float("inf")
            self._kill_group()
            if self._status is None:
                os.kill(self._child, signal.SIGKILL)
        elif now >= self._deadline:
            self._deadline = float("inf")
            self._timed_out = not self._termination
            self._send(signal.SIGTERM)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child, signal.SIGKILL)

    def _pump_once(self, most: int = 1 << 16) -> bool:
        try:
            chunk = os.read(self._pipe, most)
        except BlockingIOError:
            return True
        self._log.write(self._pump.feed(chunk))
        return bool(chunk)

    def drain(self) -> None:
        """What the function and its group have written is there now; others may hold the pipe open for ever."""
        self._kill_group()
        waiting = struct.unpack("i", fcntl.ioctl(self._pipe, termios.FIONREAD, b"\0\0\0\0"))[0]
        while waiting > 0 and self._pump_once(min(waiting, 1 << 16)):
            waiting -= 1 << 16
        self._log.write(self._pump.finish())

    def publish(self) -> None:
        state, output_length, document, brief = self._report.read()
        if state == _OUTPUT and self._exchange.publish_output(output_length):
            return
        if state == _ERROR and self._exchange.publish_error(document, brief):
            return
        error = (
            self._verdict()
            if state == _NOTHING
            else FunctionError(errors.OUTPUT_UNWRITABLE, "the result was taken away before it could be published")
        )
        self._exchange.publish_error(error_json(error, ERROR_MAX), error_json(error, BRIEF_MAX))

    def _verdict(self) -> FunctionError:
        """How a function ended that reported nothing itself; the words of build/boot/shared/exit_reason.c."""
        if self._timed_out:
            return FunctionError(errors.TIMEOUT, f"the handler did not end within its {self._settings.timeout:g} s")
        if self._termination:
            name = signal.Signals(self._termination).name
            return FunctionError(
                errors.TERMINATED, f"the run was asked to end ({name}) before the handler had finished"
            )
        status = self._status or 0
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            hint = ": most often the container ran out of memory" if number == signal.SIGKILL else ""
            name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
            return FunctionError(errors.KILLED, f"the handler was killed by {name} ({signal.strsignal(number)}){hint}")
        code = os.waitstatus_to_exitcode(status)
        return FunctionError(errors.EXIT, f"the handler left the process with status {code} before it had a result")

    def announce(self) -> None:
        if self._settings.settle and not self._termination:
            self._pause(self._settings.settle)
        self._exchange.announce()
        until = monotonic() + self._settings.linger
        while monotonic() < until and not self._termination:
            self._pause(min(0.05, self._settings.linger))
            self._exchange.announce()

    def _pause(self, length: float) -> None:
        """A pause that a request to end cuts short."""
        end = monotonic() + length
        while not self._termination and (left := end - monotonic()) > 0:
            if select.select([self._signals], [], [], left)[0]:
                self._take_signals()
