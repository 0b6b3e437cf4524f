"""The shared directory, as the supervisor of runs from source sees it: log, outcome, announcement.

The same steps as in build/boot/supervisor/exchange.c. Never in the file dist/fn.
"""

from __future__ import annotations

import fcntl
import posix

from .exchange import (
    BRIEF_MAX,
    DONE,
    ERROR,
    FILE_TYPE,
    LOG,
    MODE,
    OUTCOME,
    OUTPUT,
    REGULAR,
    RESERVED_DONE,
    Exchange,
    write_all,
)


class Publisher(Exchange):
    """The directory of one run; knows the file that was made for its outcome."""

    __slots__ = ("_lock", "_outcome")

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._outcome = self._lock = -1

    def lock(self, mark: str) -> bool:
        """Whether no other run uses the directory; none does until this process ends.

        `mark` holds the numbers of the directories of the runs that this process descends from.
        """
        try:
            self._lock = posix.open(self.path, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
        except PermissionError:  # it cannot be listed; nor locked, then
            return self.number() not in mark.split(",")
        if self.number() in mark.split(","):
            return False
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system may have no locks
        return True

    def number(self) -> str:
        """What tells the directory from others, by whatever path; as build/boot/supervisor/descendant.c writes it."""
        status = posix.stat(self.path)
        return f"{status.st_dev:x}:{status.st_ino:x}"

    def leave_lock(self) -> None:
        """For the function: the lock is the supervisor's, and ends with it."""
        if self._lock >= 0:
            posix.close(self._lock)

    def finished(self) -> bool:
        return _exists(self._file(DONE))

    def prepare(self) -> int:
        """Creates the log and reserves what publishing needs, removes stale results; the log's descriptor.

        Raises OSError when the directory cannot be written: there is nowhere to report to.
        """
        log = self._create_log()
        for name in (OUTPUT, ERROR):
            self._clear(name)
        posix.close(self._create(RESERVED_DONE))
        try:
            self._outcome = self._create(OUTCOME)
            posix.posix_fallocate(self._outcome, 0, BRIEF_MAX)
        except OSError:  # nothing could be reported: as in a directory that cannot be written
            for name in (LOG, RESERVED_DONE, OUTCOME):
                self._clear(name)
            raise
        return log

    def publish_output(self, length: int) -> bool:
        """False when what is staged is no file of that length, or cannot be published."""
        try:
            staged = posix.lstat(self._file(OUTCOME))
        except FileNotFoundError:
            return False
        if staged.st_mode & FILE_TYPE != REGULAR or staged.st_size != length:
            return False
        return self._publish(OUTCOME, OUTPUT, ERROR)

    def publish_error(self, document: bytes, brief: bytes) -> bool:
        """Publishes a whole error.json; `brief` where the disk has no room for `document`."""
        if (
            self._outcome_is_in_place()
            and self._fill(self._outcome, document, brief)
            and self._publish(OUTCOME, ERROR, OUTPUT)
        ):
            return True
        descriptor = self._create(OUTCOME)
        try:
            return self._fill(descriptor, document, brief) and self._publish(OUTCOME, ERROR, OUTPUT)
        finally:
            posix.close(descriptor)

    def _outcome_is_in_place(self) -> bool:
        """Whether the reserved file is what lies under its name: a handler may have put another one there."""
        try:
            found, reserved = posix.lstat(self._file(OUTCOME)), posix.fstat(self._outcome)
        except OSError:
            return False
        return (found.st_ino, found.st_dev) == (reserved.st_ino, reserved.st_dev)

    def tidy(self) -> None:
        self._clear(OUTCOME)

    def announce(self) -> None:
        """Creates `done` by renaming, so that a sidecar that watches late sees it when it is announced again."""
        if not _exists(self._file(RESERVED_DONE)):
            posix.close(self._create(RESERVED_DONE))
        posix.rename(self._file(RESERVED_DONE), self._file(DONE))

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


def _exists(path: str) -> bool:
    """Whether anything lies there, a link that leads nowhere included."""
    try:
        posix.lstat(path)
    except FileNotFoundError:
        return False
    return True
