"""The quick part of the tests, as a plugin (`-p tests.quick`): one file, and nothing installed beside the build.

Whatever it leaves out is counted by its reason, with the command that runs it.
"""

from __future__ import annotations

from collections import Counter

import pytest
from xdist.workermanage import WorkerController

from build.dev.test import QUICK
from tests.conftest import TESTS, Target
from tests.empty_root import PLACES, InEmptyRoot

_TARGETS = ("source", "warm")
_OF_FIXTURES = {"root": "dist/fn", "certificates": "openssl"}  # tests/catalogue

_left_out: Counter[str] = Counter()


def _reason(item: pytest.Item) -> str | None:
    """Why a case is left out: a target, or something that it needs."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    for parameter, value in parameters.items():
        target = PLACES.get(value, value) if parameter == "target" and isinstance(value, str) else value
        if isinstance(target, InEmptyRoot):
            return "in an empty root"
        if isinstance(target, Target) and target.name not in _TARGETS:
            return target.name
    if parameters.get("run") == "file":
        return "dist/fn"
    for name, needed in _OF_FIXTURES.items():
        if name in getattr(item, "fixturenames", ()):
            return needed
    marker = item.get_closest_marker("needs")
    return str(marker.args[0]) if marker else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reasons = [(item, _reason(item)) for item in items]
    _left_out.update(reason for _, reason in reasons if reason)
    config.hook.pytest_deselected(items=[item for item, reason in reasons if reason])
    items[:] = [item for item, reason in reasons if not reason]
    if hasattr(config, "workeroutput"):  # one of several processes: each sees all cases
        config.workeroutput["left out"] = dict(_left_out)


def pytest_testnodedown(node: WorkerController) -> None:
    _left_out.clear()
    _left_out.update(node.workeroutput["left out"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    cases = ", ".join(f"{count} ({reason})" for reason, count in sorted(_left_out.items()))
    all_of_them = {f"tests/{path.relative_to(TESTS).parts[0]}" for path in TESTS.rglob("test_*.py")}
    terminalreporter.section("left out")
    terminalreporter.line(f"cases: {cases}")
    terminalreporter.line(f"folders: {', '.join(sorted(all_of_them - {*QUICK}))}")
    terminalreporter.line("all of it: python3 build test --all; a folder: python3 build test tests/FOLDER")
