"""Read the input and write the output of a run without an exchange: two open files (build/boot/hosts/call/call.c).

Publishes nothing. Imported when a run is not one of the isolated host.
"""

from __future__ import annotations

import posix  # as exchange.py, which is imported in a cold boot

from ..api import errors
from ..api.errors import FunctionError
from .exchange import Exchange, read_all, unwritable, write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..api.event import Event
    from .direktiv import Action
    from .exchange import Bytes


class Streams(Exchange):
    """Has the methods of an exchange, and the path of one for variables, which may not exist."""

    __slots__ = ("_body", "_event", "_head", "_input", "_output", "_output_is", "_short")

    def __init__(
        self, path: str, given: int, output: int, head: bytes = b"", body: bytes = b"", short: int = 0
    ) -> None:
        """`body`: the input where it is in no file; `short`: bytes of an output that need not be in one."""
        super().__init__(path)
        self._output_is = posix.fstat(output)[1:3] if output >= 0 else ()  # inode and device
        self._input, self._output, self._head, self._body, self._short = given, output, head, body, short
        self._event: Event | None = None
        trace = self.headers.get("traceparent", "").encode("latin-1") if b"\0traceparent\0" in head else b""
        if trace:
            posix.environ[b"TRACEPARENT"] = trace  # the dictionary that `os.environ` uses, too
            posix.putenv(b"TRACEPARENT", trace)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, by names in small letters; values of the same name are joined (RFC 9110, 5.3)."""
        _, *fields = str(self._head, "latin-1").split("\0")
        found: dict[str, str] = {}
        for name, value in zip(fields[::2], fields[1::2], strict=False):
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found

    @property
    def action(self) -> Action | None:
        if not self.headers.get("direktiv-actionid"):
            return None
        from .direktiv import Action

        return Action(self.headers)

    @property
    def event(self) -> Event | None:
        return self._event

    def read_input(self) -> bytes | None:
        """Read the input, once; for an event, its data. Raise fn.input.unreadable, fn.input.invalid."""
        body = self._read_body()
        if b"cloudevents" not in self._head.lower() and b"\0ce-" not in self._head:
            return body
        from .events import read_event

        self._event, data = read_event(self.headers, body)
        return data

    def _read_body(self) -> bytes:
        if self._input < 0:
            return self._body
        try:
            return read_all(self._input, posix.fstat(self._input).st_size)
        except OSError as error:
            raise FunctionError(errors.INPUT_UNREADABLE, f"the input: {error.strerror}") from None
        finally:
            posix.close(self._input)

    def stage_output(self, chunks: Iterable[Bytes]) -> None:
        """Write a whole output; raise fn.output.unwritable, or what `chunks` raises."""
        length = 0
        if isinstance(chunks, tuple) and sum(memoryview(chunk).nbytes for chunk in chunks) <= self._short:
            self.short = b"".join(memoryview(chunk).tobytes() for chunk in chunks)
            self.staged_length = len(self.short)
            return
        self._check_output()
        for chunk in chunks:
            try:
                length += write_all(self._output, chunk)
            except OSError as error:
                raise unwritable("the result", error) from None
        self.staged_length = length

    def _check_output(self) -> None:
        """Raise fn.output.unwritable if the handler has closed the result's file: its number may be another's now."""
        try:
            found = posix.fstat(self._output)[1:3]
        except OSError:
            found = None
        if found != self._output_is:
            problem = f"the result: the handler has closed descriptor {self._output}, which is not its own"
            raise FunctionError(errors.OUTPUT_UNWRITABLE, problem)
