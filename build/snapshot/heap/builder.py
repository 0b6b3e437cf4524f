"""Capture the heap of a linked static file's interpreter, and embed it."""

from __future__ import annotations

from pathlib import Path

from build.core.configuration import BuildConfig
from build.link import c_libraries
from build.snapshot.heap.capture import capture
from build.snapshot.heap.embed import Snap, embed


def build_snapshot(linked: Path, config: BuildConfig, *, reproducible: bool) -> int:
    """Write the finished file; return the length of the snapshot in it.

    Raise UnsuitableError with the reason if the handlers leave behind what a snapshot cannot hold.
    """
    link_map = config.work / "link" / "link.map"
    snap = Snap.read(link_map)
    snapshot = capture(linked, snap, config.work, reproducible=reproducible, tricks=config.tricks)
    embed(linked, config.output, snapshot, snap, c_libraries.read(link_map))
    return len(snapshot)


def finish_without(linked: Path, output: Path, work: Path) -> None:
    """Write a finished file that always boots cold."""
    link_map = work / "link" / "link.map"
    embed(linked, output, None, Snap.read(link_map), c_libraries.read(link_map))
