"""The configuration of a build: what was asked for, and where its inputs are found."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
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
class Tricks:
    """What a static file could do without. No option: `python3 build bench --ablate` builds it without each.

    docs/start/ablation.md has what each is worth.
    """

    hot_sections: bool = True  # what runs touch of the snapshot lies together
    second_profile: bool = True  # what they touch is known by single blocks
    freed_apart: bool = True  # what was freed before the snapshot is no part of it
    populate: bool = True  # pages that every run writes are made writable at once
    warm_up: bool = True  # code has run before the snapshot
    sparse: bool = True  # few words among zeros are kept apart
    no_frozen_modules: bool = True
    old_formats: bool = True  # nothing in place of decoders that no run uses
    old_processors: bool = True  # nor of variants of libm's functions
    no_unwinding: bool = True  # no tables of it but libc's
    no_columns: bool = True
    compressed_modules: bool = True
    compressed_libraries: bool = True

    @property
    def left_out(self) -> list[str]:
        return [each.name for each in fields(self) if not getattr(self, each.name)]


EVERY_TRICK = Tricks()


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
    tricks: Tricks = EVERY_TRICK

    @property
    def handlers(self) -> dict[str, str]:
        """The handlers' modules by name."""
        index: dict[str, str] = json.loads((self.stage / "index.json").read_text())
        return index
