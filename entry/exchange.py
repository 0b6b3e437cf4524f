"""The shared directory: its names, reading the input, staging an output, publishing. Knows no handler.

Neither the input nor what lies in the directory is trusted: nothing here follows a link or opens what is no ordinary
file. Files are made under a name of their own, with mode 0644 whatever the umask, and renamed (docs/contract.md).
In the file dist/fn the supervisor publishes (build/boot/exchange.c, the same steps); from source, entry/supervisor.py.
"""

from __future__ import annotations

import posix  # what `os` is made of: importing that takes a sixth of a cold boot

from . import errors
from .errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Bytes = bytes | bytearray | memoryview

INPUT = "input.json"
LOG = "out.log"
OUTPUT = "output.json"
ERROR = "error.json"
DONE = "done"
STAGED_OUTPUT = ".output.json.fn"
RESERVED_ERROR = ".error.json.fn"
RESERVED_DONE = ".done.fn"

ERROR_MAX = 1 << 20  # bytes of an error.json
BRIEF_MAX = 4096  # bytes of an error.json that a full disk still takes: the space reserved at the start

MODE = 0o644
_ELOOP = 40  # what opening a link with O_NOFOLLOW ends in
FILE_TYPE, REGULAR = 0o170000, 0o100000  # of st_mode; importing stat would cost a cold boot


