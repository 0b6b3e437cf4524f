"""Tests of the handler echo."""

import pytest

from entry.testing import Function


@pytest.mark.parametrize("document", [b"", b"\x00\xff not JSON", b'{"a": 1}'])
def test_gives_its_input_back(fn: Function, document: bytes) -> None:
    assert fn("echo", document).output == document
