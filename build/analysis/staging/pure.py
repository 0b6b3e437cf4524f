"""Leave out the extension modules of packages: make a folder of links without them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from importlib import metadata
from pathlib import Path

from packaging.utils import canonicalize_name

from build.core.cache import digest, made_once
from build.core.errors import BuildError
from build.core.paths import CACHE


def without_extensions(packages: Path | None, pure: Collection[str]) -> Path | None:
    """Return a folder with all packages, those named in Python alone; by the name of a package, or as pip knows it.

    Raise BuildError for a name that has no extension modules.
    """
    if not pure:
        return packages
    if not packages:
        raise BuildError(f"--pure {' '.join(pure)}: there are no packages", "name a file of them with --requirements")
    folder = CACHE / "pure" / digest([str(packages), *sorted(pure)])[:16]
    left_out = {path for name in pure for path in _extension_modules(packages, name)}

    def make(unfinished: Path) -> None:
        shutil.copytree(
            packages,
            unfinished,
            copy_function=os.symlink,
            ignore=lambda parent, names: [name for name in names if Path(parent, name) in left_out],
        )

    return made_once(folder, make)


def _extension_modules(packages: Path, name: str) -> list[Path]:
    for distribution in metadata.distributions(path=[str(packages)]):
        files = [Path(str(distribution.locate_file(file))) for file in distribution.files or ()]
        tops = {file.relative_to(packages).parts[0] for file in files if file.is_relative_to(packages)}
        if canonicalize_name(name) == canonicalize_name(distribution.metadata["Name"]) or name in tops:
            found = [file for file in files if file.suffix == ".so"]
            if found:
                return found
    raise BuildError(f"--pure {name}: there is no such package with extension modules among the requirements")
