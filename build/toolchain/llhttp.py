"""llhttp, the parser of HTTP in the file (build/boot/hosts): its C sources, from the source distribution of httptools.

Node.js' parser is generated; httptools carries what was generated, and its licence. Compiles; links nothing.
"""

from __future__ import annotations

from pathlib import Path

from build.core.cache import digest, locked
from build.core.component import Component, of_source
from build.core.paths import CACHE
from build.core.process import run
from build.toolchain.c_packages import fetch, read_pin

_FLAGS = ["-std=gnu11", "-O2", "-fno-pie", "-DNDEBUG", "-w", "-ffunction-sections", "-fdata-sections"]
_SOURCES = ("api", "http", "llhttp")
_FOLDER = Path("vendor", "llhttp")


def llhttp() -> tuple[Path, list[Path]]:
    """Return the folder of its header and its object files, compiled when they are not in the cache."""
    pin = read_pin("httptools")
    target = CACHE / "llhttp" / digest([pin.text, *_FLAGS])[:16]
    folder = target / f"{pin.package}-{pin.version}" / _FOLDER
    objects = [target / "boot" / "llhttp" / f"{name}.o" for name in _SOURCES]  # whose state is a process's own
    if not all(made.exists() for made in objects):
        with locked("llhttp"):
            if not all(made.exists() for made in objects):
                fetch(pin, target)
                _compile(folder, objects)
    return folder / "include", objects


def _compile(folder: Path, objects: list[Path]) -> None:
    objects[0].parent.mkdir(parents=True)
    for made in objects:
        unfinished = made.with_suffix(".tmp")
        source = folder / "src" / f"{made.stem}.c"
        command: list[str | Path] = ["gcc", *_FLAGS, f"-I{folder / 'include'}", "-c", source, "-o", unfinished]
        run(command, what=f"compiling {source.name} of llhttp")
        unfinished.rename(made)


def llhttp_component() -> Component:
    """Return what it adds to the SBOM."""
    _, objects = llhttp()
    pin = read_pin("httptools")
    source = objects[0].parents[2] / f"{pin.package}-{pin.version}"
    return of_source(source, [path.name for path in objects])
