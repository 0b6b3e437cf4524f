"""What the tests of hosts share: functions of Lambda."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from entry.testing import Lambda
from tests.conftest import Target

Start = Callable[..., Lambda]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts functions; at the end none has done what the service does not like."""
    with ExitStack() as stack:
        started: list[Lambda] = []

        def begin(file: Target, handler: str = "", *words: str, **options: object) -> Lambda:
            variables = {**file.environment, **options.pop("environment", {})}  # type: ignore[dict-item]
            options.setdefault("timeout", 60)
            function = Lambda([*file.command, *words], handler, variables, **options)  # type: ignore[arg-type]
            started.append(stack.enter_context(function))
            return function

        yield begin
        assert [each.warnings for each in started] == [[]] * len(started)
