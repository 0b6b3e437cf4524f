"""For the soak: arithmetic that threads share, and what ends a run inside numpy or below it."""

from __future__ import annotations

import ctypes
import os
from typing import Any

import numpy

from entry import handler

_SIDE = 150  # enough for OpenBLAS to start its threads


def _faults(values: Any) -> dict[str, Any]:
    return {
        "shape": lambda: values.reshape(-1, len(values) + 1),
        "memory": lambda: numpy.ones(1 << 50),
        "nan": lambda: float(numpy.float64("nan")),
        "segfault": lambda: ctypes.string_at(0),
        "exit": lambda: os._exit(3),
    }


@handler
def arrays(data: dict[str, Any]) -> object:
    values = numpy.array(data["values"], dtype=numpy.int64)
    if "do" in data:
        return _faults(values)[data["do"]]()
    product = numpy.full((_SIDE, _SIDE), 2.0) @ numpy.full((_SIDE, _SIDE), 3.0)
    right = bool((product == 6 * _SIDE).all())
    return {"sum": int(values.sum()), "sorted": numpy.sort(values).tolist(), "product is right": right}
