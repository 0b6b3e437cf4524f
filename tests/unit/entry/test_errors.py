"""What an error says of the machine, found among its causes."""

from __future__ import annotations

from entry.api import errors


def test_a_circle_of_causes_has_an_end() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert errors.of_machine(first) is None
    second.__cause__ = errors.LibraryNotLoadedError("/fn-bundle/x.so", "No space left on device", "x")
    found = errors.of_machine(first)
    assert found is not None
    assert found.code == "fn.boot"
    assert "No space left on device" in found.message
