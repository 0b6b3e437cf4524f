"""Link a portable file: the supervisor, static, and the shared objects of the interpreter and its modules.

Chooses the objects and lays them out (build/boot/portable/bundled.h); needs gcc, and no Rust. Changes nothing in the
objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from build.analysis.graph import LIBRARY, Entry, extension_name
from build.archive import index
from build.core.elf import NotForThisMachineError, SharedObject
from build.core.errors import BuildError
from build.core.paths import BOOT, CACHE
from build.core.process import run
from build.core.segments import LARGE_PAGE, PAGE, whole_pages
from build.link import charsets
from build.link.interpreter import programs
from build.link.libc_start import quick_start
from build.link.linker_script import launcher_script
from build.link.machine_libraries import INTERPRETER, LOADER, find_library, library, read_object
from build.link.static import COMPILE, LINKER_ENVIRONMENT, boot_objects
from build.toolchain.llhttp import llhttp
from entry.frozen import FILES_ROOT

_OPENED_BY_LIBC = ["libgcc_s.so.1"]  # when a thread is cancelled or ends itself
_LAUNCHER = ["supervisor", "hosts", "shared", "portable/launcher"]
PROGRAM = f"{FILES_ROOT}program"
_LIBRARY_NAME = re.compile(rb"\0(lib[\w+-]+\.so\.[\d.]+)(?=\0)")
_BUNDLED_ADDRESS = 0x200000  # build/boot/portable/bundled.h
# The objects come first, then code and constants in the same mapping. An address less _BASE is the place in the file.
_BASE = 0x400000
_HEADERS = _BASE + PAGE  # and notes, behind the page of what is at _BUNDLED_ADDRESS
_OBJECTS = _HEADERS + PAGE


@dataclass(frozen=True)
class Bundled:
    """One object of the file: where Python sees it, the module that it is, what it is needed as."""

    path: str
    module: str | None
    soname: str
    content: SharedObject
    is_opened: bool = False  # by its name (dlopen), of a library of this machine


def gather(binaries: Iterable[Entry]) -> list[Bundled]:
    """Return the objects that the file will carry.

    Raise BuildError for an object that this machine cannot load, a library that is missing, and with gcc's words.
    """
    auditor, program = (programs() / name for name in ("auditor.so", "program"))
    return [
        Bundled(f"{FILES_ROOT}ld.so", None, LOADER, read_object(library(LOADER, INTERPRETER))),
        Bundled(f"{FILES_ROOT}auditor.so", None, "", read_object(auditor)),
        Bundled(PROGRAM, None, "", read_object(program)),
        *_objects(binaries, program),
    ]


def link(output: Path, *, archive: Path, bundled: list[Bundled], variables: Path, work: Path) -> None:
    """Write the portable file; raise BuildError with gcc's words."""
    (work / "objects.c").write_text(_table(bundled))
    paths = {
        one.path.removeprefix(FILES_ROOT): index.File(f"content_{n}", one.content.length)
        for n, one in enumerate(bundled)
    }
    contents = _contents(bundled)
    if any(one.path.startswith(f"{FILES_ROOT}{charsets.FOLDER}/") for one in bundled):
        listed = work / charsets.LIST
        listed.write_text(charsets.modules()[0])
        paths[f"{charsets.FOLDER}/{charsets.LIST}"] = index.File("charsets", listed.stat().st_size)
        contents += f'charsets: .incbin "{listed}"\n'
    (work / "objects.S").write_text(contents + index.assembly(archive, paths))
    script = work / "layout.ld"
    script.write_text(launcher_script())
    command: list[str | Path] = [
        "gcc", *COMPILE, f"-I{BOOT}", "-static", "-no-pie", "-fno-pie", "-s",
        "-Wl,-e,fn_start", "-Wl,--gc-sections", "-Wl,--build-id=sha1", "-Wl,-z,noexecstack",
        "-Wl,-z,noseparate-code", "-Wl,-z,norelro", f"-Wl,-T,{script}",
        f"-Wl,-Ttext-segment={_HEADERS:#x}", f"-Wl,--section-start=.fn.objects={_OBJECTS:#x}",
        f"-Wl,--section-start=.fn.bundled={_BUNDLED_ADDRESS:#x}", f"-Wl,-Map,{work / 'link.map'}",
        *boot_objects(_LAUNCHER, work), *llhttp()[1], variables, work / "objects.c", work / "objects.S",
        *quick_start(work), "-lm", "-o", output,
    ]  # fmt: skip
    run(command, environment={**LINKER_ENVIRONMENT, "TMPDIR": str(work)}, what="the portable link")


