"""Write tables by which the file finds what its archive holds: paths as of a file system, and modules by name.

Made for the linker from the finished archive, in the order in which build/boot/interpreter/archive.c searches them: a
look-up costs the same in a small file and in a large one, and a run that looks nothing up touches no page of them.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_COOKIE = struct.Struct("!8sIIII64s")  # PyInstaller's, at the end of the archive
_ROW = struct.Struct("!IIIIBc")  # of its table of contents: length of the row, offset, two lengths, compressed, type
_MODULES = {b"c": 0, b"C": 1, b"p": 2, b"P": 3}  # build/boot/interpreter/archive.c; packed ones from 2 on
_FILES = {b"x", b"b"}
_STREAM = b"k"
_ARCHIVE = "fn_archive_start"  # the symbol of its first byte


class _Found(NamedTuple):
    """An entry of the archive: where it lies there."""

    name: str
    kind: bytes
    offset: int
    length: int


class File(NamedTuple):
    """Content of a path: where it begins, for the assembler."""

    start: str
    length: int


def assembly(archive: Path, objects: Mapping[str, File]) -> str:
    """Return the archive and its tables for the assembler; `objects` lie beside it, by path below the root."""
    entries = list(_entries(archive.read_bytes()))
    packages = {entry.name.replace(".", "/") for entry in entries if entry.kind in (b"C", b"P")}
    files = {
        entry.name: File(f"{_ARCHIVE} + {entry.offset}", entry.length) for entry in entries if entry.kind in _FILES
    }
    modules = sorted((entry for entry in entries if entry.kind in _MODULES), key=lambda entry: entry.name.encode())
    paths, count = _paths({**files, **objects}, packages)
    streams = [f"{_ARCHIVE} + {entry.offset}, {entry.length}" for entry in entries if entry.kind == _STREAM]
    stream = streams[0] if streams else "0, 0"  # no stream in the portable link
    return "\n".join([*_contents(archive, count, len(modules), stream), *paths, *_modules(modules), ""])


def _entries(content: bytes) -> Iterator[_Found]:
    _, whole, at, length, *_ = _COOKIE.unpack_from(content, len(content) - _COOKIE.size)
    at += len(content) - whole
    end = at + length
    while at < end:
        row, offset, stored, _, _, kind = _ROW.unpack_from(content, at)
        name = content[at + _ROW.size : at + row].rstrip(b"\0").decode()
        yield _Found(name, kind, offset, stored)
        at += row


def _contents(archive: Path, paths: int, modules: int, stream: str) -> list[str]:
    return [
        '        .section .fn.archive, "a", @progbits',
        "        .balign 4096",
        f"        .globl {_ARCHIVE}",
        f'{_ARCHIVE}:   .incbin "{archive}"',
        "fn_archive_end:",
        "        .section .rodata",
        "        .balign 8",
        "        .globl fn_archive",
        f"fn_archive: .quad {_ARCHIVE}, fn_archive_end, fn_paths, {paths}, fn_modules, {modules}, {stream}",
        '        .section .note.GNU-stack, "", @progbits',
    ]


def _paths(files: Mapping[str, File], packages: set[str]) -> tuple[list[str], int]:
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


def _modules(modules: list[_Found]) -> list[str]:
    """Return rows of `struct module`, sorted by name."""
    lines = ['        .section .fn.modules, "a", @progbits', "        .balign 8", "fn_modules:"]
    for number, entry in enumerate(modules):
        lines.append(f"        .quad module_{number}, {_ARCHIVE} + {entry.offset}")
        lines.append(f"        .long {entry.length}, {_MODULES[entry.kind]}")
    return lines + _texts("module", [entry.name for entry in modules])


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
