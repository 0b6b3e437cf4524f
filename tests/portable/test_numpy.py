"""Generators of numpy's that imports have made: with a seed the same in each run, without one another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run, Target
from tests.portable.conftest import COLD, File


@pytest.mark.parametrize("boot", ["warm", "cold"])
def test_generators(file: File, run: Run, exchange: Path, boot: str) -> None:
    target = Target(boot, (str(file("with_numpy")),), COLD.environment if boot == "cold" else {})
    found = []
    for _ in range(3):
        result = run(target, given={"draw": [1]}, environment={"FN_LOG_LEVEL": "debug"})
        assert f"fn: {boot} boot" in result.log
        found.append(json.loads(result.output or b""))
        shutil.rmtree(exchange)
        exchange.mkdir()
    assert {each["seeded"] for each in found} == {0.8050029237453802}, "as numpy's own documentation promises"
    assert len({each["listed"] for each in found}) == 1
    for name in found[0]["drawn"]:
        assert len({each["drawn"][name] for each in found}) == len(found), name
