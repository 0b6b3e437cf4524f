"""Start a file that captures itself, and read the memory of the process that it has become.

The process sends its memory by itself, so that no right to trace others is needed, which a container may not have.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedRWPair
from pathlib import Path

from build.core.console import counted
from build.core.session import Ended, Session
from build.snapshot.placements import BLOCKS, COUNTS, tables_length
from build.snapshot.process.format import STATE_LENGTH, State
from build.snapshot.process.regions import Region, regions_of
from build.snapshot.suitability import UnsuitableError, capture_failed
from build.snapshot.warm_up import lines_of_others, make_exchange

BUILDER = "builder"  # what the file is called that captures itself
_HELLO = struct.Struct("<QQ")
_RANGE = struct.Struct("<QQ")
_PLACEMENTS, _KEEPERS = "placements", "keepers"  # files, and the second a word for the program


@dataclass
class Capture:
    """The memory of a process, in the order of addresses."""

    state: State
    regions: list[Region]
    streams: list[tuple[int, int]]  # device and number of each of the process's streams
    moment: float = 0.0  # when all was imported, of the clock that is never set
    profile: bytes = b""  # of pages that runs write (build/snapshot/placements.py), if it was asked for

    def memory(self, address: int, length: int) -> bytes:
        region = next(each for each in self.regions if each.start <= address < each.end)
        return bytes(region.content[address - region.start : address - region.start + length])

    def replace(self, address: int, content: bytes) -> None:
        """Write into the memory; nothing where none is kept."""
        for region in self.regions:
            if region.start <= address < region.start + len(region.content):
                at = address - region.start
                region.content[at : at + len(content)] = content


def capture(builder: Path, seed: int, number: int, work: Path, *, profiled: bool) -> Capture:
    """Return the memory of the snapshot builder; with `profiled`, and then the pages that its runs write.

    Two processes can be captured at the same time, as numbers 0 and 1: each has its own folder, and one sees even
    seconds, the other odd ones. Raise UnsuitableError with the reason if the handlers leave behind what a snapshot
    cannot hold.
    """
    with _started(builder, seed, "capture", number, work) as (control, output):
        process, state_address = _answer(_HELLO, control, output)
        moment = time.monotonic()
        found = [Path(f"/proc/{process}/fd/{stream}").stat() for stream in range(3)]
        streams = [(each.st_dev, each.st_ino) for each in found]
        state, regions = _read(control, process, state_address, builder)
        return Capture(state, regions, streams, moment, _profile_of_pages(control, output) if profiled else b"")


def _profile_of_pages(control: BufferedRWPair, output: _Output) -> bytes:
    """Let a process go on whose memory was read."""
    control.write(_RANGE.pack(0, 0))
    control.flush()
    return _profile(control, output)


def profile_blocks(builder: Path, seed: int, work: Path) -> bytes:
    """Return what a profiling run says: build/snapshot/placements.py."""
    with _started(builder, seed, BLOCKS, 0, work) as (control, output):
        return _profile(control, output)


def _profile(control: BufferedRWPair, output: _Output) -> bytes:
    counts = COUNTS.pack(*_answer(COUNTS, control, output))
    return counts + control.read(tables_length(counts))


def keepers(builder: Path, seed: int, number: int, places: Sequence[int], work: Path) -> list[str]:
    """Return the names that lead to what lies at these addresses in a capture; none if nobody knows."""
    (work / _KEEPERS).write_text("\n".join(map(hex, places)), encoding="ascii")
    with _started(builder, seed, _KEEPERS, number, work) as (_, output):
        return output.lines() if output.status() == 0 else []


def place(placements: bytes, work: Path) -> None:
    """Put down where processes that are started now find which block of memory goes where."""
    (work / _PLACEMENTS).write_bytes(placements)


@contextmanager
def _started(builder: Path, seed: int, what: str, number: int, work: Path) -> Iterator[tuple[BufferedRWPair, _Output]]:
    """Yield a process: how to ask it, and what it prints."""
    folder = work / f"warm-up-{number}"
    make_exchange(folder)
    ours, theirs = socket.socketpair()
    with ours, ours.makefile("rwb") as control:
        with theirs:
            # no path of this machine: it is in the snapshot
            words: list[str | Path] = [builder, str(seed), f"../{_PLACEMENTS}", what, str(number)]
            session = Session(words, cwd=folder, environment={}, stdin=theirs.fileno(), is_one_stream=True)
        output = _Output(session, ours)
        try:
            yield control, output
        except KeyboardInterrupt:
            session.kill()
            raise
        finally:
            control.close()
            ours.close()
            output.status()


def _answer(form: struct.Struct, control: BufferedRWPair, output: _Output) -> tuple[int, ...]:
    """Return the first that a process says; raise UnsuitableError if it ends before."""
    packed = control.read(form.size)
    if len(packed) < form.size:
        raise capture_failed(output.status(), output.lines())
    return form.unpack(packed)


class _Output:
    """What a process writes, read beside it: its streams are pipes, as those of a run are."""

    def __init__(self, session: Session, control: socket.socket) -> None:
        self._session, self._control = session, control
        self._ended = Ended(0, "", "")
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        self._ended = self._session.follow()
        with suppress(OSError):  # closed, as a rule
            # What imports have forked has the other end, too, and may live on: nobody waits for its answer.
            self._control.shutdown(socket.SHUT_RDWR)

    def status(self) -> int:
        self._reader.join()
        return self._ended.status

    def lines(self) -> list[str]:
        self._reader.join()
        return lines_of_others(self._ended.stdout)


def _read(control: BufferedRWPair, process: int, state_address: int, builder: Path) -> tuple[State, list[Region]]:
    def memory(start: int, length: int) -> bytearray:
        control.write(_RANGE.pack(start, length))
        control.flush()
        content = bytearray(length)
        if control.readinto(content) < length:
            raise UnsuitableError(
                f"the snapshot cannot be taken: its memory at {start:#x} cannot be read",
                "an import may have mapped more than a file has: map it in the handler or under @on_start",
            )
        return content

    state = State.unpack(bytes(memory(state_address, STATE_LENGTH)))
    threads = list(Path(f"/proc/{process}/task").iterdir())
    if len(threads) > 1:
        raise UnsuitableError(
            f"the snapshot cannot be taken: a fork handler has left {counted(len(threads) - 1, 'thread')} running"
        )
    found = regions_of(Path(f"/proc/{process}/smaps").read_text(), builder)
    for region in found:
        if region.start <= state.stack_start < region.end:
            region.start = state.stack_start & ~0xFFF  # nothing below is kept
        if not region.is_wiped and not region.is_as_in_file:
            region.content = bytearray(region.length) if region.is_unused else memory(region.start, region.length)
    return state, found
