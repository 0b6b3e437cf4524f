"""The errors that a workflow sees: the exception, the codes, and their form as error.json. Decides nothing."""

from __future__ import annotations

import posix  # what `os` is made of: importing that takes a sixth of a cold boot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

USAGE = "fn.usage"
BOOT = "fn.boot"
HANDLER_UNKNOWN = "fn.handler.unknown"
HANDLER_AMBIGUOUS = "fn.handler.ambiguous"
HANDLER_IMPORT = "fn.handler.import"
INPUT_MISSING = "fn.input.missing"
INPUT_UNREADABLE = "fn.input.unreadable"
INPUT_INVALID = "fn.input.invalid"
INPUT_MISMATCH = "fn.input.mismatch"
OUTPUT_UNSERIALIZABLE = "fn.output.unserializable"
OUTPUT_UNWRITABLE = "fn.output.unwritable"
VARIABLE_MISSING = "fn.variable.missing"
VARIABLE_INVALID = "fn.variable.invalid"
VARIABLE_UNREADABLE = "fn.variable.unreadable"
VARIABLE_UNWRITABLE = "fn.variable.unwritable"
EXCEPTION = "fn.exception"
EXIT = "fn.exit"
KILLED = "fn.killed"
MEMORY = "fn.memory"
TIMEOUT = "fn.timeout"
TERMINATED = "fn.terminated"

_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)} | {ord('"'): '\\"', ord("\\"): "\\\\"}
_CUT = " ... (cut)"


class FunctionError(Exception):
    """An error for the workflow: raise it in a handler.

    With a code, a workflow can catch it (`catch: [{error: "greet.badInput"}]`). With `None` it cannot, and the
    workflow's author sees only "an internal error occurred". Rule 4 of docs/contract.md.
    """

    def __init__(self, code: str | None, message: str = "") -> None:
        super().__init__(code, message)
        self.code = None if code is None else str(code)
        self.message = ("" if message is None else str(message)) or self.code or "an error without a message"

    def __str__(self) -> str:
        error = complete(self)
        return f"{error.code}: {error.message}" if error.code else error.message


def complete(error: FunctionError) -> FunctionError:
    """Return an error whose code and message are texts: a subclass of an author's may have made others, or none."""
    code, message = getattr(error, "code", None), getattr(error, "message", "")
    if (code is None or isinstance(code, str)) and isinstance(message, str) and message:
        return error
    return FunctionError(code, message)


class LibraryNotLoadedError(ImportError):
    """A library that the file carries, and which the machine has no room to load: no fault of the handler's."""

    def __init__(self, library: str, refusal: str, name: str) -> None:
        super().__init__(f"{library}, which the file carries, could not be loaded: {refusal}", name=name, path=library)


def error_json(error: FunctionError, most: int, form: Callable[[str, str], str] | None = None) -> bytes:
    """Return the whole error.json for an error, of at most `most` bytes: the message is cut where it must be.

    `form` makes another document of code and message.

    Needs no library, so that any failure can be reported. Both values are always strings (docs/contract.md).
    """
    code, message, form = error.code or "", error.message, form or _form
    if len(message) > most:  # a character is at least a byte long
        message = message[: max(0, most - len(_CUT))] + _CUT
    document = form(code, message).encode("utf-8", "replace")
    while len(document) > most:
        surplus = len(document) - most + len(_CUT)
        if len(message) > len(_CUT):  # as if all characters were of the same length: a few rounds where they are not
            gone = max(surplus * len(message) // len(document), 1)
            message = message[: max(0, len(message) - gone - len(_CUT))] + _CUT
        else:
            code = code[: max(0, len(code) - max(surplus // 6, 1))]
        document = form(code, message).encode("utf-8", "replace")
    return document


def of_machine(error: BaseException | None) -> FunctionError | None:
    """Return fn.boot where a library found no room to be loaded, whatever was raised because of that; else None."""
    seen: set[int] = set()  # an author may have made a circle of causes
    while error is not None and not isinstance(error, LibraryNotLoadedError) and id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    if not isinstance(error, LibraryNotLoadedError):
        return None
    return FunctionError(BOOT, f"{error}; give the run more memory, address space or room")


def what_is_missing(error: BaseException) -> str:
    """Return more words for an error that says too little: what the machine lacks, and the next step."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__") if trace else None
    if isinstance(error, OSError) and module in ("multiprocessing.synchronize", "multiprocessing.shared_memory"):
        try:
            posix.stat("/dev/shm")  # noqa: S108  # where libc has semaphores and shared memory
        except OSError:
            return (
                ": there is no /dev/shm, which multiprocessing wants for locks and shared memory; mount a tmpfs there"
            )
    return ""


def escaped(text: str) -> str:
    """Return a text as it is between quotation marks in JSON."""
    return text.translate(_ESCAPES)


def _form(code: str, message: str) -> str:
    return f'{{"code":"{escaped(code)}","message":"{escaped(message)}"}}'
