"""Takes the snapshot of a linked portable file and adds it: a capture that another one is equal to."""

from __future__ import annotations

import mmap
from pathlib import Path

from build.core.segments import PAGE
from build.snapshot import capture as heap
from build.snapshot.capture import UnsuitableError
from build.snapshot.process import format as image_format
from build.snapshot.process.capture import Capture, capture, profile
from build.snapshot.process.determinism import compare, normalize
from build.snapshot.process.kernel_words import kernel_words
from build.snapshot.process.layout import lay_out, written_ranges

_CAPTURES_MOST = 4


def take(linked: Path, work: Path, *, loader: Path, libc: Path, reproducible: bool) -> tuple[bytes, int]:
    """The finished file, and how long the image in it is.

    Raises UnsuitableError with the reason when the handlers leave behind what an image cannot hold.
    """
    content = linked.read_bytes()
    content += bytes(-len(content) % PAGE)
    taker = work / "taker"
    taker.write_bytes(image_format.open_for_capture(content))
    taker.chmod(0o755)
    seed = heap.seed_for(taker, reproducible=reproducible)
    first = _confirmed(taker, seed, work)
    for region in first.regions:
        heap.look_for_secrets(bytes(region.content))
    mappings, image = lay_out(first, content, taker)
    written = written_ranges(profile(taker, seed, work), mappings, image_format.RANGES_MAX)
    words = kernel_words(loader, libc, first.state.loader_data, work)
    return image_format.with_image(content, image, mmap.PAGESIZE, first.state, words, written, mappings), len(image)


def _confirmed(taker: Path, seed: int, work: Path) -> Capture:
    """A capture that another one is equal to.

    Threads that a library starts and ends at import may leave freed memory in another order once in a while: then
    captures are taken until two are the same. What keeps a time, a number of a process or a random number never is.
    """
    taken: list[Capture] = []
    differences: list[UnsuitableError] = []
    for _ in range(_CAPTURES_MOST):
        another = _normalized(taker, seed, work)
        for earlier in taken:
            try:
                compare(earlier, another)
            except UnsuitableError as error:
                differences.append(error)
            else:
                return earlier
        taken.append(another)
    raise differences[0]


def _normalized(taker: Path, seed: int, work: Path) -> Capture:
    taken = capture(taker, seed, work)
    normalize(taken)
    return taken
