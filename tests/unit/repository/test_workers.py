"""Which piece of work a process of the tests is given next."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from tests.workers import ByPiece

_LENGTHS = {"debian": 1, "many": 50, "long": 40, "short": 20, "shortest": 5}
_TESTS = [f"{piece}::{number}" for piece, length in _LENGTHS.items() for number in range(length)]


class _Process:
    """What the scheduler knows of one of the processes."""

    shutting_down = False

    def __init__(self) -> None:
        self.given: list[str] = []

    def send_runtest_some(self, numbers: Sequence[int]) -> None:
        self.given += dict.fromkeys(_TESTS[number].partition("::")[0] for number in numbers)


def test_behind_a_few_tests_that_may_take_minutes_is_a_short_piece() -> None:
    """A process has to know of a second test before it begins the first; nobody else takes what it has been given."""
    first, second = _Process(), _Process()
    scheduling = ByPiece.__new__(ByPiece)
    scheduling.log = print
    scheduling.registered_collections = dict.fromkeys((first, second), _TESTS)
    scheduling.assigned_work = {first: {}, second: {}}
    scheduling.workqueue = OrderedDict(
        (piece, {test: False for test in _TESTS if test.startswith(f"{piece}::")}) for piece in _LENGTHS
    )
    for process in (first, second):
        scheduling._assign_work_unit(process)
    scheduling._reschedule(first)
    scheduling._reschedule(second)
    assert (first.given, second.given) == (["debian", "shortest"], ["many"])
    for test in scheduling.assigned_work[second]["many"]:
        scheduling.mark_test_complete(second, _TESTS.index(test))
    assert second.given == ["many", "long"]
