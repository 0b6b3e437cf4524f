"""The standard library's extension modules that Debian builds only as shared objects: how each becomes an object file.

A table and one function that compiles a row of it. Links nothing. Source: Modules/Setup.stdlib.in of CPython 3.11
and 3.13; a row that only one of them has is never asked for with the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from build.core.errors import BuildError

_FLAGS = ["-std=gnu11", "-O2", "-fno-pie", "-fno-plt", "-fwrapv", "-DNDEBUG", "-DPy_BUILD_CORE_BUILTIN", "-w"]
_FLAGS += ["-ffunction-sections", "-fdata-sections"]  # so that the linker can drop what nothing calls


@dataclass(frozen=True)
class Extension:
    """One extension module: its sources below Modules/, and what it is compiled and linked with."""

    sources: tuple[str, ...]
    libraries: tuple[str, ...] = ()  # in the linker's order
    packages: tuple[str, ...] = ()  # Debian packages that hold them
    flags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()  # modules of this table that it reaches through a capsule


def _row(sources: str, libraries: str = "", packages: str = "", flags: str = "", needs: str = "") -> Extension:
    return Extension(
        tuple(sources.split()),
        tuple(libraries.split()),
        tuple(packages.split()),
        tuple(flags.split()),
        tuple(needs.split()),
    )


_MPDEC = "basearith constants context convolute crt difradix2 fnt fourstep io mpalloc mpdecimal"
_MPDEC += " numbertheory sixstep transpose"
_OPENSSL, _OPENSSL_PACKAGES = "ssl crypto", "libssl-dev"
if sys.version_info >= (3, 13):  # Debian 13's OpenSSL can compress certificates
    _OPENSSL, _OPENSSL_PACKAGES = "ssl crypto zstd", "libssl-dev libzstd-dev"
_SQLITE = "blob connection cursor microprotocols module prepare_protocol row statement util"

EXTENSIONS: dict[str, Extension] = {
    "_asyncio": _row("_asynciomodule.c"),
    "_bz2": _row("_bz2module.c", "bz2", "libbz2-dev"),
    "_codecs_cn": _row("cjkcodecs/_codecs_cn.c", needs="_multibytecodec"),
    "_codecs_hk": _row("cjkcodecs/_codecs_hk.c", needs="_multibytecodec"),
    "_codecs_iso2022": _row("cjkcodecs/_codecs_iso2022.c", needs="_multibytecodec"),
    "_codecs_jp": _row("cjkcodecs/_codecs_jp.c", needs="_multibytecodec"),
    "_codecs_kr": _row("cjkcodecs/_codecs_kr.c", needs="_multibytecodec"),
    "_codecs_tw": _row("cjkcodecs/_codecs_tw.c", needs="_multibytecodec"),
    "_contextvars": _row("_contextvarsmodule.c"),
    "_crypt": _row("_cryptmodule.c", "crypt", "libcrypt-dev"),
    "_ctypes": _row(
        "_ctypes/_ctypes.c _ctypes/callbacks.c _ctypes/callproc.c _ctypes/cfield.c _ctypes/stgdict.c",
        "ffi",
        "libffi-dev",
        "-DHAVE_FFI_PREP_CIF_VAR=1 -DHAVE_FFI_PREP_CLOSURE_LOC=1 -DHAVE_FFI_CLOSURE_ALLOC=1",
    ),
    "_curses": _row(
        "_cursesmodule.c", "ncursesw tinfo", "libncurses-dev", "-DHAVE_NCURSESW=1 -D_XOPEN_SOURCE_EXTENDED=1"
    ),
    "_curses_panel": _row(
        "_curses_panel.c", "panelw ncursesw tinfo", "libncurses-dev", "-DHAVE_NCURSESW=1", needs="_curses"
    ),
    "_dbm": _row("_dbmmodule.c", "db-5.3", "libdb-dev", "-DUSE_BERKDB"),
    "_decimal": _row(
        "_decimal/_decimal.c " + " ".join(f"_decimal/libmpdec/{name}.c" for name in _MPDEC.split()),
        flags="-IModules/_decimal/libmpdec -DCONFIG_64=1 -DANSI=1 -DHAVE_UINT128_T=1",
    ),
    "_gdbm": _row("_gdbmmodule.c", "gdbm", "libgdbm-dev"),
    "_hashlib": _row("_hashopenssl.c", _OPENSSL, _OPENSSL_PACKAGES),
    "_json": _row("_json.c"),
    "_interpchannels": _row("_interpchannelsmodule.c"),
    "_interpqueues": _row("_interpqueuesmodule.c"),
    "_interpreters": _row("_interpretersmodule.c"),
    "_lsprof": _row("_lsprof.c rotatingtree.c"),
    "_lzma": _row("_lzmamodule.c", "lzma", "liblzma-dev"),
    "_multibytecodec": _row("cjkcodecs/multibytecodec.c"),
    "_multiprocessing": _row("_multiprocessing/multiprocessing.c _multiprocessing/semaphore.c"),
    "_opcode": _row("_opcode.c"),
    "_posixshmem": _row("_multiprocessing/posixshmem.c"),
    "_queue": _row("_queuemodule.c"),
    "_sha2": _row("_hacl/Hacl_Hash_SHA2.c", flags="-IModules/_hacl -IModules/_hacl/include"),
    "_sqlite3": _row(
        " ".join(f"_sqlite/{name}.c" for name in _SQLITE.split()),
        "sqlite3 m",
        "libsqlite3-dev",
        "-IModules/_sqlite",
    ),
    "_ssl": _row("_ssl.c", _OPENSSL, f"{_OPENSSL_PACKAGES} libbluetooth-dev"),
    "_typing": _row("_typingmodule.c"),
    "_uuid": _row("_uuidmodule.c", "uuid", "uuid-dev", "-I/usr/include/uuid"),
    "_xxsubinterpreters": _row("_xxsubinterpretersmodule.c"),
    "_zoneinfo": _row("_zoneinfo.c"),
    "audioop": _row("audioop.c"),
    "mmap": _row("mmapmodule.c"),
    "nis": _row("nismodule.c", "nsl tirpc", "libnsl-dev libtirpc-dev", "-I/usr/include/tirpc"),
    "ossaudiodev": _row("ossaudiodev.c"),
    "readline": _row("readline.c", "readline tinfo", "libreadline-dev"),
    "resource": _row("resource.c"),
    "termios": _row("termios.c"),
}

# Built into the interpreter of CPython 3.13, while Debian's static library lacks a part of it: the row is that part.
INCOMPLETE = {"_sha2"}

REFUSED: dict[str, str] = {
    "_tkinter": "Tk loads its own libraries at run time and needs a display",
    "_ctypes_test": "a test module of the interpreter",
    "_testcapi": "a test module of the interpreter",
    "_testbuffer": "a test module of the interpreter",
    "_testinternalcapi": "a test module of the interpreter",
}


def compile_extensions(
    names: list[str], source: Path, include: Path, folders: Mapping[str, Path]
) -> dict[str, list[Path]]:
    """Return the object files of the named modules; compile those that are missing.

    `source` is CPython's source folder, `include` that of the static library's headers, `folders` has one for the
    objects of each module, which is named after it.
    Raise BuildError with the compiler's words.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(
            zip(names, pool.map(lambda name: _compile(name, source, include, folders[name]), names), strict=True)
        )


def _compile(name: str, source: Path, include: Path, target: Path) -> list[Path]:
    row = EXTENSIONS[name]
    objects = []
    for file in row.sources:
        made = target / (file.replace("/", "-").removesuffix(".c") + ".o")
        objects.append(made)
        if made.exists():
            continue
        made.parent.mkdir(parents=True, exist_ok=True)
        unfinished = made.with_suffix(f".{os.getpid()}.tmp")
        headers = [f"-I{include}", f"-I{include}/internal", "-IModules"]
        flags = [*_FLAGS, *row.flags, *headers, "-c", str(Path("Modules", file)), "-o", str(unfinished)]
        done = subprocess.run(["gcc", *flags], cwd=source, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(
                f"{name}: Modules/{file} could not be compiled\n{done.stderr}", "report this with the lines above"
            )
        unfinished.rename(made)
    return objects
