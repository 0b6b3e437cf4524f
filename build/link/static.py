"""Link the static file: boot program, interpreter, extension modules and archive, in one call of gcc.

The archive becomes a read-only part of the program that the kernel maps with the rest, so the file never has to open
itself: it starts without /proc, and where it may be executed but not read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from build.archive import index
from build.core.cache import digest, made_once
from build.core.configuration import Tricks
from build.core.errors import BuildError
from build.core.paths import BOOT, CACHE
from build.core.process import run
from build.link import c_libraries, inittab
from build.link.libc_start import quick_start
from build.link.linker_script import FOLDERS, INTERPRETER, LIBC, linker_script, wrapped
from build.toolchain.environment import headers
from build.toolchain.extensions import EXTENSIONS
from build.toolchain.llhttp import llhttp

WARNINGS = ["-Wall", "-Wextra", "-Werror"]
COMPILE = ["-std=gnu11", "-O2", "-D_GNU_SOURCE", *WARNINGS]

# It compares the patterns of its script byte by byte then, not as texts of a language, which took a third of a link.
LINKER_ENVIRONMENT = {**os.environ, "LC_ALL": "C"}

_ALWAYS = ["expat", "z", "zstd", "dl", "m", "util"]
_IMPLICIT = ["crt1.o", "crti.o", "crtbeginT.o", "crtend.o", "crtn.o", "libgcc.a", "libgcc_eh.a", "libc.a"]

_TRICKS = {"no_frozen_modules", "old_formats", "old_processors"}  # objects of build/boot that replace others

# glibc warns that these functions need shared objects at run time. They work without (tests/files/test_names.py).
_EXPECTED = re.compile(
    r"warning: Using '\w+' in statically linked applications requires at runtime the shared libraries"
)


def boot_sources(folders: Iterable[str]) -> list[Path]:
    """Return the sources in these folders of build/boot, and below them."""
    found = (path for folder in folders for path in sorted((BOOT / folder).rglob("*")))
    return [path for path in found if path.suffix in (".c", ".S")]


def boot_key() -> list[Path | str]:
    """Return all that is compiled of build/boot, for keys of the cache: names in it, and files."""
    found = sorted(path for path in BOOT.rglob("*") if path.suffix in (".c", ".h", ".S"))
    return [part for path in found for part in (str(path.relative_to(BOOT)), path)]


def include_folder() -> Path:
    return Path(sysconfig.get_path("include", scheme="posix_prefix", vars={"base": "/usr", "installed_base": "/usr"}))


def python_library() -> Path:
    config = sysconfig.get_config_var("LIBPL")
    return Path(str(config)) / f"libpython{sysconfig.get_python_version()}.a"


def link(
    output: Path,
    *,
    archive: Path,
    builtins: set[str],
    extensions: dict[str, list[Path]],
    packaged: dict[str, list[Path]],
    orjson: Path,
    variables: Path,
    work: Path,
    tricks: Tricks,
) -> None:
    """Write the static file; raise BuildError with the linker's messages.

    `extensions` and `packaged` are the object files of extension modules, of the standard library and of packages.
    """
    table, assembly, script = work / "inittab.c", work / "modules.S", work / "layout.ld"
    packable = c_libraries.of_modules({*builtins, *extensions}) if tricks.compressed_libraries else []
    table.write_text(inittab.source({*builtins, *extensions}, packaged, packable))
    assembly.write_text(index.assembly(archive, {}))
    script.write_text(linker_script([c_libraries.objects_of(modules) for modules in packable], tricks))
    flags, without = ["-DFN_STATIC", f"-I{include_folder()}"], _TRICKS & {*tricks.left_out}
    parts = [part for part in boot_objects(FOLDERS, work, *flags) if part.stem not in without]
    parts += [_compile(source, work / "boot" / INTERPRETER, flags) for source in (table, assembly)]
    parts.append(_compile(variables, work / "boot" / "shared", flags))
    parts += llhttp()[1]
    parts += quick_start(work / "boot" / LIBC)
    objects = [path for paths in (*extensions.values(), *packaged.values()) for path in paths]
    command = [
        "gcc", "-static", "-no-pie", "-fno-pie", "-s", "-Wl,-e,fn_start", "-Wl,--gc-sections", "-Wl,--build-id=sha1",
        "-Wl,-z,noexecstack", "-Wl,-z,noseparate-code", "-Wl,-z,norelro", "-Wl,--no-warn-rwx-segments",
        f"-Wl,-Map,{work / 'link.map'}", f"-Wl,-T,{script}", *wrapped(), *parts, *objects, "-o", output,
        "-Wl,--start-group", orjson, python_library(), *(f"-l{name}" for name in _libraries(extensions)),
        "-Wl,--end-group",
    ]  # fmt: skip
    done = subprocess.run(
        [str(word) for word in command], env=LINKER_ENVIRONMENT, capture_output=True, text=True, check=False
    )
    problems = list(_unexpected(done.stderr.splitlines()))
    if done.returncode or problems:
        raise BuildError("the static link failed", "\n".join(problems[-25:] or done.stderr.splitlines()[-25:]))


def _libraries(modules: Iterable[str]) -> list[str]:
    """Return the machine's libraries for the static link, in the linker's order."""
    return [*dict.fromkeys(name for module in modules for name in EXTENSIONS[module].libraries), *_ALWAYS]


def machine_parts(modules: Iterable[str]) -> list[Path]:
    """Return the machine's archives and objects that a static link with these extension modules may take."""
    archives = [_find(f"lib{name}.a") for name in _libraries(modules)]
    return [python_library(), *implicit_parts(), *(part for archive in archives for part in _members(archive))]


