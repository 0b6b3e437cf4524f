"""A short soak: `python3 build soak` does 10,000 runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.core.errors import BuildError
from build.dev.soak import soak
from tests.conftest import ROOT, TARGETS


@pytest.mark.needs("minutes")
def test_no_run_is_lost_or_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak(Path(TARGETS[-1].command[0]), runs=2000, seed=1) == 0
    assert "2000 runs in" in capsys.readouterr().out


def test_a_file_without_the_handlers_is_refused_before_the_first_run() -> None:
    with pytest.raises(BuildError, match=r"README\.md cannot be run"):
        soak(ROOT / "README.md", runs=1, seed=1)
    with pytest.raises(BuildError, match="has no handler fault, life, talk, value"):
        soak(Path("/bin/true"), runs=1, seed=1)
