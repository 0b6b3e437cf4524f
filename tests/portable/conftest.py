"""Files of the portable link that hold what other files do not: built once, when a test wants them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from build.core.paths import CACHE
from build.pipeline import build_file
from tests.conftest import TARGETS, TESTS, Target
from tests.portable.sample import make_wheel

PACKAGES = TESTS / "portable" / "packages"
PORTABLE = next(target for target in TARGETS if target.name == "portable")
COLD = next(target for target in TARGETS if target.name == "portable-cold")

File = Callable[[str], Path]


@pytest.fixture(scope="session")
def file() -> File:
    """Makes the file of some handlers, in the order of the cases: all share the packages of one requirements file."""

    @functools.cache  # even a file that is there already waits for whoever builds
    def made(name: str) -> Path:
        return build_file(PACKAGES / name, PACKAGES / "requirements.txt", CACHE / "tests" / f"fn-{name}")

    return made


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """A file whose handlers use the sample package."""
    folder = tmp_path_factory.mktemp("sample")
    requirements = folder / "requirements.txt"
    requirements.write_text(f"--no-index\n{make_wheel(folder)}\n")
    made = CACHE / "tests" / "fn-sample"
    build_file(TESTS / "portable" / "handlers", requirements, made)
    return Target("sample", (str(made),))


@dataclass(frozen=True)
class Program:
    """A file with what it is asked, and what it answers."""

    target: Target
    words: tuple[str, ...]
    given: object
    expected: object

    def assert_right(self, output: bytes | None, log: str) -> None:
        assert output is not None, log
        found = json.loads(output)
        assert found.get("solution", found) == self.expected


_KINDS = ["the standard library", "numpy"]


@pytest.fixture(params=[*_KINDS, *(f"{kind}, cold" for kind in _KINDS)])
def program(request: pytest.FixtureRequest, file: File) -> Program:
    """One without imports of packages with compiled code, and one with; each warm and cold."""
    return _program(request.param, file)


@pytest.fixture(params=_KINDS)
def warm_program(request: pytest.FixtureRequest, file: File) -> Program:
    """The same, warm."""
    return _program(request.param, file)


def _program(name: str, file: File) -> Program:
    kind, _, cold = name.partition(", ")
    if kind != "numpy":
        return Program(COLD if cold else PORTABLE, ("value",), {"a": 1}, {"a": 1})
    target = Target(name, (str(file("with_numpy")),), COLD.environment if cold else {})
    return Program(target, (), {"a": [[2, 1], [1, 3]], "b": [3, 5]}, pytest.approx([0.8, 1.4]))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty root with an exchange in it; a test puts its file there as /fn."""
    made = tmp_path / "root"
    (made / "direktiv-data").mkdir(parents=True)
    (made / "direktiv-data").chmod(0o777)
    for folder in (made, *made.parents[:3]):
        folder.chmod(0o755)
    return made
