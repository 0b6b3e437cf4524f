"""The configuration of a build: what was asked for, and where its inputs are found."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Contents:
    """What an author says about what goes into a file, beside what his handlers import."""

    included: list[str] = field(default_factory=list)  # modules that no statement names
    excluded: list[str] = field(default_factory=list)  # modules that are imported, and that he does without
    pure: list[str] = field(default_factory=list)  # packages to go without their extension modules
    hooks: list[Path] = field(default_factory=list)  # folders with hooks for PyInstaller

    @property
    def key(self) -> str:
        """All of it but the content of the hooks, for the cache."""
        return json.dumps([sorted(self.included), sorted(self.excluded), sorted(self.pure)])


@dataclass(frozen=True)
class BuildConfig:
    """Where the handlers are staged, where modules are found, where to work and write, and what was asked for."""

    stage: Path
    work: Path
    output: Path
    packages: Path | None  # the folder with the packages of an author's requirements
    paths: list[Path]  # where modules are found
    modules: list[str]
    excluded: list[str]
    loaded: list[str]  # modules of packages that were there when the handlers had been imported
    link: str  # "static", "portable", or "auto": portable where static is impossible
    preload: bool  # whether the snapshot holds what handlers import inside functions, too
    contents: Contents

    @property
    def handlers(self) -> dict[str, str]:
        """The handlers' modules by name."""
        index: dict[str, str] = json.loads((self.stage / "index.json").read_text())
        return index
