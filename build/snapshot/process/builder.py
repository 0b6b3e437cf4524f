"""Capture the process of a linked portable file, confirm it by an equal capture, and embed it.

The two captures are taken at the same time, if there are two processors.
"""

from __future__ import annotations

import mmap
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from build.core.configuration import BuildConfig
from build.core.console import counted
from build.core.session import killed_when_interrupted
from build.link.machine_libraries import loader_and_libc
from build.snapshot.placements import PROFILES, read
from build.snapshot.process import format as snapshot_format
from build.snapshot.process.capture import BUILDER, Capture, capture, keepers, place, profile_blocks
from build.snapshot.process.determinism import DifferenceError, compare, normalize
from build.snapshot.process.kernel_words import kernel_words
from build.snapshot.process.layout import lay_out, mapped
from build.snapshot.suitability import draw_seed, refuse_secrets

_AT_ONCE, _CAPTURES_MOST = 2, 4
_LOOKED_FOR = 64  # words that differ, of all
_SEED = 8  # bytes, of the seed of hashes, of the pointer guard of libc, and of the random numbers that libraries draw
_OTHER_SECONDS = 2  # the clocks of a capture show every other second: later the same number sees no second again


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
    with ThreadPoolExecutor(_AT_ONCE) as pool, killed_when_interrupted():
        of_kernel = pool.submit(kernel_words, *loader_and_libc(), work)
        place(b"", work)
        for _ in range(PROFILES):
            place(read(profile_blocks(builder, seed, work))[0], work)
        taken = list(pool.map(lambda number: _normalized(builder, seed, number, work), range(_AT_ONCE)))
    _, written = read(taken[0].profile)
    first = _confirmed(taken, builder, seed, work)
    with linked.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        mappings, stored = lay_out(first, content, builder)
    refuse_secrets(stored)
    written = mapped(written, mappings)
    loader_data = first.state.loader_data
    words = [(loader_data + at, name) for at, name in of_kernel.result()] if loader_data else []
    snapshot_format.add_snapshot(linked, stored, mmap.PAGESIZE, first.state, words, written, mappings)
    return len(stored)


def finish_without(linked: Path, output: Path, work: Path) -> None:
    """Write a finished file that always boots cold: the linked one."""
    linked.rename(output)


def _confirmed(taken: list[Capture], builder: Path, seed: int, work: Path) -> Capture:
    """Return a capture that another one is equal to: the first, as a rule.

    Threads that a library starts and ends at import may leave freed memory in another order once in a while: then
    captures are taken until two are the same. What keeps a time, a number of a process or a random number never is.
    """
    differences: list[DifferenceError] = []
    for count in range(1, _CAPTURES_MOST):
        if count == len(taken):
            time.sleep(max(0.0, taken[-1].moment + _OTHER_SECONDS - time.monotonic()))
            taken.append(_normalized(builder, seed, count % _AT_ONCE, work))
        for earlier in taken[:count]:
            try:
                compare(earlier, taken[count])
            except DifferenceError as error:
                differences.append(error)
            else:
                return earlier
    raise _with_keepers(differences[0], builder, seed, work)


def _with_keepers(error: DifferenceError, builder: Path, seed: int, work: Path) -> DifferenceError:
    """Return the error, with the names that lead to what differs, if it is Python's."""
    if not error.places or not (names := keepers(builder, seed, 0, error.places[:_LOOKED_FOR], work)):
        return error
    words = counted(len(error.places), "word")
    return DifferenceError(f"two snapshots differ in {words}, kept by {', '.join(names)}", error.advice)


def _normalized(builder: Path, seed: int, number: int, work: Path) -> Capture:
    taken = capture(builder, seed, number, work, profiled=number == 0)
    normalize(taken)
    return taken
