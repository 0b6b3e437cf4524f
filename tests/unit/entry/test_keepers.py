"""By which names one gets at an object, given an address of its memory."""

from __future__ import annotations

import sys
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
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made: Any = ModuleType("of_keepers")
    monkeypatch.setitem(sys.modules, "of_keepers", made)
    made.refuses = _Refuses()
    made.number = float("1.25e77")
    made.table = {"key": [0, {3: "a text that is " + "nowhere else"}]}
    made.slots = _Slots()
    made.slots.made = complex(1.25e77, 3)
    return made  # type: ignore[no-any-return]


def test_a_value_of_a_module(module: Any) -> None:
    assert keepers([id(module.number) + 16]) == ["of_keepers.number"]


def test_a_value_inside_others(module: Any) -> None:
    text = module.table["key"][1][3]
    assert keepers([id(text), id(text) + 8, id(text) + text.__sizeof__() - 1]) == ["of_keepers.table['key'][1][3]"]


def test_a_value_in_a_slot(module: Any) -> None:
    assert keepers([id(module.slots.made)]) == ["of_keepers.slots (_Slots)"]


def test_what_nobody_holds() -> None:
    assert keepers([8]) == []
