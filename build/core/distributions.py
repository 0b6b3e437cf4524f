"""List the Python distributions in a folder of packages with their files: once for all steps, since it takes long."""

from __future__ import annotations

import csv
import sysconfig
from functools import cache
from importlib import metadata
from pathlib import Path

PINNED = Path(sysconfig.get_path("purelib")).resolve()  # packages of the build's own environment


@cache
def distributions(folder: Path) -> list[tuple[metadata.Distribution, list[str]]]:
    """Return each distribution with the paths of its files, which are relative to the folder."""
    return [(found, files_of(found)) for found in metadata.distributions(path=[str(folder)])]


def files_of(distribution: metadata.Distribution) -> list[str]:
    """Return the paths of its files as its record has them: `files` would make an object of each."""
    record = distribution.read_text("RECORD")
    if not record:  # it was not installed from a wheel
        return [str(file) for file in distribution.files or ()]
    return [row[0] for row in csv.reader(record.splitlines()) if row]
