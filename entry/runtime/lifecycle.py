"""Do one run of the function: input, handler, outcome. Know only the exchange and the registry; publish nothing.

The outcome is computed here once: either an output that is staged in the exchange, or an error that is returned.
"""

from __future__ import annotations

import posix  # what `os` is made of: importing that takes a sixth of a cold boot
import sys
from time import monotonic

from ..api import errors, registry, start
from ..api.context import Context
from ..api.errors import FunctionError
from ..frozen import IS_FILE
from . import ending, results
from .log import Log, report_unexpected, write, write_traceback
from .requests import NAMES, Requests, Terminated

if IS_FILE:
    import _fn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..api.registry import Handler
    from .exchange import Exchange
    from .settings import Settings


def run(settings: Settings, exchange: Exchange, started: float) -> FunctionError | None:
    """Run the handler; return None if its output is staged, else the error to report.

    `started` is the timestamp on the monotonic clock from which `settings.timeout` counts.
    """

    requests = Requests()
    requests.listen()
    error = run_handler(lambda: _select(settings), settings, exchange, started, requests, _end_child)
    asked = requests.signal
    _end(requests)
    if requests.signal and not asked:
        deadline = started + settings.timeout if settings.timeout else None
        return _ended_on_request(requests.signal, settings, deadline)
    return error


def look_up(settings: Settings, exchange: Exchange) -> FunctionError | None:
    """Import the handler ahead of its run; return the error if there is none."""
    try:
        _select(settings)
    except BaseException as error:
        return _described(error, None, exchange)
    return None


def _select(settings: Settings) -> Handler:
    if settings.problem:
        raise settings.problem
    return registry.find(settings.handler)


def _end(requests: Requests) -> None:
    """End as CPython does, within the limits of the run: whoever asks it to end does not wait for its threads."""
    joining = not requests.signal
    try:
        if joining:
            requests.arm()
    except Terminated:
        joining = False
    for step in ending.steps(joining=joining):
        try:
            step()
        except Terminated:
            continue  # what is left to do is short
        except Exception as problem:
            write_traceback(problem)
    requests.disarm()


def run_handler(
    select: Callable[[], Handler],
    settings: Settings,
    exchange: Exchange,
    started: float,
    requests: Requests,
    end_child: Callable[[int], object] | None = None,
) -> FunctionError | None:
    """Run whatever handler `select` returns, without the end of a run.

    A process that the handler forked and that comes back here is ended by `end_child`.
    """
    process = posix.getpid()
    deadline = started + settings.timeout if settings.timeout else None
    log = Log(settings.level)
    handler: Handler | None = None
    try:
        try:
            with results.Loop() as loop:
                handler = select()
                value = handler.signature.read(exchange.read_input())
                requests.arm()
                if step := registry.step_before(handler):
                    step()
                for function in start.functions_of(handler.module):
                    loop.settled(function())
                context = Context(handler.name, log, deadline, exchange)
                result = loop.settled(handler.function(**handler.signature.bind(value, context)))
                if posix.getpid() != process:
                    (end_child or exit_now)(0)  # the run is its parent's
                del value  # a large input need not outlive its use
                exchange.stage_output(results.answer(result, exchange, loop))
        finally:
            requests.disarm()
    except BaseException as error:
        if posix.getpid() != process:
            (end_child or exit_now)(_status_of(error))
        if requests.signal:
            return _ended_on_request(requests.signal, settings, deadline)
        return _described(error, handler, exchange)
    return None


def _ended_on_request(number: int, settings: Settings, deadline: float | None) -> FunctionError:
    if deadline is not None and monotonic() >= deadline:
        return FunctionError(errors.TIMEOUT, f"the handler did not end within its {settings.timeout:g} s")
    message = f"the run was asked to end ({NAMES[number]}) before the handler had finished"
    return FunctionError(errors.TERMINATED, message)


def _described(error: BaseException, handler: Handler | None, exchange: Exchange) -> FunctionError:
    """Return the error that a workflow sees for what was raised; the log gets the traceback of what nobody expected."""
    if isinstance(error, FunctionError):
        if error.__cause__ is not None and error.code == errors.HANDLER_IMPORT:
            write_traceback(error.__cause__)
            return errors.of_machine(error.__cause__) or error
        return errors.complete(error)
    if isinstance(error, SystemExit):
        return FunctionError(errors.EXIT, f"the handler called sys.exit({error.code!r}): it must return or raise")
    for kind, code in handler.errors.items() if handler else ():
        if isinstance(error, kind):
            return FunctionError(code, _message(error) or type(error).__name__)
    report_unexpected(error)
    exchange.note_unexpected(error)
    if isinstance(error, MemoryError):
        return FunctionError(errors.MEMORY, "the handler ran out of memory: give it a larger size or let it use less")
    if of_machine := errors.of_machine(error):
        return of_machine
    message = _message(error) + errors.what_is_missing(error)
    return FunctionError(
        errors.EXCEPTION, f"{type(error).__qualname__}: {message}" if message else type(error).__qualname__
    )


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException as failure:
        return f"(its message cannot be shown: {type(failure).__name__})"


def _status_of(error: BaseException) -> int:
    """Return the status of a process that ends with it, as CPython's."""
    if not isinstance(error, SystemExit):
        report_unexpected(error)
        return 1
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    write(f"{error.code}\n")
    return 1


def _end_child(status: int) -> None:
    """End a process that the handler forked as any process of Python ends."""
    for step in ending.steps(in_child=True):
        try:
            step()
        except Exception as problem:
            write_traceback(problem)
    exit_now(status)


def exit_now(status: int) -> None:
    """Flush the streams and end the process at once: finalising the interpreter would take longer than a run."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: S112  # None, closed, or a stream of the author's that fails
            continue
    if IS_FILE:
        _fn.exit_now(status)  # comes back in the warm-up only
    else:
        posix._exit(status)
