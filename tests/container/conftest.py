"""The images that these tests run, built by the repository's Dockerfile, and a target that is a container.

The base of the build is a fresh Debian under the name that the Dockerfile asks for, with what this machine has compiled
in the cache of the build: the same bytes in any folder (tests/build/shipping/test_reproducible.py). Needs root.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from build.core.paths import CACHE
from tests.conftest import ROOT, TESTS, Target
from tests.container.engine import CONFINED, Engine, running
from tests.debian_root import debian_root

BASE = "debian:12-slim"
BUILD_STAGE = "fn:build"  # the Dockerfile's first stage, which has Python and entry.testing
CATALOGUE, FUNCTIONS = "fn:catalogue", "fn:functions"  # the repository's handlers, and those of the tests
COMMIT = "0123456789abcdef0123456789abcdef01234567"
Context = Callable[[Path], Path]
_COMPILED = ("orjson", "sdists", "extensions", "code", "boot", "blocks")  # folders of the cache
_CONTEXT = ("Dockerfile", ".dockerignore", "pyproject.toml", "build", "entry", "handlers")


@dataclass(frozen=True)
class Container(Target):
    """A target that is a container: it sees one folder of the test, at the same place, and is given variables."""

    engine: Engine = field(kw_only=True)
    folder: Path = field(kw_only=True)
    options: Sequence[str] = field(kw_only=True)

    def words(self, variables: Mapping[str, str]) -> Sequence[str]:
        given = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        mounted = f"--volume={self.folder}:{self.folder}"
        return self.engine.words("run", "--rm", *self.options, mounted, *given, *self.command)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The engine, with the base image in it."""
    with running() as engine:
        if not engine.has(BASE):
            packed = ["tar", "-c", "--transform=flags=r;s,^[^.],./source/.cache/&,", "--exclude=./dev/*"]
            packed += ["-C", str(debian_root("bookworm")), ".", "-C", str(CACHE), *_COMPILED]
            with subprocess.Popen(packed, stdout=subprocess.PIPE) as tar:
                subprocess.run(
                    engine.words("import", "-", BASE), stdin=tar.stdout, check=True, stdout=subprocess.DEVNULL
                )
        yield engine


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """Makes what a clean clone with other handlers hands to the engine."""

    def make(handlers: Path) -> Path:
        folder = tmp_path_factory.mktemp("clone")
        for name in _CONTEXT:
            source = handlers if name == "handlers" else ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)
        return folder

    return make


@pytest.fixture(scope="session")
def catalogue(engine: Engine, context: Context) -> str:
    """The image of the repository's handlers: the plain build, told its commit."""
    clone = context(ROOT / "handlers")
    engine.build(clone, CATALOGUE, "--build-arg", f"REVISION={COMMIT}")
    engine.build(clone, BUILD_STAGE, "--target=build")  # all of it is there: this gives it a name
    return CATALOGUE


@pytest.fixture(scope="session")
def rebuild(engine: Engine, context: Context, catalogue: str) -> str:
    """What the engine says as it builds an image of other handlers after that of the repository's."""
    return engine.build(context(TESTS / "handlers"), FUNCTIONS)


@pytest.fixture(scope="session")
def functions(rebuild: str) -> str:
    """The image of the tests' handlers."""
    return FUNCTIONS


@pytest.fixture
def exchange(exchange: Path, tmp_path: Path) -> Path:
    """The exchange, where users other than root can reach it."""
    tmp_path.chmod(0o755)
    return exchange


@pytest.fixture
def target(engine: Engine, functions: str, tmp_path: Path) -> Container:
    """The one target here, in place of those of the other tests."""
    return Container("container", (functions,), engine=engine, folder=tmp_path, options=CONFINED)


@pytest.fixture
def file(target: Container) -> Container:
    """The same: it is the built file."""
    return target
