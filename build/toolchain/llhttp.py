"""llhttp, the parser of HTTP in the file (build/boot/hosts): its C sources, from the source distribution of httptools.

Node.js' parser is generated; httptools carries what was generated, and its licence.
"""

from __future__ import annotations

from pathlib import Path

from build.toolchain.c_packages import compiled

PACKAGE = "httptools"
_FOLDER = "vendor/llhttp"


def llhttp() -> tuple[Path, list[Path]]:
    """Return the folder of its header and its object files, compiled when they are not in the cache."""
    sources = [f"{_FOLDER}/src/{name}.c" for name in ("api", "http", "llhttp")]
    inside, objects = compiled(PACKAGE, sources, [f"-I{_FOLDER}/include"])
    return inside / _FOLDER / "include", objects
