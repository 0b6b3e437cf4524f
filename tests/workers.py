"""Run tests in several processes at a time, as a plugin of pytest-xdist (`-p tests.workers`): most of them wait.

A file of tests is one piece of work, or a folder whose files share what is dear to make.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# An engine of containers with its images; files that are built for the folder.
_TOGETHER = ("tests/container", "tests/files")
# Those that take longest begin, so that none is left alone at the end.
_FIRST = ("tests/build/test_debian_13.py", "tests/container")


def _piece(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return next((folder for folder in _TOGETHER if file.startswith(f"{folder}/")), file)


class _ByPiece(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
    def _split_scope(self, nodeid: str) -> str:
        return _piece(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _ByPiece(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {piece: place for place, piece in enumerate(_FIRST)}
    items.sort(key=lambda item: order.get(_piece(item.nodeid), len(order)))
