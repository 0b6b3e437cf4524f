"""Archives for the tests of `archive`, and what it makes of them."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

from tests.catalogue.conftest import Run, Seen

TO = {"scope": "workflow", "name": "result"}


def zip_of(
    members: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None, method: int = 8
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.filename = name  # ZipInfo itself would clean it
            if change:
                change(info)
            made.writestr(info, data)
    return buffer.getvalue()


def tar_of(members: dict[str, bytes], change: Callable[[tarfile.TarInfo], None] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if change:
                change(info)
            made.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def contents_of(folder: bytes) -> dict[str, bytes]:
    """The files in a folder that was set as a variable, which the sidecar packs."""
    with tarfile.open(fileobj=io.BytesIO(folder)) as packed:
        found = {member.name.removeprefix("./"): packed.extractfile(member) for member in packed if member.isreg()}
        return {name: stream.read() for name, stream in found.items() if stream}


def unpacked(run: Run, data: bytes, **more: Any) -> Seen:
    return run("archive", {"action": "unpack", "archive": "data", "to": TO, **more}, {"data": data})
