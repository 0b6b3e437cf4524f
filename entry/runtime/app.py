"""Turn arguments and environment into one run, or into the answer to a question about the file."""

from __future__ import annotations

import posix  # what `os` is made of: importing that takes a sixth of a cold boot
import sys

from ..api import errors, registry
from . import lifecycle, log, settings
from .exchange import BRIEF_MAX, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from ..api.errors import FunctionError

    class Report(Protocol):
        """How the function tells its supervisor what the outcome is: the module `_fn`, or supervisor.SharedReport."""

        def started(self) -> float: ...
        def hosted(self) -> int: ...
        def request(self) -> tuple[str | None, float | None, int, int, bytes]: ...
        def report_kind(self, is_json: bool, head: bytes, /) -> None: ...
        def report_output(self, length: int) -> None: ...
        def report_error(self, document: bytes, brief: bytes) -> None: ...


_LAMBDA = 3  # enum host of build/boot/shared/report.h


def main(arguments: Sequence[str]) -> int:
    """One run in this process and a child (from source), or in the child that the C supervisor has made (in the file).

    Returns the exit status: 0 whenever a run was attempted.
    """
    if settings.ask_for_information(arguments):
        from ..info import commands

        return commands.show(arguments)
    variables = settings.own_variables(posix.environ)
    if "_fn" in sys.builtin_module_names:
        import _fn

        options = settings.read(() if _fn.hosted() else arguments, variables)
        reason, unexpected = _fn.boot()
        boot = f"cold boot: {reason}" if reason else "warm boot"
        return _function(options, _fn, [boot] if unexpected or options.level == "debug" else [])
    if arguments and arguments[0] in registry.HOSTS:
        sys.stderr.write(f"fn: {arguments[0]}: not from source; build the file: python3 build\n")
        return 2
    from .supervisor import supervise

    return supervise(settings.read(arguments, variables), _function)


def _function(options: settings.Settings, report: Report, notes: Sequence[str] = ()) -> int:
    log.bridge()
    log.bridge_logging(options.level)
    for note in notes:
        sys.stderr.write(f"fn: {note}\n")
    exchange = Exchange(options.data_dir)
    error = _missing(options, report, exchange) if report.hosted() == _LAMBDA else None
    if error is None:
        started = report.started()
        if report.hosted():
            exchange = _streams(options, report)
        error = lifecycle.run(options, exchange, started)
    if error is None:
        if report.hosted():
            report.report_kind(exchange.is_json, exchange.head)
        report.report_output(exchange.staged_length)
    else:
        report.report_error(exchange.error_document(error), errors.error_json(error, BRIEF_MAX))
    lifecycle.exit_now(0)
    return 0


def _streams(options: settings.Settings, report: Report) -> Exchange:
    """Return what stands in for the exchange where a host has none; add to the options what the host was asked for."""
    options.handler, options.timeout, given, output, head = report.request()
    if report.hosted() == _LAMBDA:
        from .invocation import Invocation

        return Invocation(options.data_dir, given, output, head)
    from .streams import Streams

    return Streams(options.data_dir, given, output, head)


def _missing(options: settings.Settings, report: Report, exchange: Exchange) -> FunctionError | None:
    """Say why the handler cannot be had: Lambda is to know that before it has an event for it."""
    options.handler = report.request()[0]
    return lifecycle.look_up(options, exchange)
