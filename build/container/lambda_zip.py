"""Write the zip that AWS Lambda takes: the file as `bootstrap`, nothing else. The same file gives the same bytes."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from build.core.paths import shown

_UPLOAD_MOST = 50 << 20  # bytes that Lambda takes directly; more comes from S3
_UNPACKED_MOST = 250 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment of zip
_MODE = 0o100755


def write_zip(file: Path, target: Path) -> None:
    """Write the zip whole or not at all, and print its size."""
    entry = zipfile.ZipInfo("bootstrap", _LONG_AGO)
    entry.create_system, entry.external_attr = 3, _MODE << 16  # Unix, which has modes
    entry.compress_type = zipfile.ZIP_DEFLATED
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    with zipfile.ZipFile(unfinished, "w") as archive:
        archive.writestr(entry, file.read_bytes(), compresslevel=9)
    unfinished.rename(target)
    size, unpacked = target.stat().st_size, file.stat().st_size
    print(f"{shown(target)}: {size / 1e6:.1f} MB, {unpacked / 1e6:.1f} MB unpacked", flush=True)
    if size > _UPLOAD_MOST:
        print("  note: Lambda takes 50 MB directly; upload it to S3, or use an image (python3 build image)", flush=True)
    if unpacked > _UNPACKED_MOST:
        print("  note: Lambda takes 250 MB unpacked; use an image (python3 build image)", flush=True)