def _objects(binaries: Iterable[Entry], program: Path) -> list[Bundled]:
    """Return the extension modules and libraries of the analysis, and whatever they need besides."""
    found: dict[str, tuple[str | None, SharedObject]] = {}
    problems: list[str] = []
    for name, source, kind in sorted(binaries):  # in whatever order folders list their files
        module = extension_name(name) if kind == "EXTENSION" else None
        if kind not in ("EXTENSION", "BINARY", LIBRARY) or name.startswith("libpython"):
            continue  # the interpreter's comes back if anybody needs it
        try:
            found[f"{FILES_ROOT}{name}"] = (
                module if module != "orjson.orjson" else "orjson",
                SharedObject(Path(source)),
            )
        except NotForThisMachineError as error:
            problems.append(f"{source}: {error}")
    if problems:
        raise BuildError(
            "these files cannot be loaded on this machine:\n  " + "\n  ".join(problems),
            "install wheels for x86-64 Linux: let pip choose them, without --platform",
        )
    needed_by = dict.fromkeys(_OPENED_BY_LIBC, "libc")
    needed_by.update(dict.fromkeys(read_object(program).needed, INTERPRETER))
    for path, (_, content) in found.items():
        needed_by.update({name: path.removeprefix(FILES_ROOT) for name in content.needed if name not in needed_by})
    opened = {name: path for path, (_, content) in found.items() for name in _opened(content) if name not in needed_by}
    sets = charsets.modules()[1] if charsets.are_used(content.path for _, content in found.values()) else []
    return [
        *_with_needed(found, {**needed_by, **opened}, opened.keys()),
        *(Bundled(f"{FILES_ROOT}{charsets.FOLDER}/{path.name}", None, "", read_object(path)) for path in sets),
    ]


def _opened(content: SharedObject) -> list[str]:
    """Return the libraries of this machine that an object of a package opens by name (dlopen), if they are there."""
    if "site-packages" not in content.path.parts and not content.path.is_relative_to(CACHE):
        return []
    bytes_ = content.path.read_bytes()
    names = {name.decode() for name in _LIBRARY_NAME.findall(bytes_)} if b"dlopen\0" in bytes_ else set[str]()
    return [name for name in sorted(names) if find_library(name)]


def _with_needed(
    found: dict[str, tuple[str | None, SharedObject]], needed_by: dict[str, str], opened: Collection[str]
) -> list[Bundled]:
    """Return each object by the name that others need it by, and libraries of the machine for the names left over."""
    bundled = []
    names = {LOADER}
    for path, (module, content) in found.items():
        needed_as = content.path.name if content.path.name in needed_by else content.soname
        bundled.append(Bundled(path, module, needed_as, content))
        names.add(needed_as)
    missing: list[str] = []
    while left := [name for name in needed_by if name not in names]:
        for name in left:
            names.add(name)
            source = find_library(name)
            if source is None:
                missing.append(f"{name}, needed by {needed_by[name]}")
                continue
            content = read_object(source)
            bundled.append(Bundled(f"{FILES_ROOT}lib/{name}", None, name, content, name in opened))
            needed_by.update({more: name for more in content.needed if more not in needed_by})
    if missing:
        raise BuildError(
            "these shared libraries are not on this machine:\n  " + "\n  ".join(missing),
            "install the packages that hold them, or wheels that bring them along",
        )
    return bundled


def _table(bundled: list[Bundled]) -> str:
    """Return the table of objects as C."""
    rows, tables = [], ['#include "portable/bundled.h"']
    for number, one in enumerate(bundled):
        pieces, parts = one.content.pieces(), one.content.parts()
        tables += [
            f"extern const char content_{number}[];",
            f"static const struct piece pieces_{number}[] = {{",
            *(f"    {{{offset:#x}, {length:#x}}}," for offset, length in pieces),
            "};",
            f"static const struct part parts_{number}[] = {{",
            *(f"    {{{part.address:#x}, {part.offset:#x}, {part.length:#x}, {part.protection}}}," for part in parts),
            "};",
        ]
        words = ", ".join([_text(one.path), _text(one.soname), _text(one.module), f"content_{number}"])
        rows.append(
            f"    {{{words}, {one.content.length}, pieces_{number}, parts_{number}, {len(pieces)}, {len(parts)}}},"
        )
    return "\n".join(
        [*tables, "const struct object objects[] = {", *rows, "};", f"const uint32_t object_count = {len(rows)};", ""]
    )


def _text(text: str | None) -> str:
    return json.dumps(text) if text is not None else "NULL"


def _contents(bundled: list[Bundled]) -> str:
    """Return the objects themselves, each from a page of its own on.

    The program's code is linked to an address that is a multiple of a large page: so is its place in the file, and the
    kernel can map it in large pages. Objects that fit in front of it fill the file up to there.
    """
    numbers = sorted(range(len(bundled)), key=lambda number: -bundled[number].content.length)
    program = next(number for number in numbers if bundled[number].path == PROGRAM)
    numbers.remove(program)
    first, room = [], LARGE_PAGE - (_OBJECTS - _BASE)
    for number in numbers:
        length = whole_pages(bundled[number].content.length)
        if length <= room:
            first.append(number)
            room -= length
    lines = ['        .section .fn.objects, "a", @progbits', f"        .balign {PAGE}", f"        .space {room}"]
    for number in [*first, program, *(number for number in range(len(bundled)) if number not in (*first, program))]:
        lines += [
            f"        .balign {PAGE}",
            f"        .globl content_{number}",
            f'content_{number}:\n        .incbin "{bundled[number].content.path}"',
        ]
    return "\n".join([*lines, f"        .balign {PAGE}", ""])
