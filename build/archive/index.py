"""Write tables by which the file finds what its archive holds: paths as of a file system, and modules by name.

Made for the linker in the order in which build/boot/interpreter/archive.c searches them: a look-up costs the same in a
small file and in a large one, and a run that looks nothing up touches no page of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

PACKAGE, PACKED = 1, 2  # of a module's kind (build/boot/interpreter/archive.h)
START = "fn_archive_start"  # the symbol of the archive's first byte


class Content(NamedTuple):
    """Bytes in the file: where they begin, for the assembler."""

    start: str
    length: int


class Archive(NamedTuple):
    """All modules and data one after the other, in one file; modules by name with their kind, data by path."""

    file: Path
    modules: Mapping[str, tuple[int, Content]]
    datas: Mapping[str, Content]
    stream: Content  # the blocks of packed modules; empty in the portable link


def assembly(archive: Archive, objects: Mapping[str, Content]) -> str:
    """Return the archive and its tables for the assembler; `objects` lie beside it, by path below the root."""
    packages = {name.replace(".", "/") for name, (kind, _) in archive.modules.items() if kind & PACKAGE}
    paths, count = _paths({**archive.datas, **objects}, packages)
    return "\n".join([*_contents(archive, count), *paths, *_modules(archive.modules), ""])


def _contents(archive: Archive, paths: int) -> list[str]:
    stream = f"{archive.stream.start}, {archive.stream.length}"
    return [
        '        .section .fn.archive, "a", @progbits',
        "        .balign 4096",
        f'{START}: .incbin "{archive.file}"',
        "        .section .rodata",
        "        .balign 8",
        "        .globl fn_archive",
        f"fn_archive: .quad fn_paths, {paths}, fn_modules, {len(archive.modules)}, {stream}",
        '        .section .note.GNU-stack, "", @progbits',
    ]


def _paths(files: Mapping[str, Content], packages: set[str]) -> tuple[list[str], int]:
    """Return rows of `struct path`: the root, then all others by folder and name, those of a folder together."""
    folders = {"", *packages, *(above for path in (*files, *packages) for above in _folders_above(path))}
    both = sorted(folders | files.keys(), key=lambda path: (path != "", *_folder_and_name(path)))
    first: dict[bytes, int] = {}
    for number, path in enumerate(both):
        first.setdefault(_folder_and_name(path)[0], number or 1)  # the root is in no folder
    count = Counter(_folder_and_name(path)[0] for path in both[1:])
    lines = ['        .section .fn.paths, "a", @progbits', "        .balign 8", "fn_paths:"]
    for number, path in enumerate(both):
        inside = path.encode()
        start, length = ("0", -1) if path in folders else files[path]
        lines.append(f"        .quad path_{number}, {start}, {length}")
        lines.append(f"        .long {first.get(inside, 0) if count[inside] else 0}, {count[inside]}")
    return lines + _texts("path", both), len(both)


def _modules(modules: Mapping[str, tuple[int, Content]]) -> list[str]:
    """Return rows of `struct module`, sorted by name."""
    lines = ['        .section .fn.modules, "a", @progbits', "        .balign 8", "fn_modules:"]
    names = sorted(modules, key=str.encode)
    for number, name in enumerate(names):
        kind, part = modules[name]
        lines.append(f"        .quad module_{number}, {part.start}")
        lines.append(f"        .long {part.length}, {kind}")
    return lines + _texts("module", names)


def _texts(label: str, texts: list[str]) -> list[str]:
    lines = ['        .section .fn.names, "a", @progbits']
    return lines + [f'{label}_{number}: .asciz "{_quoted(text)}"' for number, text in enumerate(texts)]


def _quoted(text: str) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}" for byte in text.encode())


def _folders_above(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _folder_and_name(path: str) -> tuple[bytes, bytes]:
    folder, _, name = path.rpartition("/")
    return folder.encode(), name.encode()
