"""A short soak of the host of HTTP: `python3 build soak --host http` sends 100,000 requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.dev.soak_http import soak
from tests.conftest import Target


def test_each_request_has_one_answer(file: Target, capsys: pytest.CaptureFixture[str]) -> None:
    if not file.environment:  # warm boots
        assert soak(Path(file.command[0]), requests=1500, seed=1) == 0
        assert "1500 requests in" in capsys.readouterr().out
