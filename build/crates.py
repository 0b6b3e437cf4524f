"""orjson as a static library: its source distribution, which vendors every crate, through cargo. Links nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from build.debian import require_packages
from build.environment import PINS, VENV
from build.steps import CACHE, BuildError, digest, run

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


def orjson_library() -> tuple[Path, bool]:
    """The path of liborjson.a, and whether it was cached."""
    pin = re.search(r"^orjson==(\S+)((?:\s*\\\n\s+--hash=\S+)+)", PINS.read_text(), re.MULTILINE)
    if not pin:
        raise BuildError(f"{PINS} does not pin orjson")
    version = pin[1]
    target = CACHE / "orjson" / digest([pin[0], sys.version, Path(__file__)])[:16]
    library = target / "liborjson.a"
    if library.exists():
        return library, True
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    source = _unpack(_download(f"orjson-{version}", pin[0], target), target)
    compile_library(source).rename(library)
    shutil.rmtree(target / "cargo")
    return library, False


def compile_library(source: Path) -> Path:
    """What cargo makes of orjson's source, in a folder beside it: the same bytes wherever that is."""
    target = source.parent / "cargo"
    command = [_cargo(source), "rustc", "--release", "--offline", "--locked", "--lib", "--crate-type", "staticlib"]
    environment = {**os.environ, "PYO3_PYTHON": sys.executable, "CARGO_TARGET_DIR": str(target)}
    environment["CARGO_ENCODED_RUSTFLAGS"] = f"--remap-path-prefix={source}=orjson"  # messages of panics hold paths
    run(command, cwd=source, environment=environment, what="compiling orjson")
    return target / "release" / "liborjson.a"


def _download(name: str, pin: str, target: Path) -> Path:
    backend = target / "backend"
    backend.mkdir()
    (backend / "maturin.py").write_text(_BACKEND)
    (target / "pin.txt").write_text(pin + "\n")
    run(
        [
            VENV / "bin" / "python",
            "-m",
            "pip",
            "download",
            "--disable-pip-version-check",
            "--no-input",
            "--no-deps",
            "--no-binary",
            ":all:",
            "--no-build-isolation",
            "--require-hashes",
            "-r",
            target / "pin.txt",
            "-d",
            target,
        ],
        environment={**os.environ, "PYTHONPATH": str(backend), "SDIST": name},
        what=f"downloading the source of {name}",
    )
    return target / f"{name}.tar.gz"


def _unpack(archive: Path, target: Path) -> Path:
    shutil.unpack_archive(archive, target)  # pinned by its hash
    return target / archive.name.removesuffix(".tar.gz")


def _cargo(source: Path) -> str:
    """The machine's own cargo when it is new enough, else Debian's package for current Rust."""
    needed = re.search(r'^rust-version = "([\d.]+)"', (source / "Cargo.toml").read_text(), re.MULTILINE)
    wanted = _number(needed[1] if needed else "1.0")
    cargo = shutil.which("cargo")
    if cargo and _version(cargo) >= wanted:
        return cargo
    require_packages(["cargo-web", "rustc-web"])
    cargo = "/usr/bin/cargo"
    if _version(cargo) < wanted:
        raise BuildError(
            f"orjson needs Rust {needed[1] if needed else '?'}, {cargo} is older",
            "run apt-get update and upgrade cargo-web, or install a newer Rust",
        )
    return cargo


def _version(cargo: str) -> tuple[int, ...]:
    done = subprocess.run([cargo, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"cargo ([\d.]+)", done.stdout)
    return _number(found[1]) if found else (0,)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
