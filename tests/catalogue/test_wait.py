"""handlers/wait.py."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from entry.testing import invoke
from handlers.wait import wait
from tests.catalogue.conftest import Run


def test_some_seconds(run: Run) -> None:
    before = datetime.now(UTC)
    seen = run("wait", {"seconds": 0.2})
    assert 0.2 <= seen.value["seconds"] < 30
    assert before + timedelta(seconds=0.2) <= datetime.fromisoformat(seen.value["ended"]) <= datetime.now(UTC)


def test_until_a_moment(run: Run) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=0.3)
    seen = run("wait", {"until": moment.isoformat()})
    assert datetime.fromisoformat(seen.value["ended"]) >= moment


_PASSED = {"until": "2020-01-01T00:00:00Z"}


def test_a_moment_that_has_passed_is_no_wait(run: Run) -> None:
    assert run("wait", _PASSED).value["seconds"] < 30


def test_nobody_sleeps_until_a_moment_that_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even for a time that a busy machine may take anyway."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    assert invoke(wait, _PASSED).error is None
    assert slept == []


@pytest.mark.parametrize("given", [{"until": "2999-01-01T00:00:00Z"}, {"seconds": 86_400}])
def test_what_the_run_cannot_wait_for_is_refused_at_once(run: Run, given: dict[str, object]) -> None:
    run("wait", given, timeout=30).failed("wait.tooLong", "s are more than the")


@pytest.mark.parametrize(
    "given",
    [
        {}, {"seconds": -1}, {"seconds": 86_401}, {"seconds": 1, "until": "2020-01-01T00:00:00Z"}, {"seconds": None},
        {"until": "2020-01-01T00:00:00"}, {"until": "soon"}, {"minutes": 1}, {"seconds": "1"}, [],
    ],
)  # fmt: skip
def test_inputs_that_do_not_fit(run: Run, given: object) -> None:
    run("wait", given).failed("fn.input.mismatch", "$")
