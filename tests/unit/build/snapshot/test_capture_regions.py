"""The memory of a captured process: what of it need not be read, what differs from capture to capture by itself.

Two captures that do not have the same memory: the message says which stretches only one has.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import cast

import pytest

from build.snapshot.process.capture import Capture
from build.snapshot.process.determinism import compare, normalize
from build.snapshot.process.format import READ, WRITE, State
from build.snapshot.process.regions import Region, regions_of
from build.snapshot.suitability import UnsuitableError


def capture_of(*regions: Region) -> Capture:
    return Capture(cast("State", struct), list(regions), [])


def test_what_only_one_capture_has_is_named() -> None:
    library = Region(0x1000, 0x2000, 1, 0, "/fn-bundle/libx.so")
    first = capture_of(library, Region(0x5000, 0x7000, 3, 0, ""))
    second = capture_of(library, Region(0x5000, 0x9000, 3, 0, ""))
    with pytest.raises(UnsuitableError) as caught:
        compare(first, second)
    assert "0x5000, 8 KiB, memory behind /fn-bundle/libx.so; 0x5000, 16 KiB, memory behind /fn-bundle/libx.so" in str(
        caught.value
    )


def test_no_path_of_the_machine_is_named() -> None:
    mapped = [
        Region(0x1000, 0x2000, 1, 0, "/of/the/machine/builder"),
        Region(0x3000, 0x4000, 1, 0, "/memfd:fn (deleted)"),
    ]
    with pytest.raises(UnsuitableError) as caught:
        compare(capture_of(*mapped), capture_of())
    assert "0x1000, 4 KiB, the file; 0x3000, 4 KiB, a file in memory" in str(caught.value)


_BUILDER = Path("/of/the/machine/builder")
_SMAPS = """\
80000000-80002000 {allowed} 00003000 fe:00 2842646{name}
Size:                  8 kB
Rss:                   {rss} kB
Anonymous:             {own} kB
Swap:                  {swap} kB
VmFlags: rd wr mr mw me ac{flags}
"""


def _listed(allowed: str, name: str = "", *, rss: int = 0, own: int = 0, swap: int = 0, flags: str = "") -> Region:
    text = _SMAPS.format(allowed=allowed, name=f"   {name}" if name else "", rss=rss, own=own, swap=swap, flags=flags)
    (region,) = regions_of(text, _BUILDER)
    return region


def test_only_what_nobody_has_written_to_is_as_in_the_file() -> None:
    assert _listed("r-xp", str(_BUILDER), rss=8).is_as_in_file
    assert not _listed("r-xp", str(_BUILDER), rss=8, own=4).is_as_in_file
    assert not _listed("r-xp", str(_BUILDER), swap=4).is_as_in_file
    assert not _listed("rw-p", str(_BUILDER)).is_as_in_file
    assert not _listed("r-xp", "/memfd:fn (deleted)").is_as_in_file


def test_only_memory_of_no_file_that_nobody_has_touched_is_unused() -> None:
    assert _listed("rw-p").is_unused
    assert not _listed("rw-p", rss=4, own=4).is_unused
    assert not _listed("rw-p", swap=4).is_unused
    assert not _listed("rw-p", str(_BUILDER)).is_unused


def test_a_kernel_that_counts_no_pages_is_asked_for_the_memory() -> None:
    lines = [f"80000000-80001000 r-xp 00000000 fe:00 1 {_BUILDER}", "80001000-80002000 rw-p 00000000 00:00 0", ""]
    assert not any(each.is_as_in_file or each.is_unused for each in regions_of("\n".join(lines), _BUILDER))


def test_memory_that_is_shared_is_refused() -> None:
    with pytest.raises(UnsuitableError, match="shares memory with other processes"):
        _listed("rw-s", "/dev/zero (deleted)")


def test_words_that_differ_by_themselves_are_reset_where_they_are_aligned() -> None:
    key, heap, streams = 0x8643A2478A1D7BB0, 0x8AF5000, (9, 0x1379500)
    start, thread, processor, heap_end = 0x80000000, 0x80000004, 0x80000008, 0x80000010
    words = [1 << 32 | 7, 0xFF05, heap, key, *streams, heap, 9, key]
    content = struct.pack("<9Q", *words) + b"odd." + struct.pack("<2Q", key, heap) + b"end."
    state = State(bytes(96), thread, 0, 0x70000000, heap_end, 0, key, processor)
    region = Region(start, start + len(content), READ | WRITE, 0, "", content=bytearray(content))
    normalize(Capture(state, [region], [streams]))
    reset = int.from_bytes(bytes.fromhex("0123456789abcdef"), "little")
    expected = struct.pack("<9Q", 7, 0xFF00, 0, reset, 0, 0, 0, 9, reset)
    assert bytes(region.content) == expected + content[len(expected) :]
