"""Remove from a captured process what differs from capture to capture by itself, and compare two of them.

What is left that differs is an address, a time, a number of a process or a random number that an import has kept: it
must not be in the snapshot.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from build.core.console import counted
from build.core.segments import PAGE
from build.snapshot.process.capture import BUILDER, Capture
from build.snapshot.process.regions import Region
from build.snapshot.suitability import UnsuitableError
from entry.frozen import FILES_ROOT

_WORD = 8
_KEY = bytes.fromhex("0123456789abcdef")  # in place of the number by which malloc knows freed memory
_ADVICE = (
    "it keeps a time, a process id or a random number, of which each run needs its own; make it in the handler or "
    "under @on_start"
)
_COUNTERS_MOST = 8  # words in which the loader counts how long it took (LD_DEBUG=statistics)


class DifferenceError(UnsuitableError):
    """Two captures of the same file differ; `places`: the addresses of words that do."""

    places: Sequence[int] = ()


def normalize(capture: Capture) -> None:
    """Reset the words that differ and mean nothing in a run, or that a restore writes."""
    state = capture.state
    (heap,) = struct.unpack("<Q", capture.memory(state.heap_end, _WORD))
    below_stack = state.stack_start % PAGE
    capture.replace(state.stack_start - below_stack, bytes(below_stack))
    capture.replace(state.thread_id, bytes(4))
    capture.replace(state.processor_number, bytes(1))
    _replace_words(capture, struct.pack("<Q", state.malloc_key), _KEY)
    if heap:  # libc and the loader both keep it
        _replace_words(capture, struct.pack("<Q", heap), bytes(_WORD))
    for device, number in capture.streams:  # by which libgfortran knows the same file when it sees it again
        _replace_words(capture, struct.pack("<2Q", device, number), bytes(16))
    state.clear_key(_KEY)


def _replace_words(capture: Capture, words: bytes, instead: bytes) -> None:
    """Replace them wherever they lie; what is as in the file holds none of a process's own.

    Search for what is left of the last word without its zeros: they are in all memory, and make a search slow.
    """
    start = max(len(words.rstrip(b"\0")) - 1, 0) // _WORD * _WORD
    looked_for = words[start:].strip(b"\0")
    start += len(words[start:]) - len(words[start:].lstrip(b"\0"))
    for region in capture.regions:
        found = -1 if region.is_unused else region.content.find(looked_for)
        while found >= 0:
            at = found - start
            if at >= 0 and at % _WORD == 0 and region.content.startswith(words, at):
                region.content[at : at + len(words)] = instead
            found = region.content.find(looked_for, found + 1)


def compare(first: Capture, second: Capture) -> None:
    """Clear the loader's counters of time in the first; raise UnsuitableError if anything else differs."""
    if [each.place for each in first.regions] != [each.place for each in second.regions]:
        shown = "; ".join(_only_one_has(first, second)[:4])
        raise DifferenceError(f"two snapshots differ in what memory they have: {shown}", _ADVICE)
    places = [
        place for one, other in zip(first.regions, second.regions, strict=True) for place in _differing(one, other)
    ]
    loader = _loader_range(first)
    counters = [place for place in places if loader[0] <= place < loader[1]]
    places = [place for place in places if place not in counters]
    if len(counters) > _COUNTERS_MOST:
        places += counters
    if places:
        shown = ", ".join(_described(first, place) for place in places[:8])
        error = DifferenceError(f"two snapshots differ in {counted(len(places), 'word')}, at {shown}", _ADVICE)
        error.places = places
        raise error
    for place in counters:
        first.replace(place, bytes(_WORD))


def _only_one_has(first: Capture, second: Capture) -> list[str]:
    """Describe the regions that the other has not: where, how long, what they are mapped from or lie behind."""
    places = [{region.place for region in each.regions} for each in (first, second)]
    found = []
    for capture, others in zip((first, second), reversed(places), strict=True):
        before = ""
        for region in capture.regions:
            before = region.name or before
            if region.place not in others:
                length = (region.end - region.start) >> 10
                name = _name(region.name) if region.name else f"memory behind {_name(before)}"
                found.append(f"{region.start:#x}, {length} KiB, {name}")
    return found


def _differing(one: Region, other: Region) -> list[int]:
    """Return the addresses of words that differ."""
    if (one.is_unused and other.is_unused) or one.content == other.content:
        return []
    found = []
    for page in range(0, len(one.content), PAGE):
        if one.content[page : page + PAGE] != other.content[page : page + PAGE]:
            words = range(page, min(page + PAGE, len(one.content)), _WORD)
            found += [one.start + at for at in words if one.content[at : at + _WORD] != other.content[at : at + _WORD]]
    return found


def _loader_range(capture: Capture) -> tuple[int, int]:
    """Return where the loader itself lies: around its data, without a gap, and its variables behind, of no file."""
    at = next((n for n, each in enumerate(capture.regions) if each.start <= capture.state.loader_data < each.end), None)
    if at is None:
        return (0, 0)
    first = last = at
    regions = capture.regions
    while first and regions[first - 1].end == regions[first].start and regions[first - 1].name == regions[at].name:
        first -= 1
    while (
        last + 1 < len(regions)
        and regions[last].end == regions[last + 1].start
        and regions[last + 1].name in (regions[at].name, "")
    ):
        last += 1
        if not regions[last].name:
            break
    return regions[first].start, regions[last].end


def _name(mapped: str) -> str:
    """Say what memory is mapped from, without a path of this machine; paths below FILES_ROOT are those of the file."""
    if mapped.startswith(FILES_ROOT):
        return mapped
    if mapped.startswith("/memfd:"):
        return "a file in memory"
    return "the file" if Path(mapped).name == BUILDER else Path(mapped).name


def _described(capture: Capture, place: int) -> str:
    region = next(each for each in capture.regions if each.start <= place < each.end)
    owner = next((each.name for each in reversed(capture.regions) if each.name and each.start <= place), "")
    return f"{place:#x}" + (f" ({_name(region.name) if region.name else 'memory'})" if owner else "")
