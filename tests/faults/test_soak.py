"""A short soak: `python3 build soak` does 10,000 runs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from build.core.errors import BuildError
from build.dev.soak import soak
from build.dev.soak_mixes import MIXES, Mix, Run
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
    with pytest.raises(BuildError, match="has no handler arrays, frames") as raised:
        soak(Path("/bin/true"), runs=1, seed=1, mix=MIXES["packages"])
    assert "--requirements tests/portable/packages/requirements.txt" in raised.value.advice


@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_each_handler_of_a_mix_is_there(mix: Mix) -> None:
    assert mix.names <= {path.stem for path in mix.handlers.glob("*.py")}


def test_the_same_seed_draws_the_same_runs() -> None:
    def drawn() -> list[Run]:
        draw = random.Random(3)
        return [draw.choice(mix.draws).run(draw) for mix in MIXES.values() for _ in range(50)]

    assert drawn() == drawn()
