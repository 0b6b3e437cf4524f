"""What packages count ids from is the same in all captures, and another number in each run."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import pytest

from entry.api import errors
from entry.snapshot import hooks

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
    before, after = hooks._STEPS[name]
    before(module)
    assert read(module) == 0
    drawn = []
    for _ in range(8):
        after(module)
        drawn.append(read(module))
    assert len(set(drawn)) > 4
    assert all(0 <= each < 1 << 24 for each in drawn)


@pytest.mark.parametrize("name", ["rich.style", "bson.objectid"])
def test_a_version_without_it(name: str) -> None:
    for step in hooks._STEPS[name]:
        step(SimpleNamespace())


def test_a_circle_of_causes_has_an_end() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert errors.of_machine(first) is None
    second.__cause__ = errors.LibraryNotLoadedError("/fn/x.so", "No space left on device", "x")
    found = errors.of_machine(first)
    assert found is not None
    assert found.code == "fn.boot"
    assert "No space left on device" in found.message
