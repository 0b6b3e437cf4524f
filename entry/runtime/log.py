"""Write log lines: the handler's logger, and a bridge that turns print, logging and warnings into log lines.

All of them go to the standard streams, whose other end the supervisor reads; nothing here opens a log file.
"""

from __future__ import annotations

import posix  # what `os` is made of: importing that takes a sixth of a cold boot
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import FrameType, ModuleType, TracebackType
    from typing import Any

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_NAMES = {number: name.upper() for name, number in _LEVELS.items()}
_INFO = 20
LOGGING_FORMAT = "%(levelname)s: %(name)s: %(message)s"  # of lines from `logging`


def write(text: str) -> None:
    """Write to the log, whatever the handler has made of `sys.stderr`. What cannot be written fails no run."""
    try:
        sys.stderr.write(text)
    except Exception:  # None, closed, or a stream of the author's that fails
        try:
            posix.write(2, text.encode("utf-8", "backslashreplace"))
        except OSError:
            return  # the handler has closed the log: there is nobody to tell


class Log:
    """The methods of a standard logger that write a line, without the 5 ms that importing `logging` takes.

    A line is the message. At other levels than info, the level comes first: `WARNING: disk nearly full`. A slip in a
    line fails no run, as with `logging`.
    """

    __slots__ = ("level",)

    def __init__(self, level: str = "info") -> None:
        self.level = _LEVELS[level]

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802  # the name that logging.Logger has
        return level >= self.level

    def log(
        self,
        level: int,
        message: object,
        *arguments: object,
        exc_info: object = None,
        stack_info: bool = False,
        stacklevel: int = 1,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """Write a line. `stacklevel` and `extra` are taken, and change nothing: no place and no fields are shown."""
        if level < self.level:
            return
        prefix = "" if level == _INFO else f"{_NAMES.get(level, f'LEVEL {level}')}: "
        write(f"{prefix}{_formatted(message, arguments)}\n")
        if exc_info:
            error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
            write_traceback(error if isinstance(error, BaseException) else sys.exc_info()[1])
        if stack_info:
            _write_stack()

    def debug(self, message: object, *arguments: object, **options: Any) -> None:
        self.log(10, message, *arguments, **options)

    def info(self, message: object, *arguments: object, **options: Any) -> None:
        self.log(_INFO, message, *arguments, **options)

    def warning(self, message: object, *arguments: object, **options: Any) -> None:
        self.log(30, message, *arguments, **options)

    def error(self, message: object, *arguments: object, **options: Any) -> None:
        self.log(40, message, *arguments, **options)

    def critical(self, message: object, *arguments: object, **options: Any) -> None:
        self.log(50, message, *arguments, **options)

    def exception(self, message: object, *arguments: object, exc_info: object = True, **options: Any) -> None:
        self.log(40, message, *arguments, exc_info=exc_info, **options)

    warn = warning
    fatal = critical


def _formatted(message: object, arguments: tuple[object, ...]) -> str:
    try:
        text = str(message)
        if arguments:
            text = text % (arguments[0] if len(arguments) == 1 and isinstance(arguments[0], dict) else arguments)
        return text
    except Exception:  # whatever an author's objects raise
        return " ".join([_shown(message, str), _shown(arguments, repr)] if arguments else [_shown(message, str)])


def _shown(value: object, show: Callable[[object], str]) -> str:
    try:
        return show(value)
    except Exception as problem:
        return f"(a {type(value).__name__} that cannot be shown: {type(problem).__name__})"


def _write_stack() -> None:
    """Write where the handler is, without the frames of entry/."""
    from traceback import StackSummary, walk_stack

    frames = [(frame, line) for frame, line in walk_stack(sys._getframe()) if not _is_own(frame)]
    write("Stack (most recent call last):\n" + "".join(StackSummary.extract(iter(reversed(frames))).format()))


def write_traceback(error: BaseException | None) -> None:
    """Write the traceback of an error as log lines, without the frames of entry/."""
    from traceback import TracebackException

    if error is None:
        return
    try:
        report = TracebackException(type(error), error, _author_frames(error))
        text = "".join(report.format())
    except BaseException as failure:  # e.g. an exception whose __str__ fails, or memory that is used up
        text = f"{type(error).__name__} (its traceback cannot be shown: {type(failure).__name__})\n"
    write(text)


def frames_of(error: BaseException) -> list[str]:
    """Return the trace of an error, a text for each frame but those of entry/; or why it cannot be shown."""
    from traceback import TracebackException

    try:
        return TracebackException(type(error), error, _author_frames(error)).stack.format()
    except BaseException as failure:  # as above
        return [f"(the trace cannot be shown: {type(failure).__name__})"]


def report_unexpected(error: BaseException) -> None:
    """Write an unhandled error to the log, or give it to the author's own hook (`sys.excepthook`), if there is one."""
    if sys.excepthook is sys.__excepthook__:
        write_traceback(error)
        return
    try:
        sys.excepthook(type(error), error, _author_frames(error))
    except SystemExit:
        return  # it has shown the error, and ends the process, as it would under CPython
    except BaseException as failure:
        write("fn: sys.excepthook failed:\n")
        write_traceback(failure)
        write_traceback(error)


def _author_frames(error: BaseException) -> TracebackType | None:
    trace = error.__traceback__
    while trace and _is_own(trace.tb_frame):
        trace = trace.tb_next
    return trace


def _is_own(frame: FrameType) -> bool:
    return bool(frame.f_globals.get("__name__", "").split(".")[0] == "entry")


def bridge() -> None:
    """Make the standard streams carry log lines, flushed line by line."""
    if sys.stdout.errors == "backslashreplace":
        return  # a restored interpreter: this was done before the snapshot
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]


def bridge_logging(level: str) -> None:
    """Make `logging` write log lines, too: now, or as soon as it is imported."""
    if "logging" in sys.modules:
        _configure(sys.modules["logging"], level)
    else:
        sys.meta_path.insert(0, _LoggingFinder(level))


def _configure(logging: ModuleType, level: str) -> None:
    logging.basicConfig(level=_LEVELS[level], stream=sys.stderr, format=LOGGING_FORMAT)


class _LoggingFinder:
    """Waits for `logging` to be imported, and configures it then: a handler that never does pays nothing."""

    def __init__(self, level: str) -> None:
        self._level = level

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in list(sys.meta_path):
            spec = finder.find_spec(name, path, target)
            if spec and spec.loader:
                spec.loader = _LoggingLoader(spec.loader, self._level)  # type: ignore[assignment]  # it acts as one
                return spec
        return None


class _LoggingLoader:
    """Loads `logging`, then configures it."""

    def __init__(self, loader: Loader, level: str) -> None:
        self._loader = loader
        self._level = level

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _configure(module, self._level)
