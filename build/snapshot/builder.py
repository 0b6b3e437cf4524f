"""Add a snapshot to a linked file, or leave it without one and say why; each link has its own kind of snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from build.core.configuration import BuildConfig
from build.core.console import step
from build.snapshot.heap import builder as heap
from build.snapshot.process import builder as process
from build.snapshot.process.determinism import DifferenceError
from build.snapshot.suitability import UnsuitableError, refuse_unsuitable_imports
from entry.snapshot.audit.tables import EACH_TIME_ANOTHER


@dataclass(frozen=True)
class SnapshotRequest:
    """What is known before the capture. `requested`: "auto", "required" or "none"; what imports did, by line."""

    link: str
    requested: str
    refused: Sequence[tuple[str, str]]
    reported: Sequence[tuple[str, str]]
    reproducible: bool


def add_snapshot(request: SnapshotRequest, config: BuildConfig) -> UnsuitableError | None:
    """Finish the linked file; return why it has no snapshot, or None if it has one or none was requested.

    Raise UnsuitableError if one is required and cannot be taken.
    """
    kind = heap if request.link == "static" else process
    linked = config.output.rename(config.work / "linked")
    if request.requested == "none":
        kind.finish_without(linked, config.output, config.work)
        return None
    with step("snapshot") as line:
        try:
            refuse_unsuitable_imports(request.refused, request.link)
            length = kind.build_snapshot(linked, config, reproducible=request.reproducible)
        except UnsuitableError as error:
            unsuitable = _with_suspects(error, request.reported)
            if request.requested == "required":
                raise unsuitable from None
            line.note("none (see below)")
            kind.finish_without(linked, config.output, config.work)
            return unsuitable
        line.note(f"{length / 1e6:.1f} MB")
    return None


def _with_suspects(error: UnsuitableError, reported: Sequence[tuple[str, str]]) -> UnsuitableError:
    """Return the error; if captures differ, with the imports that read what differs each time."""
    if not isinstance(error, DifferenceError):
        return error
    suspects = [f"{place}: {what.partition(': ')[0]}" for place, what in reported if what.startswith(EACH_TIME_ANOTHER)]
    return DifferenceError(str(error), "\n".join([error.advice, *suspects]))
