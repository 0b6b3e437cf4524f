"""The shared directory: read the input, stage an output. Publish nothing, know no handler.

Neither the input nor what lies in the directory is trusted: nothing here follows a link or opens what is no ordinary
file. Files are made under a name of their own, with mode 0644 whatever the umask, and renamed (docs/contract.md).
The supervisor publishes (build/boot/supervisor/exchange.c).
"""

from __future__ import annotations

import posix  # what `os` is made of: importing that takes a sixth of a cold boot

from ..api import errors
from ..api.errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..api.event import Event
    from .direktiv import Action

    Bytes = bytes | bytearray | memoryview

INPUT = "input.json"
OUTPUT = "output.json"
ERROR = "error.json"
OUTCOME = ".outcome.fn"  # made at the start; becomes OUTPUT or ERROR

ERROR_MAX = 1 << 20  # bytes of an error.json
BRIEF_MAX = 4096  # bytes of an error.json that a full disk still takes: the space reserved at the start

MODE = 0o644
_ELOOP = 40  # what opening a link with O_NOFOLLOW ends in
FILE_TYPE, REGULAR = 0o170000, 0o100000  # of st_mode; importing stat would cost a cold boot


class Exchange:
    """The directory that the function and the sidecar share."""

    __slots__ = ("head", "is_json", "path", "short", "staged_length")

    def __init__(self, path: str) -> None:
        self.path = path if path.startswith("/") else f"{posix.getcwd()}/{path}"  # a handler may change the directory
        self.staged_length = 0  # bytes of the output
        self.short: bytes | None = None  # the whole output, if the host takes a short one without a file
        self.is_json = False  # whether the output is JSON, for hosts that have to say so
        self.head = b""  # HTTP headers for the output, each with its end of line

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of an HTTP request, by their names in small letters; there are none here."""
        return {}

    @property
    def event(self) -> Event | None:
        """Return the CloudEvent whose data is the input."""
        return None

    @property
    def action(self) -> Action | None:
        """Return what Direktiv's headers say of a request; there is no request here."""
        return None

    def note_unexpected(self, error: BaseException) -> None:
        """Keep what a host reports of an error beside its code and message: nothing, but for Lambda."""

    def error_document(self, error: FunctionError) -> bytes:
        """Return the document of an error that the host gives to whoever asked for the run."""
        return errors.error_json(error, ERROR_MAX)

    def _file(self, name: str) -> str:
        return f"{self.path}/{name}"

    def read_input(self) -> bytes | None:
        """Read the input, None for an event without data; raise fn.input.missing or fn.input.unreadable."""
        try:
            found = read_ordinary(self._file(INPUT), posix.O_NOFOLLOW)
        except FileNotFoundError:
            raise FunctionError(errors.INPUT_MISSING, f"there is no {INPUT} in {self.path}") from None
        except OSError as error:
            reason = "it is a symbolic link" if error.errno == _ELOOP else error.strerror
            raise FunctionError(errors.INPUT_UNREADABLE, f"{INPUT}: {reason}") from None
        if found is None:
            raise FunctionError(errors.INPUT_UNREADABLE, f"{INPUT}: not an ordinary file")
        return found

    def stage_output(self, chunks: Iterable[Bytes]) -> None:
        """Write a whole output under another name; raise fn.output.unwritable, or what `chunks` raises.

        A part that was written before an error stays: publishing the error overwrites it.
        """
        try:
            descriptor, reserved = self._open_outcome()
        except OSError as error:
            raise unwritable(OUTPUT, error) from None
        length = 0
        try:
            for chunk in chunks:
                try:
                    length += write_all(descriptor, chunk)
                except OSError as error:
                    raise unwritable(OUTPUT, error) from None
            if length < reserved:
                posix.ftruncate(descriptor, length)
            self.staged_length = length
        finally:
            posix.close(descriptor)

    def _open_outcome(self) -> tuple[int, int]:
        """Return the file that was reserved, and its length; a new one if something else lies there by now."""
        flags = posix.O_WRONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC
        try:
            descriptor = posix.open(self._file(OUTCOME), flags)
        except OSError:
            return self._create(OUTCOME), 0
        status = posix.fstat(descriptor)
        if status.st_mode & FILE_TYPE == REGULAR and status.st_nlink == 1:
            return descriptor, status.st_size
        posix.close(descriptor)
        return self._create(OUTCOME), 0

    def _create(self, name: str, how: int = 0) -> int:
        flags = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW | posix.O_CLOEXEC | how
        try:
            descriptor = posix.open(self._file(name), flags, MODE)
        except FileExistsError:
            self._clear(name)
            descriptor = posix.open(self._file(name), flags, MODE)
        posix.fchmod(descriptor, MODE)
        return descriptor

    def _clear(self, name: str) -> None:
        """Take a name out of the way, whatever lies there; rename a folder that is not empty."""
        path = self._file(name)
        try:
            posix.unlink(path)
        except FileNotFoundError:
            return
        except IsADirectoryError:
            try:
                posix.rmdir(path)
            except OSError:
                posix.rename(path, f"{path}.stale")


def read_ordinary(path: str, flags: int = 0) -> bytes | None:
    """Return all of a file, None if it is no ordinary one; raise OSError. `flags`: more flags for opening it."""
    descriptor = posix.open(path, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC | flags)
    try:
        status = posix.fstat(descriptor)
        return read_all(descriptor, status.st_size) if status.st_mode & FILE_TYPE == REGULAR else None
    finally:
        posix.close(descriptor)


def read_all(descriptor: int, size: int) -> bytes:
    """Return the rest of a file that had `size` bytes, and may have another length by now."""
    first = posix.read(descriptor, size + 1)  # one byte more, to see the end in the same call
    if len(first) == size:
        return first
    parts = [first]
    while parts[-1]:
        parts.append(posix.read(descriptor, 1 << 20))
    return b"".join(parts)


def write_all(descriptor: int, chunk: Bytes) -> int:
    """Write all of it, in as many calls as that takes; return the number of bytes."""
    view = memoryview(chunk)
    view = view.cast("B") if view.c_contiguous else memoryview(view.tobytes())  # a part such as view[::2] has gaps
    length = len(view)
    while view:
        view = view[posix.write(descriptor, view) :]
    return length


def unwritable(what: str, error: OSError) -> FunctionError:
    return FunctionError(errors.OUTPUT_UNWRITABLE, f"{what}: {error.strerror}")
