"""The files that a function is given, and the variables it leaves behind, by the sidecar's rules (docs/contract.md)."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path

SCOPES = ("namespace", "workflow", "instance")
_NAME = re.compile(r"(([a-zA-Z][a-zA-Z0-9_]*[a-zA-Z0-9])|([a-zA-Z]))")


def prepare(exchange: Path, files: Mapping[str, bytes]) -> None:
    """Make the folders of variables, and the files that the workflow passes in, by path below vars/."""
    folder = exchange / "vars"
    folder.mkdir()
    prepare_in(folder, files)
    for each in (folder, folder / "out", *(folder / "out").iterdir()):
        each.chmod(0o750)


def prepare_in(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make the same in any folder: Direktiv of today has one for each call."""
    for scope in SCOPES:
        (folder / "out" / scope).mkdir(parents=True)
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def collect(exchange: Path) -> tuple[dict[str, dict[str, bytes]], list[str]]:
    """Return the variables by scope and name, and what was refused; as in production, the first error is the last."""
    return collect_from(exchange / "vars")


def collect_from(below: Path) -> tuple[dict[str, dict[str, bytes]], list[str]]:
    """Return the same of any folder."""
    found: dict[str, dict[str, bytes]] = {scope: {} for scope in SCOPES}
    for scope in SCOPES:
        folder = below / "out" / scope
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                continue
            if not _NAME.fullmatch(path.name):
                return found, [f"variable {path.name!r} in {scope} has no valid name: it and all after it are lost"]
            found[scope][path.name] = _packed(path) if path.is_dir() else path.read_bytes()
    return found, []


def _packed(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(folder, arcname=".")
    return buffer.getvalue()
