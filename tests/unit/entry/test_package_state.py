"""What packages keep of their process is the same in all captures, and a run's own in each run."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from entry.snapshot.hooks import PACKAGES_WITH_STATE
from entry.snapshot.package_state import STEPS

_RICH = SimpleNamespace(_id_generator=itertools.count(7))
_BSON = SimpleNamespace(ObjectId=type("ObjectId", (), {"_inc": 7}))


@pytest.mark.parametrize(
    ("name", "module", "read"),
    [
        ("rich.style", _RICH, lambda module: next(module._id_generator)),
        ("bson.objectid", _BSON, lambda module: module.ObjectId._inc),
    ],
)
def test_a_counter(name: str, module: Any, read: Any) -> None:
    before, after = STEPS[name]
    before(module)
    assert read(module) == 0
    drawn = []
    for _ in range(8):
        after(module)
        drawn.append(read(module))
    assert len(set(drawn)) > 4
    assert all(0 <= each < 1 << 24 for each in drawn)


def test_what_has_passed_is_counted_from_the_start_of_the_run() -> None:
    moments = iter(["that of the run"])
    module = SimpleNamespace(start_time="that of the build", aware_now=lambda: next(moments))
    before, after = STEPS["loguru._logger"]
    before(module)
    assert module.start_time is None
    after(module)
    assert module.start_time == "that of the run"


def test_names_are_kept_without_their_record() -> None:
    record = {"name": "x", "created": 1.5}
    module = SimpleNamespace(_LOG_RECORD_KEYS=record.keys())
    STEPS["structlog.stdlib"][0](module)
    assert list(module._LOG_RECORD_KEYS) == ["name", "created"]
    assert set(module._LOG_RECORD_KEYS.mapping.values()) == {None}


def test_no_times_of_the_build_are_kept() -> None:
    module = SimpleNamespace(_last_cpu_times={1: 2.5}, _last_per_cpu_times_2={1: [2.5]}, other={1: 2.5})
    STEPS["psutil"][0](module)
    assert module == SimpleNamespace(_last_cpu_times={}, _last_per_cpu_times_2={}, other={1: 2.5})


def test_the_steps_are_imported_with_each_of_their_packages() -> None:
    assert {name.partition(".")[0] for name in STEPS} == set(PACKAGES_WITH_STATE)


@pytest.mark.parametrize("name", [name for name in STEPS if name.partition(".")[0] != "numpy"])
def test_a_version_without_it(name: str) -> None:
    """Each uses private names, but for numpy's steps."""
    for step in STEPS[name]:
        step(SimpleNamespace())
