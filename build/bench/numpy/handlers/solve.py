"""Solves a system of linear equations with numpy: a handler with a compiled package."""

from __future__ import annotations

import numpy

from entry import handler


@handler
def solve(data: dict[str, list]) -> list:  # type: ignore[type-arg]
    solution: list[float] = numpy.linalg.solve(numpy.array(data["a"]), numpy.array(data["b"])).tolist()
    return solution
