"""Builds the supervisor with a function in C in the interpreter's place: each program once, for all tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from build.core.cache import digest, made_once
from build.core.paths import BOOT, CACHE
from build.link.static import COMPILE, boot_sources
from build.toolchain.llhttp import llhttp

SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
_PLAYED = ("monotonic_now", "listener_is_open", "function_process_start", "mmap", "munmap", "madvise")
_FOLDERS = ("supervisor", "hosts", "shared")
_HERE = Path(__file__).parent
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


def build(*flags: str) -> Path:
    """Return the program."""

    def make(folder: Path) -> None:
        stand_in = folder / "stand_in.c"
        stand_in.write_text(_STAND_IN)
        own = [_HERE / "function.c", _HERE / "shifted_clock.c", stand_in]
        _compile(
            folder / "supervisor", [*_of_boot(), BOOT / "static" / "main.c", *own], flags, "-Wl,--wrap=monotonic_now"
        )

    return _made("supervisor", flags, make)


def build_fuzzer(*flags: str) -> Path:
    """Return the host of HTTP with a fuzzer around it (fuzz/), which sees what code an input leads to."""

    def make(folder: Path) -> None:
        stand_in = folder / "stand_in.c"
        stand_in.write_text(_STAND_IN + _NO_INTERPRETER)
        include, _ = llhttp()
        compiled = []
        for source in (_HERE / "fuzz").glob("*.c"):  # apart: what the fuzzer does itself is not of interest
            compiled.append(folder / f"{source.stem}-of-fuzz.o")
            command = ["gcc", *COMPILE, *flags, "-g", f"-I{BOOT}", f"-I{include}", "-c", source, "-o", compiled[-1]]
            subprocess.run([str(word) for word in command], check=True)
        wraps = (f"-Wl,--wrap={name}" for name in _PLAYED)
        _compile(folder / "fuzzer", [*_of_boot(), stand_in, *compiled], flags, "-fsanitize-coverage=trace-pc", *wraps)

    return _made("fuzzer", flags, make)


def build_client(*flags: str) -> Path:
    """Return a program that asks a server with the client of the hosts (client.c)."""
    of_hosts = ("http_client", "http_answer", "peer_address", "headers")
    of_shared = ("nameless_file", "place", "settings", "absolute_path", "clock")
    parts = [*(f"hosts/http/{name}" for name in of_hosts), *(f"shared/{name}" for name in of_shared), "supervisor/loop"]
    sources = [*(BOOT / f"{part}.c" for part in parts), _HERE / "client.c"]
    return _made("client", flags, lambda folder: _compile(folder / "client", sources, flags))


def _of_boot() -> list[Path]:
    return [path for path in boot_sources(_FOLDERS) if path.suffix == ".c"]


def _made(name: str, flags: Sequence[str], make: Callable[[Path], None]) -> Path:
    """Return the program of that name; compile it unless one of the same sources and flags is there."""
    include, _ = llhttp()
    own = [*sorted(_HERE.glob("*.c")), _HERE / "fuzz", Path(__file__)]
    key = digest([BOOT, *own, name, str(include), *COMPILE, *flags])[:16]

    def made(folder: Path) -> None:
        folder.mkdir()
        make(folder)

    return made_once(CACHE / "boot-tests" / key, made) / name


def _compile(program: Path, sources: Sequence[Path], flags: Sequence[str], *own: str) -> None:
    """Compile and link; the `own` flags are of this program."""
    include, _ = llhttp()
    made = []
    for source in sorted(include.with_name("src").glob("*.c")):
        made.append(program.with_name(f"{source.stem}.o"))
        command = ["gcc", "-O2", "-g", "-w", *flags, *own, f"-I{include}", "-c", source, "-o", made[-1]]
        subprocess.run([str(word) for word in command], check=True)
    command = ["gcc", *COMPILE, *flags, *own, "-g", f"-I{BOOT}", f"-I{include}", *sources, *made, "-o", program, "-lm"]
    subprocess.run([str(word) for word in command], check=True)