class Exchange:
    """The directory that the function and the sidecar share."""

    __slots__ = ("_reserved_error", "path")

    def __init__(self, path: str) -> None:
        self.path = path if path.startswith("/") else f"{posix.getcwd()}/{path}"  # a handler may change the directory
        self._reserved_error = -1

    def _file(self, name: str) -> str:
        return f"{self.path}/{name}"

    # ---- for the function ----

    def read_input(self) -> bytes:
        """The bytes of the input; raises fn.input.missing or fn.input.unreadable."""
        try:
            descriptor = posix.open(
                self._file(INPUT), posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC
            )
        except FileNotFoundError:
            raise FunctionError(errors.INPUT_MISSING, f"there is no {INPUT} in {self.path}") from None
        except OSError as error:
            reason = "it is a symbolic link" if error.errno == _ELOOP else error.strerror
            raise FunctionError(errors.INPUT_UNREADABLE, f"{INPUT}: {reason}") from None
        try:
            status = posix.fstat(descriptor)
            if status.st_mode & FILE_TYPE != REGULAR:
                raise FunctionError(errors.INPUT_UNREADABLE, f"{INPUT}: not an ordinary file")
            return read_all(descriptor, status.st_size)
        except OSError as error:
            raise FunctionError(errors.INPUT_UNREADABLE, f"{INPUT}: {error.strerror}") from None
        finally:
            posix.close(descriptor)

    def stage_output(self, chunks: Iterable[Bytes]) -> None:
        """Writes a whole output beside its place; raises fn.output.unwritable, or what `chunks` raises."""
        path = self._file(STAGED_OUTPUT)
        try:
            descriptor = self._create(STAGED_OUTPUT)
        except OSError as error:
            raise _unwritable(error) from None
        try:
            for chunk in chunks:
                try:
                    write_all(descriptor, chunk)
                except OSError as error:
                    raise _unwritable(error) from None
        except BaseException:
            _remove(path)
            raise
        finally:
            posix.close(descriptor)

    # ---- for the supervisor ----

    def finished(self) -> bool:
        return _exists(self._file(DONE))

    def prepare(self) -> int:
        """Creates the log and reserves what publishing needs, removes stale results; the log's descriptor.

        Raises OSError when the directory cannot be written: there is nowhere to report to.
        """
        log = self._create_log()
        for name in (OUTPUT, ERROR, STAGED_OUTPUT):
            self._clear(name)
        posix.close(self._create(RESERVED_DONE))
        try:
            self._reserved_error = self._create(RESERVED_ERROR)
            posix.posix_fallocate(self._reserved_error, 0, BRIEF_MAX)
        except OSError:  # nothing could be reported: as in a directory that cannot be written
            for name in (LOG, RESERVED_DONE, RESERVED_ERROR):
                self._clear(name)
            raise
        return log

    def publish_output(self) -> bool:
        return self._publish(STAGED_OUTPUT, OUTPUT, ERROR)

    def publish_error(self, document: bytes, brief: bytes) -> bool:
        """Publishes a whole error.json; `brief` where the disk has no room for `document`."""
        self._clear(STAGED_OUTPUT)  # its space may be what the error needs
        if self._fill(self._reserved_error, document, brief) and self._publish(RESERVED_ERROR, ERROR, OUTPUT):
            return True
        descriptor = self._create(RESERVED_ERROR)
        try:
            return self._fill(descriptor, document, brief) and self._publish(RESERVED_ERROR, ERROR, OUTPUT)
        finally:
            posix.close(descriptor)

    def tidy(self) -> None:
        for name in (STAGED_OUTPUT, RESERVED_ERROR):
            self._clear(name)

    def announce(self) -> None:
        """Creates `done` by renaming, so that a sidecar that watches late sees it when it is announced again."""
        if not _exists(self._file(RESERVED_DONE)):
            posix.close(self._create(RESERVED_DONE))
        posix.rename(self._file(RESERVED_DONE), self._file(DONE))

    # ---- steps ----

    def _create(self, name: str, how: int = 0) -> int:
        flags = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW | posix.O_CLOEXEC | how
        try:
            descriptor = posix.open(self._file(name), flags, MODE)
        except FileExistsError:
            self._clear(name)
            descriptor = posix.open(self._file(name), flags, MODE)
        posix.fchmod(descriptor, MODE)
        return descriptor

    def _create_log(self) -> int:
        """An earlier log that is an ordinary file is emptied, not replaced: a reader may follow it already."""
        flags = posix.O_WRONLY | posix.O_APPEND | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_CLOEXEC
        try:
            descriptor = posix.open(self._file(LOG), flags)
        except OSError:
            return self._create(LOG, posix.O_APPEND)
        status = posix.fstat(descriptor)
        if status.st_mode & FILE_TYPE == REGULAR and status.st_nlink == 1:
            posix.ftruncate(descriptor, 0)
            posix.fchmod(descriptor, MODE)
            return descriptor
        posix.close(descriptor)
        return self._create(LOG, posix.O_APPEND)

    def _clear(self, name: str) -> None:
        """Takes a name out of the way, whatever lies there; a folder that is not empty is renamed."""
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

    def _publish(self, temporary: str, name: str, other: str) -> bool:
        self._clear(other)
        try:
            posix.rename(self._file(temporary), self._file(name))
        except IsADirectoryError:
            self._clear(name)
            posix.rename(self._file(temporary), self._file(name))
        except OSError:
            return False
        return True

    def _fill(self, descriptor: int, document: bytes, brief: bytes) -> bool:
        """From the start on, and cut afterwards: to empty the file first would free the space that is reserved."""
        for text in (document, brief):
            try:
                posix.lseek(descriptor, 0, 0)
                write_all(descriptor, text)
                posix.ftruncate(descriptor, len(text))
            except OSError:
                continue
            return True
        return False


def read_all(descriptor: int, size: int) -> bytes:
    """What is left of a file that is `size` bytes long, or of another length by now."""
    first = posix.read(descriptor, size + 1)  # one byte more, to see the end in the same call
    if len(first) == size:
        return first
    parts = [first]
    while parts[-1]:
        parts.append(posix.read(descriptor, 1 << 20))
    return b"".join(parts)


def write_all(descriptor: int, chunk: Bytes) -> None:
    """Writes all of it, in as many calls as that takes."""
    view = memoryview(chunk).cast("B")
    while view:
        view = view[posix.write(descriptor, view) :]


def _remove(path: str) -> None:
    if _exists(path):
        posix.unlink(path)


def _exists(path: str) -> bool:
    """Whether anything lies there, a link that leads nowhere included."""
    try:
        posix.lstat(path)
    except FileNotFoundError:
        return False
    return True


def _unwritable(error: OSError) -> FunctionError:
    return FunctionError(errors.OUTPUT_UNWRITABLE, f"{OUTPUT}: {error.strerror}")
