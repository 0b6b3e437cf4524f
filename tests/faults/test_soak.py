"""A short soak: `python3 build soak` does 10,000 runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.soak import soak
from tests.conftest import TARGETS


def test_no_run_is_lost_or_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak(Path(TARGETS[-1].command[0]), runs=2000, seed=1) == 0
    assert "2000 runs in" in capsys.readouterr().out
