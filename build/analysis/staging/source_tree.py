"""Stage handlers from source, whatever their folder is called: Python then finds them as the package `handlers`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from build.analysis.staging import visible
from build.toolchain.requirements import author_packages


@dataclass(frozen=True)
class Source:
    """Where handlers are found: `stage` holds a link to their folder, `environment` leads Python there."""

    stage: Path
    environment: dict[str, str]

    def command(self, *args: str) -> list[str]:
        """Return the command for Python with these arguments, without the build's environment and current folder."""
        return [sys.executable, "-P", "-S", *args]

    def shown(self, text: str) -> str:
        """Return a text with places as their author knows them: `handlers/greet.py`."""
        return text.replace(f"{self.stage}/", "")


@contextmanager
def staged(handlers: Path, requirements: Path | None) -> Iterator[Source]:
    """Yield the handlers of a folder, with the packages of a requirements file; gone afterwards."""
    packages = author_packages(requirements)
    with tempfile.TemporaryDirectory(prefix="fn-") as folder:
        stage = Path(folder)
        (stage / "handlers").symlink_to(handlers)
        path = os.pathsep.join(map(str, [stage, *([packages] if packages else []), visible.shipped(handlers)]))
        yield Source(stage, {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"})
