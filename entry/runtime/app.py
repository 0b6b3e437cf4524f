"""Begin the function's side: read the settings, do one run or answer a question about the file, report the outcome."""

from __future__ import annotations

import sys

from ..api import errors
from . import lifecycle, log, settings
from .exchange import BRIEF_MAX, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from ..api.errors import FunctionError

    class Report(Protocol):
        """What both processes share: the module `_fn` in the file, a source.MappedReport from source."""

        def settings(self) -> bytes: ...
        def started(self) -> float: ...
        def hosted(self) -> int: ...
        def request(self) -> tuple[str | None, float | None, int, int, bytes, bytes]: ...
        def report_kind(self, is_json: bool, head: bytes, /) -> None: ...
        def report_output(self, length: int, short: bytes | None, /) -> None: ...
        def report_error(self, document: bytes, brief: bytes, /) -> None: ...
        def boot(self) -> tuple[str | None, bool]: ...


HTTP, _LAMBDA = 2, 3  # enum host of build/boot/shared/report.h
_SHORT_RESULT = 4096  # bytes of a result that HTTP takes without a file: SHORT_RESULT_MAX, there


def main(report: Report | None = None, begin: Callable[[], object] | None = None) -> int:
    """Do one run in the function's process, or answer a question; return the exit status.

    `report` is that of the file, `_fn`, by default. `begin` is called when all is done that many runs do alike.
    """
    report = report or _report_of_the_file()
    options = settings.read(report.settings())
    if options.question:
        from ..info import commands

        return commands.show(options.question, options)
    log.bridge()
    log.bridge_logging(options.level)
    if begin:
        begin()
    reason, unexpected = report.boot()
    if unexpected or options.level == "debug":
        sys.stderr.write(f"fn: cold boot: {reason}\n" if reason else "fn: warm boot\n")
    _run(options, report)
    lifecycle.exit_now(0)
    return 0


def _report_of_the_file() -> Report:
    import _fn

    return _fn


def _run(options: settings.Settings, report: Report) -> None:
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
        report.report_output(exchange.staged_length, exchange.short)
    else:
        report.report_error(exchange.error_document(error), errors.error_json(error, BRIEF_MAX))


def _streams(options: settings.Settings, report: Report) -> Exchange:
    """Return what replaces the exchange under other hosts; add the request's handler and timeout to the options."""
    options.handler, options.timeout, given, output, head, body = report.request()
    host = report.hosted()
    if host == _LAMBDA:
        from .invocation import Invocation

        return Invocation(options.data_dir, given, output, head)
    from .streams import Streams

    return Streams(options.data_dir, given, output, head, body, _SHORT_RESULT if host == HTTP else 0)


def _missing(options: settings.Settings, report: Report, exchange: Exchange) -> FunctionError | None:
    """Return the error if the handler cannot be found or imported: Lambda must know that before it gives an event."""
    options.handler = report.request()[0]
    return lifecycle.look_up(options, exchange)
