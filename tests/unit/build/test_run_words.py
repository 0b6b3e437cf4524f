"""The words by which a file learns of a limit."""

from __future__ import annotations

import pytest

from build.dev.run import timeout_words


@pytest.mark.parametrize(
    ("timeout", "words"),
    [(None, []), (0.0, ["--timeout", "0"]), (0.5, ["--timeout", "0.5"]), (1e6, ["--timeout", "1000000"])],
)
def test_a_limit_is_told_as_it_is_given(timeout: float | None, words: list[str]) -> None:
    assert timeout_words(timeout) == words
