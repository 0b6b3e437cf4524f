"""Of the captures of a process two must be the same: the first two, which are taken at once, or later ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from build.snapshot.process import builder
from build.snapshot.process.capture import Capture
from build.snapshot.process.determinism import DifferenceError
from build.snapshot.process.format import READ, WRITE, State
from build.snapshot.process.regions import Region

_STATE = State(bytes(96), 0, 0, 0, 0, 0, 0, 0)


def _capture(content: str) -> Capture:
    return Capture(_STATE, [Region(0x1000, 0x2000, READ | WRITE, 0, "", content=bytearray(content.encode()))], [])


def _confirmed(monkeypatch: pytest.MonkeyPatch, contents: Sequence[str]) -> tuple[int, list[int]]:
    """Return which of the captures with such contents is taken, and the numbers of those made after the first two."""
    made = [_capture(content) for content in contents]
    later = iter(made[2:])
    numbers: list[int] = []

    def capture(_: Path, __: int, number: int, ___: Path) -> Capture:
        numbers.append(number)
        return next(later)

    def keepers(_: Path, __: int, ___: int, places: Sequence[int], ____: Path) -> list[str]:
        return [f"the owner of {place:#x}" for place in places]

    monkeypatch.setattr(builder, "_normalized", capture)
    monkeypatch.setattr(builder, "keepers", keepers)
    taken = builder._confirmed(made[:2], Path(), 0, Path())
    return [each is taken for each in made].index(True), numbers


def test_the_first_two_are_the_same_as_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _confirmed(monkeypatch, ["one", "one"]) == (0, [])


def test_a_third_in_the_folder_of_the_first_may_confirm_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that of imports that keep the working directory, of which the first two have one each."""
    assert _confirmed(monkeypatch, ["in 0", "in 1", "in 0"]) == (0, [0])


def test_the_second_may_be_the_one_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _confirmed(monkeypatch, ["chance", "one", "other", "one"]) == (1, [0, 1])


def test_none_is_taken_if_all_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DifferenceError, match="two snapshots differ in 1 word, kept by the owner of 0x1000"):
        _confirmed(monkeypatch, ["a", "b", "c", "d"])
