"""Compile packages for the static link: download their sdists by the pin, and compile a table of C modules.

build/toolchain/orjson.py compiles orjson, which is Rust. Link nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from build.core.cache import digest, made_once
from build.core.component import Component, of_source
from build.core.errors import BuildError
from build.core.paths import CACHE
from build.core.process import run
from build.toolchain.environment import PINS, VENV, headers

_FLAGS = ["-std=gnu11", "-O2", "-fno-pie", "-fno-plt", "-fwrapv", "-DNDEBUG", "-w"]
_FLAGS += ["-ffunction-sections", "-fdata-sections"]  # so that the linker can drop what nothing calls

# pip asks a source distribution's build backend for its metadata before it hands the file out. Nothing is built by
# pip here, so an empty answer replaces the backend.
_BACKEND = """
import os
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    name = os.environ["SDIST"] + ".dist-info"
    os.makedirs(os.path.join(directory, name))
    project, version = os.environ["SDIST"].split("-")
    with open(os.path.join(directory, name, "METADATA"), "w") as file:
        file.write(f"Metadata-Version: 2.1\\nName: {project}\\nVersion: {version}\\n")
    return name
"""
_BACKENDS = ("maturin.py", "setuptools/__init__.py", "setuptools/build_meta.py")


@dataclass(frozen=True)
class Compiled:
    """An extension module of a package: the pin, and its sources in the sdist."""

    package: str
    sources: tuple[str, ...]


# By the name under which the package imports it.
COMPILED = {
    "markupsafe._speedups": Compiled("markupsafe", ("src/markupsafe/_speedups.c",)),
    "msgspec._core": Compiled("msgspec", ("src/msgspec/_core.c",)),
}


def is_of_the_pin(module: str, shared_object: Path) -> bool:
    """Tell whether a shared object belongs to a row of the table, in the version of the pin."""
    if module not in COMPILED:
        return False
    pin = read_pin(COMPILED[module].package)
    packages = shared_object.parents[module.count(".")]
    return (packages / f"{pin.package}-{pin.version}.dist-info").is_dir()


def initializer(module: str) -> str:
    """Return the name of a module's init function in the static link, since two packages may have a `_core`."""
    return f"PyInit_{module.replace('.', '_')}"


def compile_packaged(module: str, include: Path) -> list[Path]:
    """Return the object files of a row of the table; `include` is the folder with the static library's headers."""
    row = COMPILED[module]
    renamed = f"-DPyInit_{module.rpartition('.')[2]}={initializer(module)}"
    return compiled(row.package, row.sources, [renamed, f"-I{include}"])[1]


def compiled(package: str, sources: Sequence[str], options: Sequence[str]) -> tuple[Path, list[Path]]:
    """Return the unpacked sdist of a pin, and the objects of these sources in it; make what is not in the cache.

    The options may name folders of the sdist. Raise BuildError with the compiler's messages.
    """
    pin = read_pin(package)
    names = {source: source.replace("/", "-").removesuffix(".c") + ".o" for source in sources}

    def make(folder: Path) -> None:
        inside = fetch(pin, folder)
        for source, made in names.items():
            command: list[str | Path] = ["gcc", *_FLAGS, *options, "-c", source, "-o", folder / made]
            run(command, cwd=inside, what=f"compiling {source} of {package}")

    key = digest([pin.text, sys.version, *headers(), *_FLAGS, *sources, *options])[:16]
    target = made_once(CACHE / "sdists" / key, make)
    return target / f"{pin.package}-{pin.version}", [target / made for made in names.values()]


def component(package: str, objects: Sequence[Path]) -> Component:
    """Return the component that these objects of a pin add to the SBOM."""
    pin = read_pin(package)
    return of_source(objects[0].parent / f"{pin.package}-{pin.version}", [path.name for path in objects])


@dataclass(frozen=True)
class Pin:
    """A package with its version, and its lines in build/toolchain/pins.txt, hashes included."""

    package: str
    version: str
    text: str


def read_pin(package: str) -> Pin:
    found = re.search(rf"^{package}==(\S+)((?:\s*\\\n\s+--hash=\S+)+)", PINS.read_text(), re.MULTILINE)
    if not found:
        raise BuildError(f"{PINS} does not pin {package}")
    return Pin(package, found[1], found[0])


def fetch(pin: Pin, target: Path) -> Path:
    """Download the sdist of a pin into a new folder `target`, unpack it there, and return its folder."""
    shutil.rmtree(target, ignore_errors=True)
    name = f"{pin.package}-{pin.version}"
    for backend in _BACKENDS:
        path = target / "backend" / backend
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_BACKEND)
    (target / "pin.txt").write_text(pin.text + "\n")
    command: list[str | Path] = [VENV / "bin" / "python", "-m", "pip", "download"]
    command += ["--disable-pip-version-check", "--no-input", "--no-deps", "--no-binary", ":all:"]
    command += ["--no-build-isolation", "--require-hashes", "-r", target / "pin.txt", "-d", target]
    environment = {**os.environ, "PYTHONPATH": str(target / "backend"), "SDIST": name}
    run(command, environment=environment, what=f"downloading the source of {name}")
    shutil.unpack_archive(target / f"{name}.tar.gz", target)  # pinned by its hash
    return target / name
