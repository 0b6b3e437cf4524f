"""From source: this process is the function, and the supervisor in C has started it. Never in the file dist/fn.

`python -m entry` first becomes that supervisor (build/boot/source), which starts `python -m entry` again, with the
memory of the report as an open file. The build compiles it when it runs something from source (build/link/source.py).
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import sys
from pathlib import Path

from . import app
from .exchange import BRIEF_MAX, ERROR_MAX

SUPERVISOR = Path(__file__).parents[2] / ".cache" / "source" / "fn"
_VARIABLE = "FN_REPORT"  # the descriptor of the report, how long the supervisor takes it to be, length of the settings
_HEAD = struct.Struct("ddIiii256sIiQIIIII???I256si4096s")  # struct report in build/boot/shared/report.h, up to `brief`
_STATE, _OUTPUT_LENGTH, _ERROR_LENGTHS, _REQUEST_LENGTH, _ANSWER_LENGTH = 292, 296, 304, 312, 316
_BODY_LENGTH, _IS_JSON, _IS_SHORT = 320, 324, 326
_BRIEF = _HEAD.size
_ANSWER = _BRIEF + BRIEF_MAX
_REQUEST = _ANSWER + (8 << 10)
_ERROR = _REQUEST + (16 << 10)
_SIZE = (_ERROR + ERROR_MAX + 7) // 8 * 8
_OUTPUT_STATE, _ERROR_STATE = 1, 2


def main() -> int:
    """Do one run, or answer a question; return the exit status. Unless it has a supervisor, become that first."""
    handed = os.environ.pop(_VARIABLE, None)
    return app.main(MappedReport(handed)) if handed else _become_supervisor()


def _become_supervisor() -> int:
    python: list[str] = [sys.executable, *sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]]
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and that would be inherited
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(SUPERVISOR, [str(SUPERVISOR), *python, "--", *sys.argv[1:]])
    except OSError as error:
        print(
            f"fn: {SUPERVISOR}, which supervises runs from source, cannot be started: {error.strerror}\n"
            f"fn: in a clone of fn, python3 build run --watch HANDLER makes it, and runs a handler",
            file=sys.stderr,
        )
    return 1


class MappedReport:
    """The same as the module `_fn` of the file, by the memory that this process shares with its supervisor."""

    def __init__(self, handed: str) -> None:
        descriptor, size, length = map(int, handed.split(":"))
        if size != _SIZE:
            raise SystemExit(f"fn: {SUPERVISOR} is that of another version; python3 build run --watch makes it anew")
        self._memory = mmap.mmap(descriptor, os.fstat(descriptor).st_size)
        os.close(descriptor)
        self._settings = self._memory[_ERROR : _ERROR + length]  # an error takes their place
        started, timeout, host, self._input, self._output, _, handler, *_ = _HEAD.unpack_from(self._memory)
        self._started: float = started
        self._host: int = host
        self._timeout: float | None = timeout or None
        self._handler = os.fsdecode(handler.rstrip(b"\0")) or None
        for kept in (self._input, self._output):
            if kept >= 0:
                os.set_inheritable(kept, False)

    def settings(self) -> bytes:
        return self._settings

    def started(self) -> float:
        return self._started

    def boot(self) -> tuple[str | None, bool]:
        return "from source", False

    def hosted(self) -> int:
        return self._host

    def request(self) -> tuple[str | None, float | None, int, int, bytes, bytes]:
        (length,) = struct.unpack_from("I", self._memory, _REQUEST_LENGTH)
        (body_length,) = struct.unpack_from("I", self._memory, _BODY_LENGTH)
        end = _REQUEST + length
        head, body = self._memory[_REQUEST:end], self._memory[end : end + body_length]
        return self._handler, self._timeout, self._input, self._output, head, body

    def report_kind(self, is_json: bool, head: bytes, /) -> None:
        if len(head) > _REQUEST - _ANSWER:
            raise ValueError(f"headers of {len(head)} bytes are too long")
        self._memory[_ANSWER : _ANSWER + len(head)] = head
        struct.pack_into("I", self._memory, _ANSWER_LENGTH, len(head))
        self._memory[_IS_JSON] = is_json

    def report_output(self, length: int, short: bytes | None, /) -> None:
        if short is not None:
            self._memory[_REQUEST : _REQUEST + len(short)] = short
            self._memory[_IS_SHORT] = True
        struct.pack_into("Q", self._memory, _OUTPUT_LENGTH, length)
        self._set_state(_OUTPUT_STATE)

    def report_error(self, document: bytes, brief: bytes, /) -> None:
        if len(document) > len(self._memory) - _ERROR:  # there is a limit of the size of files
            document = brief
        self._memory[_BRIEF : _BRIEF + len(brief)] = brief
        self._memory[_ERROR : _ERROR + len(document)] = document
        struct.pack_into("II", self._memory, _ERROR_LENGTHS, len(document), len(brief))
        self._set_state(_ERROR_STATE)

    def _set_state(self, state: int) -> None:
        """Tell the supervisor, last of all: what it finds then is complete."""
        struct.pack_into("i", self._memory, _STATE, state)
