"""A run of Lambda: what came with its event, and its error in the form of Lambda. Publishes nothing.

Imported when a run is one of that host (build/boot/hosts/lambda/lambda.c).
"""

from __future__ import annotations

import posix  # as streams.py

from ..api import errors
from . import log
from .exchange import ERROR_MAX
from .streams import Streams

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..api.errors import FunctionError

_NO_CODE = "Error"  # the type of an error without one
_FRAMES_MOST, _FRAME_MOST = 100, 1000  # of a trace, and characters of each: it fits into an error


class Invocation(Streams):
    """The same verbs as those of any host that has no exchange; the headers are those of the invocation."""

    __slots__ = ("_trace",)

    def __init__(self, path: str, given: int, output: int, head: bytes = b"") -> None:
        super().__init__(path, given, output, head)
        self._trace: Sequence[str] = ()
        if trace := self.headers.get("lambda-runtime-trace-id"):
            value = trace.encode("latin-1")
            posix.environ[b"_X_AMZN_TRACE_ID"] = value  # the same that `os.environ` has
            posix.putenv(b"_X_AMZN_TRACE_ID", value)

    def note_unexpected(self, error: BaseException) -> None:
        """Keep the trace of an error that no code stands for."""
        self._trace = [frame[:_FRAME_MOST] for frame in log.frames_of(error)[-_FRAMES_MOST:]]

    def error_document(self, error: FunctionError) -> bytes:
        """Return what Lambda shows of an error: message, type and trace."""
        trace = ",".join(f'"{errors.escaped(frame)}"' for frame in self._trace)

        def form(code: str, message: str) -> str:
            words = f'"errorMessage":"{errors.escaped(message)}","errorType":"{errors.escaped(code) or _NO_CODE}"'
            return f'{{{words},"stackTrace":[{trace}]}}'

        return errors.error_json(error, ERROR_MAX, form)
