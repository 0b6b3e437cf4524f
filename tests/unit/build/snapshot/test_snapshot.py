"""Capturing, with another program as the snapshot builder: blocks that it reports missing are put into the snapshot."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from build.core.errors import BuildError
from build.snapshot.heap.capture import capture, capture_twice
from build.snapshot.heap.embed import ROOMS, Snap
from build.snapshot.placements import SECTION, SECTION_DISCARDED
from build.snapshot.suitability import UnsuitableError

# Its profile has ten blocks freed. Those of an odd number are in use all the same; as many are reported at a time
# as the file `told` says, from the capture on that the file `from` says. Each start is noted, and captures before that
# one differ.
_BUILDER = """#!{python}
import os, struct, sys
from pathlib import Path
result, _, placements, what = sys.argv[1:]
folder = Path(__file__).parent
with (folder / "starts").open("a") as starts:
    starts.write(what + "\\n")
if what in ("blocks", "pages"):
    blocks = [15] * 10 if what == "blocks" else []
    Path(result).write_bytes(struct.pack(f"<4Q{{len(blocks)}}I", len(blocks), 0, 0, 0, *blocks))
    sys.exit()
told = int((folder / "told").read_text())
count = (folder / "starts").read_text().split().count("capture")
is_early = count < int((folder / "from").read_text())
kinds = [kind & 15 for (kind,) in struct.iter_unpack("<I", Path(placements).read_bytes())]
missing = [number for number, kind in enumerate(kinds) if kind == 15 and number % 2][:told]
if missing and not is_early:
    Path(result).write_bytes(struct.pack(f"<{{len(missing)}}I", *missing))
    sys.exit(3)
Path(result).write_bytes(struct.pack("<10I", *kinds) + bytes([count * is_early]) + bytes(8191))
"""
_SNAP = Snap(0x1000, 0x1000, 0x1000)


def _capture(folder: Path, told: int, since: int = 1) -> tuple[list[int], list[str]]:
    """The kinds of memory that the snapshot was made with, and the starts of the builder."""
    builder = folder / "builder"
    builder.write_text(_BUILDER.format(python=sys.executable))
    builder.chmod(0o755)
    (folder / "told").write_text(str(told))
    (folder / "from").write_text(str(since))
    snapshot = capture_twice(builder, _SNAP, folder / "work", reproducible=True)
    return list(struct.unpack_from("<10I", snapshot)), (folder / "starts").read_text().split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path


def test_what_is_in_use_is_kept_and_no_more(folder: Path) -> None:
    kinds, starts = _capture(folder, told=5)
    assert [number for number, kind in enumerate(kinds) if kind & SECTION != SECTION_DISCARDED] == [1, 3, 5, 7, 9]
    assert starts == ["blocks", "blocks", "capture", "capture", "capture", "pages"]  # the last capture is for comparing


def test_a_capture_that_confirms_may_find_it_in_use(folder: Path) -> None:
    """The first two differ, and the third needs what they did not."""
    kinds, starts = _capture(folder, told=5, since=3)
    assert [number for number, kind in enumerate(kinds) if kind & SECTION != SECTION_DISCARDED] == [1, 3, 5, 7, 9]
    assert starts == ["blocks", "blocks", *["capture"] * 5, "pages"]


def test_after_some_attempts_all_is_kept(folder: Path) -> None:
    kinds, starts = _capture(folder, told=1)
    assert SECTION_DISCARDED not in [kind & SECTION for kind in kinds]
    assert starts.count("capture") == 6


def test_another_status_is_a_failure(folder: Path) -> None:
    builder = folder / "builder"
    builder.write_text("#!/bin/sh\necho how >&2\necho broken >&2\nexit 1\n")
    builder.chmod(0o755)
    with pytest.raises(BuildError) as raised:
        capture_twice(builder, _SNAP, folder / "work", reproducible=True)
    assert (str(raised.value), raised.value.advice) == ("the snapshot cannot be taken: broken", "how")


_FULL = """#!/bin/sh
echo >> "$(dirname "$0")/starts"
exit 4
"""


def test_there_is_more_room_each_time_and_then_a_limit(folder: Path) -> None:
    """The linked file is a program in its place again; what makes room in it is tested where it is linked."""
    rooms: list[int] = []

    def open_with(linked: Path, builder: Path, room: int) -> None:
        rooms.append(room)
        builder.write_text(_FULL)
        builder.chmod(0o755)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("build.snapshot.heap.capture.open_for_capture", open_with)
        with pytest.raises(UnsuitableError, match="the imports keep more than the 2 GiB that a snapshot can hold"):
            capture(folder / "linked", _SNAP, folder / "work", reproducible=True)
    assert rooms == sorted(rooms) == list(ROOMS)
