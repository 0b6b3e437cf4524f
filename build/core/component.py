"""A component of a file: its name, version and licence, and where it comes from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from email.parser import Parser
from pathlib import Path
from typing import Any

HASH_FILE = "fn.sha256"  # in the metadata of a package: the hash of the wheel that it is from


@dataclass(frozen=True)
class Component:
    """A component: `purl` is its package URL; `files` are those that the linker or the loader sees."""

    name: str
    version: str
    purl: str
    licence: str
    files: tuple[str, ...] = ()
    sha256: str = ""

    @classmethod
    def read(cls, path: Path) -> list[Component]:
        """Read components that an earlier build has written."""
        return [cls(**{**each, "files": tuple(each["files"])}) for each in json.loads(path.read_text())]


def write(components: Iterable[Component], path: Path) -> None:
    path.write_text(json.dumps([asdict(each) for each in components]))


def of_source(source: Path, files: Iterable[str]) -> Component:
    """Return the component of an unpacked sdist beside its archive; `files` were compiled from it."""
    metadata = Parser().parsestr((source / "PKG-INFO").read_text())
    archive = source.with_name(f"{source.name}.tar.gz")
    return of_metadata(metadata, tuple(files), hashlib.sha256(archive.read_bytes()).hexdigest())


def of_metadata(metadata: Any, files: tuple[str, ...], sha256: str) -> Component:
    """Return the component that the metadata of a Python distribution describes."""
    name, version = metadata["Name"], metadata["Version"]
    licence = metadata.get("License-Expression") or metadata.get("License") or ""
    if not licence or "\n" in licence:
        named = [
            text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier", []) if text.startswith("License ::")
        ]
        licence = ", ".join(named) or "NOASSERTION"
    normal = re.sub(r"[-_.]+", "-", name).lower()
    purl = f"pkg:pypi/{normal}@{version}".replace("+", "%2B")
    return Component(name, version, purl, licence, files, sha256)
