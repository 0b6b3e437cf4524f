"""Run tests in several processes at a time, as a plugin of pytest-xdist (`-p tests.workers`): most of them wait.

A file of tests is one piece of work, or a folder whose files share what is dear to make.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# An engine of containers with its images; files that are built for the folder.
_TOGETHER = ("tests/container", "tests/files")
# Those that take longest begin, so that none is left alone at the end: the first six, one for each process, are three
# that build and three that wait for emulators, containers and others' builds, and so on. What takes less follows.
FIRST = (
    "tests/build/test_debian_13.py",
    "tests/container",
    "tests/portable/test_packages.py",
    "tests/portable/test_machines.py",
    "tests/build/test_reproducible.py",
    "tests/packages/test_packages.py",
    "tests/build/test_image.py",
    "tests/differential/test_idioms.py",
    "tests/snapshot/test_refusals.py",
    "tests/portable/test_sandboxes.py",
    "tests/build/test_build.py",
    "tests/boot/test_supervisor.py",
    "tests/portable/test_capture.py",
    "tests/build/test_contents.py",
    "tests/hosts/test_direktiv.py",
    "tests/snapshot/test_libraries.py",
    "tests/build/test_implied.py",
    "tests/files",
    "tests/contract/test_call_ends.py",
    "tests/build/test_at_a_time.py",
    "tests/hosts/test_lambda.py",
    "tests/snapshot/test_kept.py",
    "tests/boot/test_fuzz.py",
    "tests/contract/test_serve.py",
    "tests/build/test_data_packages.py",
    "tests/faults/test_faults.py",
    "tests/catalogue/test_large.py",
    "tests/build/test_requirements.py",
    "tests/boot/test_serve.py",
    "tests/portable/test_carried.py",
)


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
    order = {piece: place for place, piece in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(_piece(item.nodeid), len(order)))
