"""Compile the program that supervises runs from source (build/boot/source): once, and with gcc alone."""

from __future__ import annotations

import os
from pathlib import Path

from build.core.cache import digest
from build.core.console import step
from build.core.paths import BOOT
from build.core.process import run
from build.link.static import COMPILE, boot_key, boot_sources
from build.toolchain.environment import headers
from build.toolchain.llhttp import llhttp
from entry.runtime.source import SUPERVISOR

_FOLDERS = ("supervisor", "hosts", "shared", "source")


def supervisor() -> Path:
    """Return the program, which is where `python -m entry` looks for it; compile it unless the cache has it."""
    include, parser = llhttp()
    made = SUPERVISOR.with_name(f"fn-{digest([*boot_key(), *COMPILE, *headers(), str(include)])[:16]}")
    if not made.exists():
        with step("supervisor"):
            _compile(made, include, parser)
    if not SUPERVISOR.is_symlink() or SUPERVISOR.readlink() != Path(made.name):
        link = SUPERVISOR.with_name(f"fn.{os.getpid()}")
        link.symlink_to(made.name)
        link.replace(SUPERVISOR)
        for earlier in set(SUPERVISOR.parent.glob("fn-" + "?" * 16)) - {made}:
            earlier.unlink(missing_ok=True)
    return SUPERVISOR


def from_source(*python: str | Path) -> list[str]:
    """Return what starts a run from source: the words of the run go behind it. `python` starts `entry`."""
    return [str(supervisor()), *map(str, python), "--"]


def _compile(target: Path, include: Path, parser: list[Path]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    command: list[str | Path] = [
        "gcc", *COMPILE, f"-I{BOOT}", f"-I{include}", "-static", "-no-pie", "-fno-pie", "-s", "-Wl,-e,fn_start",
        "-Wl,--gc-sections", "-Wl,-z,noexecstack", *boot_sources(_FOLDERS), *parser, "-lm", "-o", unfinished,
    ]  # fmt: skip
    run(command, what="compiling the supervisor for runs from source")
    unfinished.replace(target)
