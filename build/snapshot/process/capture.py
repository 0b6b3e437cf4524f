"""Start a file that captures itself, and read the memory of the process that it has become.

The process sends its memory by itself, so that no right to trace others is needed, which a container may not have.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from build.core.console import counted
from build.core.errors import BuildError
from build.snapshot.process.format import EXECUTE, HOLE_END, HOLE_START, READ, STATE_LENGTH, WRITE, State
from build.snapshot.suitability import BROKEN, UnsuitableError

BUILDER = "builder"  # what the file is called that captures itself
_HELLO = struct.Struct("<QQ")
_RANGE = struct.Struct("<QQ")
_COUNTS, _PLACEMENT, _PAGE = struct.Struct("<3Q"), 4, 8  # of a profile, in bytes
_PLACEMENTS = "placements"
_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)\n")


@dataclass
class Region:
    """A stretch of the captured process's memory, with what was in it."""

    start: int
    end: int
    protection: int
    offset: int  # in the file that it was mapped from
    name: str
    is_wiped: bool = False  # by a fork
    content: bytearray = field(default_factory=bytearray)

    @property
    def place(self) -> tuple[int, int, int, bool]:
        return self.start, self.end, self.protection, self.is_wiped


@dataclass
class Capture:
    """The memory of a process, in the order of addresses."""

    state: State
    regions: list[Region]
    streams: list[tuple[int, int]]  # device and number of each of the process's streams

    def memory(self, address: int, length: int) -> bytes:
        region = next(each for each in self.regions if each.start <= address < each.end)
        return bytes(region.content[address - region.start : address - region.start + length])

    def replace(self, address: int, content: bytes) -> None:
        """Write into the memory; nothing where none is kept."""
        for region in self.regions:
            if region.start <= address < region.start + len(region.content):
                at = address - region.start
                region.content[at : at + len(content)] = content


def capture(builder: Path, seed: int, placements: bytes, work: Path) -> Capture:
    """Return the memory of the snapshot builder.

    Raise UnsuitableError with the reason if the handlers leave behind what a snapshot cannot hold.
    """
    with _started(builder, seed, placements, "capture", work) as (control, output, streams):
        process, state_address = _answer(_HELLO, control, output)
        state, regions = _read(control, process, state_address, builder)
    return Capture(state, regions, streams)


def profile(builder: Path, seed: int, placements: bytes, work: Path) -> bytes:
    """Return what a profiling run says: build/snapshot/placements.py."""
    with _started(builder, seed, placements, "profile", work) as (control, output, _):
        counts = _answer(_COUNTS, control, output)
        blocks, *pages = counts
        return _COUNTS.pack(*counts) + control.read(_PLACEMENT * blocks + _PAGE * sum(pages))


@contextmanager
def _started(
    builder: Path, seed: int, placements: bytes, what: str, work: Path
) -> Iterator[tuple[IO[bytes], _Output, list[tuple[int, int]]]]:
    """Yield a process: how to ask it, what it prints, and its streams."""
    folder = work / "warm-up"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "input.json").write_text('{"name": "warm-up", "list": [1, 2.5, null, true]}')
    (work / _PLACEMENTS).write_bytes(placements)
    ours, theirs = socket.socketpair()
    with ours, cast("IO[bytes]", ours.makefile("rwb")) as control:
        process = subprocess.Popen(
            [str(builder), str(seed), f"../{_PLACEMENTS}", what],  # no path of this machine: it is in the snapshot
            cwd=folder,
            env={},
            stdin=theirs.fileno(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        numbers = [os.fstat(stream.fileno()) for stream in (theirs, cast("IO[bytes]", process.stdout))]
        theirs.close()
        output = _Output(process)
        try:
            yield control, output, [(each.st_dev, each.st_ino) for each in numbers]
        finally:
            control.close()
            ours.close()
            process.wait()
            output.lines()


def _answer(form: struct.Struct, control: IO[bytes], output: _Output) -> tuple[int, ...]:
    """Return the first that a process says; raise UnsuitableError if it ends before."""
    packed = control.read(form.size)
    if len(packed) < form.size:
        raise _failed(output.status(), output.lines())
    return form.unpack(packed)


class _Output:
    """What a process writes, read beside it: its streams are pipes, as those of a run are."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._text = b""
        self._process = process
        self._pipe = cast("IO[bytes]", process.stdout)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with self._pipe:
            self._text = self._pipe.read()

    def status(self) -> int:
        return self._process.wait()

    def lines(self) -> list[str]:
        self._reader.join()
        found = self._text.decode(errors="replace").splitlines()
        return [line for line in found if not line.startswith("warm-up ")]


def _failed(status: int, printed: list[str]) -> BuildError:
    kind = BuildError if status == BROKEN else UnsuitableError
    return kind("the snapshot cannot be taken", "\n".join(printed[-25:]) or f"status {status}")


def _read(control: IO[bytes], process: int, state_address: int, builder: Path) -> tuple[State, list[Region]]:
    def memory(start: int, length: int) -> bytes:
        control.write(_RANGE.pack(start, length))
        control.flush()
        content = control.read(length)
        if len(content) < length:
            raise BuildError(f"the snapshot cannot be taken: its memory at {start:#x} cannot be read")
        return content

    state = State.unpack(memory(state_address, STATE_LENGTH))
    threads = list(Path(f"/proc/{process}/task").iterdir())
    if len(threads) > 1:
        raise UnsuitableError(
            f"the snapshot cannot be taken: a fork handler has left {counted(len(threads) - 1, 'thread')} running"
        )
    regions = _regions(Path(f"/proc/{process}/smaps").read_text(), builder)
    for region in regions:
        if region.start <= state.stack_start < region.end:
            region.start = state.stack_start & ~0xFFF  # nothing below is kept
        if not region.is_wiped:
            region.content[:] = memory(region.start, region.end - region.start)
    return state, regions


def _regions(smaps: str, builder: Path) -> list[Region]:
    """Return those of the hole that can be read; raise UnsuitableError for what would be shared by all runs."""
    regions: list[Region] = []
    for line in smaps.splitlines(keepends=True):
        found = _REGION.fullmatch(line)
        if found:
            start, end = int(found[1], 16), int(found[2], 16)
            allowed = found[3]
            inside = HOLE_START <= start < HOLE_END and allowed[:3] != "---"
            if inside and allowed[3] == "s":
                raise UnsuitableError(
                    "the snapshot cannot be taken: an import shares memory with other processes "
                    f"({found[5] or 'no file'})",
                    "make it in the handler or under @on_start",
                )
            protection = READ * (allowed[0] == "r") + WRITE * (allowed[1] == "w") + EXECUTE * (allowed[2] == "x")
            region = Region(start, end, protection, int(found[4], 16), found[5])
            if inside:
                regions.append(region)
        elif line.startswith("VmFlags:") and regions and region is regions[-1]:
            region.is_wiped = "wf" in line.split()
    return regions
