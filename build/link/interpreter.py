"""Link the two programs that a portable file bundles and starts: the interpreter, and the auditor of its loader."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from pathlib import Path

from build.core.cache import digest, made_once
from build.core.paths import BOOT, CACHE
from build.core.process import run
from build.link.machine_libraries import INTERPRETER, library, read_object
from build.link.static import COMPILE, boot_key, boot_sources
from build.toolchain.environment import headers

PROGRAMS = CACHE / "programs"
_FOLDERS = ["interpreter", "shared", "portable/program", "snapshot/heap", "snapshot/threads", "vfs"]  # of build/boot
_NO_FROZEN_MODULES = "no_frozen_modules.c"  # in place of these, if the interpreter is an archive
_FROZEN_MODULES = ("frozen.o", "deepfreeze.o")
_REST = "interpreter.a"  # without them
_ADDRESS = 0x70000000  # HOLE_START of build/boot/portable/process_snapshot.h: the code of an archive is not relocated
_WITHOUT_LIBC = ["-shared", "-nostdlib", "-ffreestanding", "-fno-stack-protector", "-fno-tree-loop-distribute-patterns"]


def programs() -> Path:
    """Return the folder with `auditor.so` and `program`, which are the same in all files; link them if need be."""
    interpreter = _python_archive() or _python_library()
    own = [*boot_key(), *COMPILE, *headers(), *_FROZEN_MODULES]
    key = digest([*own, sys.version, sysconfig.get_path("include"), interpreter])[:16]
    return made_once(PROGRAMS / key, _link)


def _link(folder: Path) -> None:
    folder.mkdir()
    _link_auditor(folder / "auditor.so")
    _link_program(folder / "program")


def _link_auditor(made: Path) -> None:
    sources = [*boot_sources(["portable/audit"]), BOOT / "shared" / "place.c"]  # the others need a libc
    command: list[str | Path] = ["gcc", *COMPILE, f"-I{BOOT}", *_WITHOUT_LIBC, "-fPIC", "-s", "-Wl,-z,defs"]
    run([*command, *sources, "-o", made], what="compiling the auditor")


def _link_program(made: Path) -> None:
    archive = _python_archive()
    left_out = set() if archive else {_NO_FROZEN_MODULES}
    command: list[str | Path] = [
        "gcc",
        *COMPILE,
        f"-I{sysconfig.get_path('include')}",
        f"-I{BOOT}",
        "-fvisibility=hidden",
        "-Wl,-E",  # what is marked ANSWERS, and what an archive of Python offers
        "-s",
        *(source for source in boot_sources(_FOLDERS) if source.name not in left_out),
        *(_from_archive(archive, made.parent) if archive else ["-fPIE", "-pie", _python_library()]),
    ]
    run([*command, "-o", made], what="compiling the program")
    (made.parent / _REST).unlink(missing_ok=True)


def _from_archive(archive: Path, folder: Path) -> list[str | Path]:
    """Return how to link all of the archive into the program, but for the modules that are frozen into it."""
    rest = Path(shutil.copyfile(archive, folder / _REST))
    run(["ar", "d", rest, *_FROZEN_MODULES], what="ar")
    libraries = [library(name, INTERPRETER) for name in _needed() if not name.startswith("libc.")]
    place = ["-fno-pie", "-no-pie", f"-Wl,-Ttext-segment={_ADDRESS:#x}"]
    return [*place, "-Wl,--whole-archive", rest, "-Wl,--no-whole-archive", *libraries]


def _needed() -> list[str]:
    return read_object(Path(sys.executable).resolve()).needed


def _python_archive() -> Path | None:
    """Return the archive of the interpreter, whose code is up to a fifth faster than the shared library's.

    Debian optimises it by a profile, and it calls itself directly. None where there is none: an interpreter that is
    itself a shared library and a few lines, and Debian's 3.13, whose archive lacks the hashes that it refers to.
    """
    archive = Path(str(sysconfig.get_config_var("LIBPL")), f"libpython{sysconfig.get_python_version()}.a")
    if sys.version_info >= (3, 13) or not archive.is_file() or any(name.startswith("libpython") for name in _needed()):
        return None
    return archive


def _python_library() -> Path:
    """Return the shared library of the interpreter that the build runs in."""
    folder, name = str(sysconfig.get_config_var("LIBDIR")), str(sysconfig.get_config_var("INSTSONAME"))
    places = [Path(folder, str(sysconfig.get_config_var("MULTIARCH")), name), Path(folder, name)]
    return next((path for path in places if path.exists()), None) or library(name, INTERPRETER)
