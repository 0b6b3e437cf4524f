"""Compile orjson into a static library with cargo; its sdist vendors every crate. Link nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from build.core.cache import digest, locked
from build.core.component import Component, of_source, write
from build.core.errors import BuildError
from build.core.paths import CACHE
from build.core.process import run
from build.toolchain.c_packages import Pin, fetch, read_pin
from build.toolchain.debian import require_packages

_TARGET = "x86_64-unknown-linux-gnu"
_CONTENTS = "contents.json"
_CRATE = re.compile(r"^(\S+) v([^\s|]+)[^|]*\|(.*)$", re.MULTILINE)  # of cargo tree
_CHECKSUM = re.compile(r'^name = "(.+)"\nversion = .+\nsource = .+\nchecksum = "(\w+)"', re.MULTILINE)  # Cargo.lock


def orjson_library() -> tuple[Path, bool]:
    """Return the path of liborjson.a, and whether it was cached."""
    pin = read_pin("orjson")
    python = str(sys.implementation.cache_tag)  # pyo3 asks for no more of it: an update of Debian's compiles nothing
    target = CACHE / "orjson" / digest([pin.text, python, Path(__file__)])[:16]
    library = target / "liborjson.a"
    if library.exists():
        return library, True
    with locked("orjson"):
        if library.exists():
            return library, True
        _make(pin, target, library)
    return library, False


def _make(pin: Pin, target: Path, library: Path) -> None:
    source = fetch(pin, target)
    compiled = compile_library(source)
    write(_components(source), target / _CONTENTS)
    compiled.rename(library)
    shutil.rmtree(target / "cargo")


def compile_library(source: Path) -> Path:
    """Compile orjson's source in a folder beside it: the same bytes in any place."""
    target = source.parent / "cargo"
    command = [_cargo(source), "rustc", "--release", "--offline", "--locked", "--lib", "--crate-type", "staticlib"]
    environment = {**os.environ, "PYO3_PYTHON": sys.executable, "CARGO_TARGET_DIR": str(target)}
    environment["CARGO_ENCODED_RUSTFLAGS"] = f"--remap-path-prefix={source}=orjson"  # messages of panics hold paths
    run(command, cwd=source, environment=environment, what="compiling orjson")
    return target / "release" / "liborjson.a"


def orjson_components() -> list[Component]:
    """Return the components: orjson, its crates, its C library, and Rust's standard library."""
    library, _ = orjson_library()
    return Component.read(library.parent / _CONTENTS)


def _components(source: Path) -> list[Component]:
    cargo, environment = _cargo(source), {**os.environ, "PYO3_PYTHON": sys.executable}
    tree = [cargo, "tree", "--offline", "--locked", "--edges", "normal", "--target", _TARGET, "--prefix", "none"]
    printed = run([*tree, "--format", "{p}|{l}"], cwd=source, environment=environment, what="asking for the crates")
    locked = dict(_CHECKSUM.findall((source / "Cargo.lock").read_text()))
    found = [
        Component(name, version, f"pkg:cargo/{name}@{version}", licence.replace("/", " OR "), (), locked[name])
        for name, version, licence in dict.fromkeys(_CRATE.findall(printed))
        if name in locked  # all but orjson itself
    ]
    rust = run([Path(cargo).with_name("rustc"), "--version"], what="asking for the version of Rust").split()[1]
    yyjson = re.findall(r'YYJSON_VERSION_STRING "(.+)"', (source / "include" / "yyjson" / "yyjson.h").read_text())[0]
    return [
        of_source(source, ["liborjson.a"]),
        Component("yyjson", yyjson, f"pkg:github/ibireme/yyjson@{yyjson}", "MIT"),
        *found,
        Component("Rust standard library", rust, f"pkg:generic/rust-std@{rust}", "MIT OR Apache-2.0"),
    ]


def _cargo(source: Path) -> str:
    """Return the machine's cargo if it is new enough, else that of Debian's package for current Rust."""
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
