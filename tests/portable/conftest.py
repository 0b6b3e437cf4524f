"""Files of the portable link that hold what other files do not: built once, when a test wants them."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.make import make
from build.steps import CACHE
from tests.conftest import TESTS, Target
from tests.portable.sample import make_wheel


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """A file whose handlers use the sample package."""
    folder = tmp_path_factory.mktemp("sample")
    requirements = folder / "requirements.txt"
    requirements.write_text(f"--no-index\n{make_wheel(folder)}\n")
    made = CACHE / "tests" / "fn-sample"
    make(TESTS / "portable" / "handlers", requirements, made)
    return Target("sample", (str(made),))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty root with an exchange in it; a test puts its file there as /fn."""
    made = tmp_path / "root"
    (made / "direktiv-data").mkdir(parents=True)
    (made / "direktiv-data").chmod(0o777)
    for folder in (made, *made.parents[:3]):
        folder.chmod(0o755)
    return made
