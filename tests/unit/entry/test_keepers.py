"""By which names one gets at an object, given an address of its memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

from entry.snapshot.keepers import keepers


class _Slots:
    __slots__ = ("made",)


class _Refuses:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


@pytest.fixture
def module() -> ModuleType:
    made: Any = ModuleType("of_keepers")
    made.refuses = _Refuses()
    made.number = float("1.25e77")
    made.table = {"key": [0, {3: "a text that is " + "nowhere else"}]}
    made.slots = _Slots()
    made.slots.made = complex(1.25e77, 3)
    return made  # type: ignore[no-any-return]


def _found(addresses: Sequence[int], module: ModuleType) -> list[str]:
    """Look in as many modules as an import may bring; whatever any test has imported would take minutes."""
    return keepers(addresses, {"json": json, "of_keepers": module})


def test_a_value_of_a_module(module: Any) -> None:
    assert _found([id(module.number) + 16], module) == ["of_keepers.number"]


def test_a_value_inside_others(module: Any) -> None:
    text = module.table["key"][1][3]
    addresses = [id(text), id(text) + 8, id(text) + text.__sizeof__() - 1]
    assert _found(addresses, module) == ["of_keepers.table['key'][1][3]"]


def test_a_value_in_a_slot(module: Any) -> None:
    assert _found([id(module.slots.made)], module) == ["of_keepers.slots (_Slots)"]


def test_what_nobody_holds(module: Any) -> None:
    assert _found([8], module) == []
