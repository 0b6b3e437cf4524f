"""Who made what differs between two snapshots, from the stacks of the frames at work when memory was allocated."""

from __future__ import annotations

import pytest

from build.snapshot.heap.difference import culprits


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        (["\thandlers/a.py:3\tentry/api/registry.py:9"], ["handlers/a.py:3"]),
        (["\tlib/ssl.py:7\thandlers/a.py:3\thandlers/b.py:1"], ["handlers/a.py:3"]),
        (["\t<frozen a.b>:2\tlib/x.py:1\tp/m.py:4\thandlers/a.py:3"], ["p/m.py:4 (imported by handlers/a.py:3)"]),
        (["\tone.py:4\thandlers/a.py:3"], ["one.py:4 (imported by handlers/a.py:3)"]),
        (["\tp/m.py:4", "\thandlers/a.py:3", "\thandlers/a.py:3"], ["handlers/a.py:3", "p/m.py:4"]),
        (["", "\tlib/ssl.py:7\tentry/snapshot/prepare.py:3"], []),
    ],
)  # fmt: skip
def test_the_place_is_the_innermost_line_of_an_author(stacks: list[str], expected: list[str]) -> None:
    assert culprits(["another line", *(f"trace 0x10{stack}" for stack in stacks)]) == expected
