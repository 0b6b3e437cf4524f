"""A process that no snapshot can hold: the build says why and what to do, and its file boots cold."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from build.core.configuration import BuildConfig
from build.core.segments import PAGE
from build.snapshot.builder import SnapshotRequest, add_snapshot
from build.snapshot.process import builder
from build.snapshot.process import format as snapshot_format
from build.snapshot.process.capture import capture
from build.snapshot.process.format import READ, ZEROS, Mapping, State
from build.snapshot.suitability import UnsuitableError
from build.snapshot.written_pages import Written

_STATE = State(bytes(96), 0, 0, 0, 0, 0, 0, 0)
# Says where its state lies, and ends when it is asked for that, as one does whose memory the kernel cannot read.
_UNREADABLE = """#!{python}
import os, struct
os.write(0, struct.pack("<QQ", os.getpid(), 0x7000))
os.read(0, 16)
"""


def _added(folder: Path, monkeypatch: pytest.MonkeyPatch, requested: str) -> UnsuitableError | None:
    """Why a linked file has no snapshot, whose process has eleven mappings."""
    mappings = [Mapping(number * 2 * PAGE, PAGE, READ, ZEROS) for number in range(11)]

    def build_snapshot(linked: Path, _: BuildConfig, *, reproducible: bool) -> int:
        snapshot_format.add_snapshot(linked, b"", PAGE, _STATE, [], Written([], [], []), mappings)
        return int(reproducible)

    monkeypatch.setattr(snapshot_format, "MAPPINGS_MAX", 10)
    monkeypatch.setattr(builder, "build_snapshot", build_snapshot)
    (folder / "fn").write_bytes(b"linked")
    config = cast("BuildConfig", SimpleNamespace(output=folder / "fn", work=folder))
    return add_snapshot(SnapshotRequest("portable", requested, [], [], reproducible=False), config)


def test_more_mappings_than_a_restore_can_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unsuitable = _added(tmp_path, monkeypatch, "auto")
    assert unsuitable is not None
    assert str(unsuitable) == "the snapshot would take 11 mappings, more than 10"
    assert "@on_start" in unsuitable.advice
    assert (tmp_path / "fn").read_bytes() == b"linked"


def test_more_mappings_where_a_snapshot_is_required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnsuitableError, match="11 mappings"):
        _added(tmp_path, monkeypatch, "required")


def test_memory_that_cannot_be_read(tmp_path: Path) -> None:
    made = tmp_path / "builder"
    made.write_text(_UNREADABLE.format(python=sys.executable))
    made.chmod(0o755)
    with pytest.raises(UnsuitableError, match="its memory at 0x7000 cannot be read") as raised:
        capture(made, 0, 0, tmp_path, profiled=False)
    assert "@on_start" in raised.value.advice
