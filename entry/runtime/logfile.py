"""Appends whole lines to out.log, for runs from source: as the writing half of log_writer.c does.

A full disk loses lines, never parts of them, and says how many once there is room again. Never in the file dist/fn.
"""

from __future__ import annotations

import os
import select
from time import monotonic, sleep

_PAGE = 4096  # what the kernel makes visible to a reader at once


def first_piece(lines: bytes, offset: int) -> int:
    """How many bytes to write at `offset` in one go: whole lines up to the end of the page, or the one that crosses it.

    A reader can see the parts of a write on either side of a page's end one after the other.
    """
    room = _PAGE - offset % _PAGE
    if len(lines) <= room:
        return len(lines)
    return (lines.rfind(b"\n", 0, room) + 1) or lines.index(b"\n") + 1


class LogFile:
    """The log of one run; `tee` also copies to the standard error stream of the container."""

    def __init__(self, descriptor: int, *, tee: bool) -> None:
        self._descriptor, self._tee = descriptor, tee
        self._lost = 0
        self._written_at = self._rested = 0.0

    def write(self, lines: bytes) -> None:
        """Appends whole lines."""
        if not lines:
            return
        if self._tee:
            _copy(lines)
        if self._lost:
            lost, self._lost = self._lost, 0
            if not self._append(f"fn: {lost} log lines were lost, the disk was full\n".encode()):
                self._lost = lost
        self._append(lines)

    def _rest(self) -> None:
        """Before a line that crosses the end of a page: lets a reader that a write has just woken read on.

        At the end of the file it would see half of the line. A second of a run is the most that it costs.
        """
        if monotonic() - self._written_at < 2e-3 and self._rested < 1:
            sleep(5e-4)
            self._rested += 5e-4

    def _append(self, lines: bytes) -> bool:
        while lines:
            before = os.fstat(self._descriptor).st_size
            piece = lines[: first_piece(lines, before)]
            if before % _PAGE + len(piece) > _PAGE:
                self._rest()
            written = _write(self._descriptor, piece)
            self._written_at = monotonic()
            if written < len(piece):
                kept = piece.rfind(b"\n", 0, written) + 1
                os.ftruncate(self._descriptor, before + kept)
                self._lost += lines.count(b"\n", kept)
                return False
            lines = lines[written:]
        return True


def _write(descriptor: int, data: bytes) -> int:
    """The bytes that the disk took."""
    done = 0
    while done < len(data):
        try:
            done += os.write(descriptor, data[done:])
        except OSError:
            break
    return done


def _copy(lines: bytes) -> None:
    """A reader that has stopped must not stop the run: up to PIPE_BUF bytes are taken at once or not at all."""
    poll = select.poll()
    try:
        poll.register(2, select.POLLOUT)
        while lines and any(event & select.POLLOUT for _, event in poll.poll(0)):
            lines = lines[os.write(2, lines[:_PAGE]) :]
    except OSError:
        return  # nobody reads, or there is no such stream
