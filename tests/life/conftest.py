"""Every case here runs on every target, and once more with the file alone in an empty root."""

from __future__ import annotations

import pytest

from tests.conftest import Target
from tests.empty_root import PLACES


@pytest.fixture(params=PLACES)
def target(request: pytest.FixtureRequest) -> Target:
    return PLACES[request.param]
