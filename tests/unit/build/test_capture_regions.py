"""Two captures of a process that do not have the same memory: the message says which stretches only one has."""

from __future__ import annotations

import struct
from typing import cast

import pytest

from build.snapshot.process.capture import Capture, Region
from build.snapshot.process.determinism import compare
from build.snapshot.process.format import State
from build.snapshot.suitability import UnsuitableError


def capture_of(*regions: Region) -> Capture:
    return Capture(cast("State", struct), list(regions), [])


def test_what_only_one_capture_has_is_named() -> None:
    library = Region(0x1000, 0x2000, 1, 0, "/fn/libx.so")
    first = capture_of(library, Region(0x5000, 0x7000, 3, 0, ""))
    second = capture_of(library, Region(0x5000, 0x9000, 3, 0, ""))
    with pytest.raises(UnsuitableError) as caught:
        compare(first, second)
    assert "0x5000, 8 KiB, memory behind /fn/libx.so; 0x5000, 16 KiB, memory behind /fn/libx.so" in str(caught.value)


def test_no_path_of_the_machine_is_named() -> None:
    mapped = [
        Region(0x1000, 0x2000, 1, 0, "/of/the/machine/builder"),
        Region(0x3000, 0x4000, 1, 0, "/memfd:fn (deleted)"),
    ]
    with pytest.raises(UnsuitableError) as caught:
        compare(capture_of(*mapped), capture_of())
    assert "0x1000, 4 KiB, the file; 0x3000, 4 KiB, a file in memory" in str(caught.value)
