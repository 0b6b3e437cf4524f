"""orjson as a static library: its source distribution, which vendors every crate, through cargo. Links nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from build.debian import require_packages
from build.sdists import fetch, read_pin
from build.steps import CACHE, BuildError, digest, run


def orjson_library() -> tuple[Path, bool]:
    """The path of liborjson.a, and whether it was cached."""
    pin = read_pin("orjson")
    target = CACHE / "orjson" / digest([pin.text, sys.version, Path(__file__)])[:16]
    library = target / "liborjson.a"
    if library.exists():
        return library, True
    compile_library(fetch(pin, target)).rename(library)
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
