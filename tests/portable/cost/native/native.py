"""Imports numpy, and does next to nothing with it."""

from __future__ import annotations

from entry import handler


@handler
def native() -> int:
    import numpy

    return int(numpy.ones(2).sum())
