"""What the tests of this folder leave behind is ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.calling import started


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
    started.clear()
