"""List the Python distributions in a folder of packages with their files: once for all steps, since it takes long."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path


@cache
def distributions(folder: Path) -> list[tuple[metadata.Distribution, list[str]]]:
    """Return each distribution with the paths of its files, which are relative to the folder."""
    return [(found, [str(file) for file in found.files or ()]) for found in metadata.distributions(path=[str(folder)])]
