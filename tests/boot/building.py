"""Builds the supervisor with a function in C in the interpreter's place."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from build.core.paths import BOOT
from build.link.static import COMPILE, boot_sources
from build.toolchain.llhttp import llhttp

SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_PLAYED = ("monotonic_now", "listener_is_open", "function_process_start", "mmap", "munmap", "madvise")
_FOLDERS = ("supervisor", "hosts", "shared")
_STAND_IN = """
#include "shared/launch.h"
#include "snapshot/boot_mode.h"
#include <stdlib.h>
enum boot boot = BOOT_COLD;
void interpreter_capture(int argc, char **argv)
{
    (void)argc, (void)argv;
    abort();
}
void interpreter_main(int argc, char **argv)
{
    (void)argc, (void)argv;
    abort();
}
"""
_NO_INTERPRETER = """
void interpreter_run(int argc, char **argv)
{
    interpreter_main(argc, argv);
}
bool interpreter_can_be_template(void)
{
    return false;
}
void interpreter_run_as_template(int argc, char **argv)
{
    interpreter_main(argc, argv);
}
void interpreter_populate(void)
{
}
"""


def build(folder: Path, *flags: str) -> Path:
    """The program, made in a folder of the test's."""
    stand_in = folder / "stand_in.c"
    stand_in.write_text(_STAND_IN)
    sources = [
        *(path for path in boot_sources(_FOLDERS) if path.suffix == ".c"),
        BOOT / "static" / "main.c",
        Path(__file__).with_name("function.c"),
        Path(__file__).with_name("shifted_clock.c"),
        stand_in,
    ]
    return _compiled(folder / "supervisor", sources, (*flags, "-Wl,--wrap=monotonic_now"))


def build_fuzzer(folder: Path, *flags: str) -> Path:
    """The host of HTTP with a fuzzer around it (fuzz/), which sees what code an input leads to."""
    stand_in = folder / "stand_in.c"
    stand_in.write_text(_STAND_IN + _NO_INTERPRETER)
    include, _ = llhttp()
    compiled = []
    for source in Path(__file__).with_name("fuzz").glob("*.c"):  # apart: what the fuzzer does itself is not of interest
        compiled.append(folder / f"{source.stem}-of-fuzz.o")
        command = ["gcc", *COMPILE, *flags, "-g", f"-I{BOOT}", f"-I{include}", "-c", source, "-o", compiled[-1]]
        subprocess.run([str(word) for word in command], check=True)
    sources = [*(path for path in boot_sources(_FOLDERS) if path.suffix == ".c"), stand_in, *compiled]
    wraps = (f"-Wl,--wrap={name}" for name in _PLAYED)
    return _compiled(folder / "fuzzer", sources, (*flags, "-fsanitize-coverage=trace-pc", *wraps))


def build_client(folder: Path, *flags: str) -> Path:
    """A program that asks a server with the client of the hosts (client.c)."""
    of_hosts = ("http_client", "http_answer", "peer_address", "headers")
    of_shared = ("nameless_file", "place", "settings", "clock")
    parts = [*(f"hosts/http/{name}" for name in of_hosts), *(f"shared/{name}" for name in of_shared), "supervisor/loop"]
    sources = [BOOT / f"{part}.c" for part in parts]
    return _compiled(folder / "client", [*sources, Path(__file__).with_name("client.c")], flags)


def _compiled(program: Path, sources: Sequence[Path], flags: Sequence[str]) -> Path:
    include, _ = llhttp()
    made = []
    for source in include.with_name("src").glob("*.c"):
        made.append(program.with_name(f"{source.stem}.o"))
        subprocess.run(["gcc", "-O2", "-g", "-w", *flags, f"-I{include}", "-c", source, "-o", made[-1]], check=True)
    command = ["gcc", *COMPILE, *flags, "-g", f"-I{BOOT}", f"-I{include}", *sources, *made, "-o", program, "-lm"]
    subprocess.run([str(word) for word in command], check=True)
    return program
