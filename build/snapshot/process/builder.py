"""Takes the snapshot of a linked portable file and adds it: two captures, which have to be the same."""

from __future__ import annotations

import mmap
from pathlib import Path

from build.core.segments import PAGE
from build.snapshot import capture as heap
from build.snapshot.process import format as image_format
from build.snapshot.process.capture import Capture, capture, profile
from build.snapshot.process.determinism import compare, normalize
from build.snapshot.process.kernel_words import kernel_words
from build.snapshot.process.layout import lay_out, written_ranges


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
    first, second = _normalized(taker, seed, work), _normalized(taker, seed, work)
    compare(first, second)
    for region in first.regions:
        heap.look_for_secrets(bytes(region.content))
    mappings, image = lay_out(first, content, taker)
    written = written_ranges(profile(taker, seed, work), mappings, image_format.RANGES_MAX)
    words = kernel_words(loader, libc, first.state.loader_data, work)
    return image_format.with_image(content, image, mmap.PAGESIZE, first.state, words, written, mappings), len(image)


def _normalized(taker: Path, seed: int, work: Path) -> Capture:
    taken = capture(taker, seed, work)
    normalize(taken)
    return taken
