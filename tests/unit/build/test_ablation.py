"""Each trick that has a switch is explained, and its lines are counted. The bench itself builds and runs the files."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from build.bench import ablation
from build.core.configuration import EVERY_TRICK, Tricks

_NAMES = [each.name for each in fields(Tricks)]


@pytest.mark.parametrize("name", _NAMES)
def test_a_page_says_what_it_is_and_why_it_is_kept(name: str) -> None:
    assert f"\n| {name.replace('_', ' ')} | " in ablation.PAGE.read_text()


def test_each_has_lines_of_its_own() -> None:
    assert [*ablation.OWN] == _NAMES
    assert all(own.lines > 0 for own in ablation.OWN.values())


def test_a_file_has_all_of_them() -> None:
    assert EVERY_TRICK.left_out == []
    assert replace(EVERY_TRICK, sparse=False).left_out == ["sparse"]
