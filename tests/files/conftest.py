"""Files of both links, with a package that carries data and metadata: built once, when a test wants them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from build.core.paths import CACHE
from build.pipeline import build_file
from tests.conftest import ROOT, SOURCE, TESTS, Target
from tests.files.packages import make_wheel

_HERE = TESTS / "files"


@pytest.fixture(scope="session")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Target]:
    """Every target, by name."""
    folder = tmp_path_factory.mktemp("look-at")
    wheel, site = make_wheel(folder), folder / "site"
    zipfile.ZipFile(wheel).extractall(site)
    (site / "lookat" / "tool").chmod(0o755)
    requirements = folder / "requirements.txt"
    requirements.write_text(f"--no-index\n{wheel}\n")
    files: dict[str, Path] = {}
    for link in ("static", "portable"):
        files[link] = build_file(_HERE / "handlers", requirements, CACHE / "tests" / f"fn-looks-{link}", link=link)
    paths = {"PYTHONPATH": f"{ROOT}:{site}", "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    return {
        "source": Target("source", SOURCE, paths, _HERE),
        "cold": Target("cold", (str(files["static"]),), {"FN_COLD": "1"}),
        "warm": Target("warm", (str(files["static"]),)),
        "portable": Target("portable", (str(files["portable"]),)),
    }
