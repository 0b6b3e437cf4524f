"""Capture the process of a linked portable file, confirm it by an equal capture, and embed it."""

from __future__ import annotations

import mmap
import shutil
import time
from pathlib import Path

from build.core.configuration import BuildConfig
from build.link.machine_libraries import loader_and_libc
from build.snapshot.placements import BLOCKS, PAGES, PROFILES, read
from build.snapshot.process import format as snapshot_format
from build.snapshot.process.capture import BUILDER, Capture, capture, profile
from build.snapshot.process.determinism import DifferenceError, compare, normalize
from build.snapshot.process.kernel_words import kernel_words
from build.snapshot.process.layout import lay_out, mapped
from build.snapshot.suitability import draw_seed, refuse_secrets

_CAPTURES_MOST = 4
_SEED = 8  # bytes, of the seed of hashes, of the pointer guard of libc, and of the random numbers that libraries draw
_ANOTHER_SECOND = 1  # the clocks of a capture show whole seconds: a time that it keeps is another one in the next


def build_snapshot(linked: Path, config: BuildConfig, *, reproducible: bool) -> int:
    """Write the finished file; return the length of the snapshot in it.

    Raise UnsuitableError with the reason if the handlers leave behind what a snapshot cannot hold.
    """
    length = add_snapshot(linked, config.work, reproducible=reproducible)
    linked.rename(config.output).chmod(0o755)
    return length


def add_snapshot(linked: Path, work: Path, *, reproducible: bool) -> int:
    """Put its snapshot into the linked file, and return its length; raise UnsuitableError, as above."""
    builder = work / BUILDER
    shutil.copyfile(linked, builder)
    snapshot_format.open_for_capture(builder)
    builder.chmod(0o755)
    seed = draw_seed(builder, _SEED, reproducible=reproducible)
    placements = b""
    for _ in range(PROFILES):
        placements, _ = read(profile(builder, seed, placements, BLOCKS, work))
    first = _normalized(builder, seed, placements, work)
    _, written = read(profile(builder, seed, placements, PAGES, work))  # while the capture's second goes by
    first = _confirmed(first, builder, seed, placements, work)
    with linked.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        mappings, stored = lay_out(first, content, builder)
    refuse_secrets(stored)
    written = mapped(written, mappings)
    words = kernel_words(*loader_and_libc(), first.state.loader_data, work)
    snapshot_format.add_snapshot(linked, stored, mmap.PAGESIZE, first.state, words, written, mappings)
    return len(stored)


def finish_without(linked: Path, output: Path, work: Path) -> None:
    """Write a finished file that always boots cold: the linked one."""
    linked.rename(output)


def _confirmed(first: Capture, builder: Path, seed: int, placements: bytes, work: Path) -> Capture:
    """Return a capture that another one is equal to: the first, as a rule.

    Threads that a library starts and ends at import may leave freed memory in another order once in a while: then
    captures are taken until two are the same. What keeps a time, a number of a process or a random number never is.
    """
    taken = [first]
    differences: list[DifferenceError] = []
    while len(taken) < _CAPTURES_MOST:
        time.sleep(max(0.0, taken[-1].moment + _ANOTHER_SECOND - time.monotonic()))
        another = _normalized(builder, seed, placements, work)
        for earlier in taken:
            try:
                compare(earlier, another)
            except DifferenceError as error:
                differences.append(error)
            else:
                return earlier
        taken.append(another)
    raise differences[0]


def _normalized(builder: Path, seed: int, placements: bytes, work: Path) -> Capture:
    taken = capture(builder, seed, placements, work)
    normalize(taken)
    return taken
