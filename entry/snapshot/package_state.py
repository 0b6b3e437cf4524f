"""What packages keep of the process that imported them: dropped before a snapshot, and made anew in each run.

Each row is a module with what is done to it (before, after). A name that a later version has no more is left alone; the
build says then what differs, and the file boots cold. Imported if one of the packages is (hooks.PACKAGES_WITH_STATE).
"""

from __future__ import annotations

import os

from ..frozen.adapted import FIRST_DUMMY
from . import numpy_random

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _random_bits(count: int) -> int:
    return int.from_bytes(os.urandom(count // 8), "little")


def _count_style_ids(style: Any, start: int) -> None:
    """Let rich count its styles from here; it begins with a random number."""
    if hasattr(style, "_id_generator"):
        style._id_generator = type(style._id_generator)(start)  # an itertools.count


def _count_object_ids(objectid: Any, start: int) -> None:
    """Let bson (pymongo) count its objects from here, beside five random bytes that each process draws."""
    if hasattr(objectid, "ObjectId"):
        objectid.ObjectId._inc = start


def _forget_start(logger: Any) -> None:
    if hasattr(logger, "start_time") and hasattr(logger, "aware_now"):
        logger.start_time = None


def _begin_now(logger: Any) -> None:
    """Let loguru count the time that has passed (`{elapsed}`) from the start of the run."""
    if hasattr(logger, "start_time") and hasattr(logger, "aware_now"):
        logger.start_time = logger.aware_now()


def _keep_names_alone(stdlib: Any) -> None:
    """Let structlog keep the names of a log record's attributes without the record, which has its time."""
    if hasattr(stdlib, "_LOG_RECORD_KEYS"):
        stdlib._LOG_RECORD_KEYS = dict.fromkeys(stdlib._LOG_RECORD_KEYS).keys()


def _forget_processor_times(psutil: Any) -> None:
    """Let the first `cpu_percent` of a run be 0.0, as psutil documents it, and not one since the build."""
    for name in ("_last_cpu_times", "_last_per_cpu_times", "_last_cpu_times_2", "_last_per_cpu_times_2"):
        if hasattr(psutil, name):
            setattr(psutil, name, {})


def _number_dummies(symbol: Any) -> None:
    """Let SymPy number the dummy symbols of a run from a random number, above those of imports."""
    if hasattr(symbol, "Dummy"):
        symbol.Dummy._base_dummy_index = 2 * FIRST_DUMMY + _random_bits(32) % (7 * FIRST_DUMMY)


def _nothing(_: Any) -> None:
    """Leave it as it was before the snapshot."""


STEPS: dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]] = {
    "numpy.random.mtrand": (numpy_random.reset, numpy_random.restore),
    "numpy": (numpy_random.overwrite_blocks, _nothing),
    "rich.style": (lambda style: _count_style_ids(style, 0), lambda style: _count_style_ids(style, _random_bits(24))),
    "bson.objectid": (lambda ids: _count_object_ids(ids, 0), lambda ids: _count_object_ids(ids, _random_bits(24))),
    "loguru._logger": (_forget_start, _begin_now),
    "structlog.stdlib": (_keep_names_alone, _nothing),
    "psutil": (_forget_processor_times, _nothing),
    "sympy.core.symbol": (_nothing, _number_dummies),
}
