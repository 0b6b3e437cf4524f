"""Forks in a run: a warm boot has run no hook of one, and what a handler forks has no part in the run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import Result, Run, Target


def ended(result: Result) -> Any:
    """The output of a run that has one, with an empty log."""
    assert result.error is None, (result.error, result.log)
    result.assert_announced()
    assert result.log == ""
    return json.loads(result.output or b"")


def test_no_lock_of_a_fork_hook_is_held(target: Target, run: Run) -> None:
    found = ended(run(target, "life", given={"do": "locks"}))
    assert set(found["free"].values()) == {True}, found
    assert found["hooks"] == []


def test_pools_of_threads(target: Target, run: Run) -> None:
    assert ended(run(target, "life", given={"do": "pool"})) == [0, 1, 4, 9, 16]


def test_log_calls_in_threads(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "log in threads"})
    result.assert_announced()
    assert sorted(result.log.splitlines()) == [f"WARNING: life: from thread {number}" for number in range(3)]


def test_hooks_run_in_real_forks(target: Target, run: Run) -> None:
    found = ended(run(target, "life", given={"do": "fork"}))
    assert found == {"child": {"hooks": ["child"], "pool": [0, 1, 4, 9, 16]}, "status": 7, "own": False}


@pytest.mark.parametrize(
    ("what", "status", "said"),
    [
        ("child exits", 3, ""),
        ("child says", 1, "a reason"),
        ("child fails", 1, "ZeroDivisionError: division by zero"),
        ("child returns", 0, "the child has ended"),
    ],
)
def test_a_child_that_comes_back_ends_as_a_program(target: Target, run: Run, what: str, status: int, said: str) -> None:
    result = run(target, "life", given={"do": what})
    assert result.output == str(status).encode()
    assert said in result.log
    assert result.log.count("Traceback") == (what == "child fails")
    if what == "child returns":
        child = result.exchange / "child.txt"
        assert child.read_text() == "of the child"
        child.unlink()
    result.assert_announced()


def test_children_that_are_ended_end_quietly(target: Target, run: Run) -> None:
    assert ended(run(target, "life", given={"do": "children that are ended"})) == [-15] * 24


def test_signals_of_a_child_are_those_of_a_program(target: Target, run: Run) -> None:
    assert ended(run(target, "life", given={"do": "signals of a child"})) == [True] * 5


def test_a_pool_of_processes(target: Target, run: Run) -> None:
    assert ended(run(target, "life", given={"do": "process pool"})) == [1, 2, 3, 4]
