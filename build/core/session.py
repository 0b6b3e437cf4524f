"""Run programs that run what authors wrote, which may start others and leave them behind: nothing waits for those.

Each has a session of its own. When it ends, the rest of its process group is killed, and what was written until then is
all. A daemon has left the group and lives on, with the streams: so nobody reads a pipe to its end.
"""

from __future__ import annotations

import array
import fcntl
import os
import selectors
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_AT_ONCE = 1 << 16  # bytes
_running: set[Session] = set()
_changing = threading.Lock()  # what is not reaped keeps its number, so that no other group is ever killed


@dataclass(frozen=True)
class Ended:
    """How a program has ended, and what it has written; bytes that are no text are shown as such."""

    status: int
    stdout: str
    stderr: str


class Session:
    """A program that was started. Whoever has started it calls `follow`, here or in a thread, or it is never reaped."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        is_one_stream: bool = False,
    ) -> None:
        """Start it; a pipe as `stdin` is at its end. With `is_one_stream`, stderr is the same pipe as stdout."""
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env=environment, stdin=stdin, stdout=pipe,
            stderr=subprocess.STDOUT if is_one_stream else pipe, start_new_session=True,
        )  # fmt: skip
        _running.add(self)
        if self._process.stdin:
            self._process.stdin.close()

    def follow(self, patience: float | None = None) -> Ended:
        """Read what it writes until it ends, and end what it has left in its group.

        Kill all of that at once if this is interrupted, or takes longer than so many seconds: raise TimeoutExpired.
        """
        streams = [self._process.stdout, self._process.stderr]
        written = {pipe: bytearray() for pipe in streams if pipe}
        with ExitStack() as stack:
            for pipe in written:
                stack.enter_context(pipe)
            try:
                self._read(written, patience)
            finally:
                with _changing:
                    self._signal()
                    _running.discard(self)
                    self._process.wait()
            for pipe, text in written.items():
                text.extend(_waiting(pipe))
        stdout, stderr = (written[pipe].decode(errors="backslashreplace") if pipe else "" for pipe in streams)
        return Ended(self._process.returncode, stdout, stderr)

    def kill(self) -> None:
        """Kill it and its group, if it has not ended by itself; `follow` tells how it has ended."""
        with _changing:
            if self in _running:
                self._signal()

    def _signal(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # what has become another user's is not ours to kill
            os.killpg(self._process.pid, signal.SIGKILL)

    def _read(self, written: Mapping[IO[bytes], bytearray], patience: float | None) -> None:
        """Read until the process itself has ended, whoever else has its streams."""
        last = None if patience is None else time.monotonic() + patience
        end = os.pidfd_open(self._process.pid)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(end, selectors.EVENT_READ)
                for pipe, text in written.items():
                    selector.register(pipe, selectors.EVENT_READ, text)
                while True:
                    events = selector.select(None if last is None else max(0.0, last - time.monotonic()))
                    if any(key.fd == end for key, _ in events):
                        return
                    if patience is not None and last is not None and time.monotonic() >= last:
                        raise subprocess.TimeoutExpired(self._process.args, patience)
                    for key, _ in events:
                        part = os.read(key.fd, _AT_ONCE)
                        key.data.extend(part)
                        if not part:
                            selector.unregister(key.fileobj)
        finally:
            os.close(end)


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    patience: float | None = None,
) -> Ended:
    """Run a program to its end; raise TimeoutExpired, and kill it, if that takes longer than so many seconds."""
    return Session(command, cwd=cwd, environment=environment, stdin=stdin).follow(patience)


@contextmanager
def killed_when_interrupted() -> Iterator[None]:
    """Kill what other threads run and wait for, if this one is interrupted: Ctrl-C reaches no other session."""
    try:
        yield
    except KeyboardInterrupt:
        for session in [*_running]:
            session.kill()
        raise


def _waiting(pipe: IO[bytes]) -> bytes:
    """Return what has been written and not read, and no more: a daemon may write for ever."""
    length = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, length)
    return os.read(pipe.fileno(), length[0]) if length[0] else b""
