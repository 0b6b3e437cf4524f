"""The pytest plugin: the fixtures `invoke` and `sidecar`, for authors' tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .invocation import Outcome
from .invocation import invoke as run_in_process
from .sidecar import Sidecar


@pytest.fixture
def invoke() -> Callable[..., Outcome]:
    """`invoke(handler, input)` runs a handler in this process."""
    return run_in_process


@pytest.fixture
def sidecar() -> type[Sidecar]:
    """`sidecar([command]).run(input)` runs a built file as production does."""
    return Sidecar
