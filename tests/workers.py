"""Run tests in several processes at a time, as a plugin of pytest-xdist (`-p tests.workers`): most of them wait.

A file of tests is one piece of work, or a folder whose files share what is dear to make.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# An engine of containers with its images; files that are built for the folder.
_TOGETHER = ("tests/container", "tests/files")
# Nor can these run at the same time: the second makes /direktiv-data, where runs of the first without an environment
# would find an exchange.
_NOT_AT_ONCE = {"tests/life/test_interpreter.py": "tests/build/authoring/test_conform.py"}
_FEW = 3  # tests of a piece
# Those that take longest begin, so that none is left alone at the end. The first six, one for each process: a Debian
# and an engine with builds of their own, two that build, of which two at a time can work here, two that mostly wait.
FIRST = (
    "tests/build/test_debian_13.py",
    "tests/container",
    "tests/build/shipping/test_reproducible.py",
    "tests/portable/test_packages.py",
    "tests/boot/test_supervisor.py",
    "tests/hosts/aws_lambda/test_lambda.py",
    "tests/hosts/aws_lambda/test_lambda_ends.py",
    "tests/build/shipping/test_image.py",
    "tests/packages/test_packages.py",
    "tests/differential/test_idioms.py",
    "tests/portable/test_machines.py",
    "tests/contract/test_call_ends.py",
    "tests/snapshot/test_refusals.py",
    "tests/build/test_build.py",
    "tests/hosts/direktiv/test_direktiv.py",
    "tests/contract/test_serve.py",
    "tests/portable/test_sandboxes.py",
    "tests/portable/test_capture.py",
    "tests/snapshot/test_libraries.py",
    "tests/build/contents/test_contents.py",
    "tests/build/contents/test_implied.py",
    "tests/files",
    "tests/boot/test_fuzz.py",
    "tests/faults/test_faults.py",
    "tests/build/test_at_a_time.py",
    "tests/snapshot/test_kept.py",
    "tests/boot/serve/test_serve.py",
    "tests/build/contents/test_data_packages.py",
    "tests/catalogue/test_large.py",
    "tests/build/contents/test_requirements.py",
    "tests/portable/test_carried.py",
)


def _piece(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return next((folder for folder in _TOGETHER if file.startswith(f"{folder}/")), _NOT_AT_ONCE.get(file, file))


class ByPiece(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
    """One piece after the other; behind a piece of few tests, a short one.

    A process is given more work while two tests are left, and what it has been given nobody else takes. Where there are
    no more than a few, these may take minutes: Debian 13 is one test.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _piece(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        left = [piece for piece in self.assigned_work.get(node, {}).values() if not all(piece.values())]
        if any(len(piece) <= _FEW for piece in left):
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)  # those at the end are short
        super()._assign_work_unit(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByPiece:
    return ByPiece(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {piece: place for place, piece in enumerate(FIRST)}
    items.sort(key=lambda item: order.get(_piece(item.nodeid), len(order)))
