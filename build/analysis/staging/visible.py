"""Decide what an analysis may see: the handlers, their author's packages, and those that fn itself ships.

The build's own environment has many more, to analyse, lint and test with. A package that tries to import one of these
must not find it only because it was built here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from build.core.cache import digest, made_once
from build.core.distributions import PINNED, distributions
from build.core.paths import CACHE, HANDLERS, ROOT


def shipped(handlers: Path) -> Path:
    """Return a folder that leads to entry/ and to the packages that come with it.

    The packages of the catalogue are among them where its handlers are built.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = list(project["dependencies"])
    if handlers == HANDLERS:
        requirements += project["optional-dependencies"]["handlers"]
    names = {"entry": ROOT / "entry"}
    for found in _with_requirements(requirements):
        names.update({name: PINNED / name for name in _names(map(str, found.files or ()))})
    folder = CACHE / "shipped" / digest([f"{name} {place}" for name, place in sorted(names.items())])[:16]

    def make(unfinished: Path) -> None:
        unfinished.mkdir()
        for name, place in names.items():
            (unfinished / name).symlink_to(place)

    return made_once(folder, make)


def hidden(paths: Iterable[Path]) -> set[str]:
    """Return the modules of the build's own environment that are on none of these paths."""
    names = {name.partition(".")[0] for _, files in distributions(PINNED) for name in _names(files)}
    seen = {each.name.partition(".")[0] for path in paths for each in path.iterdir()}
    return {name for name in names - seen if name.isidentifier()} | {"_distutils_hack"}


def _with_requirements(requirements: Iterable[str]) -> Iterator[metadata.Distribution]:
    """Find the distributions that are named, and those that these require."""
    seen, waiting = set[str](), [Requirement(each) for each in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        found = next(iter(metadata.distributions(name=requirement.name, path=[str(PINNED)])))
        waiting += [Requirement(each) for each in found.requires or ()]
        yield found


def _names(files: Iterable[str]) -> set[str]:
    """Return what a distribution has installed, by name in the folder of packages."""
    inside = {file.partition("/")[0] for file in files if ".." not in file.split("/") and not file.startswith("/")}
    return {name for name in inside if not re.fullmatch(r"__pycache__|.*\.pth", name)}