def implicit_parts() -> list[Path]:
    """Return the objects and archives that gcc adds to every static link."""
    return [*map(_find, _IMPLICIT), *_members(_find("libm.a"))]


def _find(name: str) -> Path:
    return Path(run(["gcc", f"-print-file-name={name}"], what=f"asking gcc for {name}").strip())


def _members(archive: Path) -> list[Path]:
    """Return an archive with the archives that it refers to if it is a linker script (libm.a)."""
    content = archive.read_bytes()
    if content.startswith(b"!<"):
        return [archive]
    return [archive, *map(Path, re.findall(r"/\S+\.a", content.decode()))]


def boot_objects(folders: Iterable[str], work: Path, *flags: str) -> list[Path]:
    """Compile folders of build/boot into folders of the same names, once for all files made of the same sources."""
    sources = {
        source: Path("boot", source.relative_to(BOOT)).parent
        for suffix in ("c", "S")
        for folder in folders
        for source in sorted((BOOT / folder).rglob(f"*.{suffix}"))
    }

    def compile_all(target: Path) -> None:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda source: _compile(source, target / sources[source], flags), sources))

    key = [*boot_key(), sys.version, *headers(), str(llhttp()[0].relative_to(CACHE)), *COMPILE, *folders, *flags]
    shutil.copytree(made_once(CACHE / "boot" / digest(key)[:16], compile_all), work, dirs_exist_ok=True)
    return [work / folder / f"{source.stem}.o" for source, folder in sources.items()]


def _compile(source: Path, target: Path, flags: Iterable[str]) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    compiled = target / f"{source.stem}.o"
    headers = [f"-I{folder}" for folder in (BOOT, llhttp()[0])]
    run(["gcc", *COMPILE, *flags, *headers, "-c", source, "-o", compiled], what=f"compiling {source.name}")
    return compiled


def _unexpected(lines: Iterable[str]) -> Iterable[str]:
    """Yield the linker's messages, except known warnings and the lines that only introduce them."""
    for line in lines:
        introduction = re.search(r"(in function|: In function) .*:$", line)
        if not introduction and not _EXPECTED.search(line):
            yield line


def check_static(output: Path) -> None:
    """Raise BuildError unless the file is a static program without a loader."""
    headers = run(["readelf", "-lW", output], what="reading the file's headers")
    if "INTERP" in headers or "DYNAMIC" in headers:
        raise BuildError(f"{output} is not static")
