"""The pytest plugin for authors' tests: the fixtures `fn`, `invoke` and `sidecar`, and the option `--fn-file`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .emulators.sidecar import Sidecar
from .function import Function
from .invocation import Outcome
from .invocation import invoke as run_in_process


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("fn").addoption(
        "--fn-file", metavar="PATH", help="the fixture fn runs handlers in this built file, not in the tests' process"
    )


def pytest_configure(config: pytest.Config) -> None:
    file = _file(config)
    if file and not (file.is_file() and os.access(file, os.X_OK)):
        raise pytest.UsageError(f"--fn-file: {file} is no file that can be started; make it with python3 build")


def pytest_report_header(config: pytest.Config) -> str:
    file = _file(config)
    return f"fn: handlers run in {file}" if file else "fn: handlers run in this process"


@pytest.fixture
def fn(request: pytest.FixtureRequest) -> Function:
    """`fn("greet", {"name": "Ada"})` runs a handler, in this process or in the file that `--fn-file` names."""
    return Function(_file(request.config))


@pytest.fixture
def invoke() -> Callable[..., Outcome]:
    """`invoke(handler, input)` runs a handler in this process."""
    return run_in_process


@pytest.fixture
def sidecar() -> type[Sidecar]:
    """`sidecar([command]).run(input)` runs a built file as production does."""
    return Sidecar


def _file(config: pytest.Config) -> Path | None:
    given = config.getoption("--fn-file")
    return None if given is None else Path(str(given)).absolute()
