"""Compress C libraries that the snapshot does not use; each lies together in the file for that.

Such a library is called by nothing but the extension modules that it is linked for, so it has to be in memory when one
of these is imported: build/boot/static/compressed_libraries.c unpacks it then. A library whose module the snapshot has
imported stays as it is. Only read-only memory is packed: code and constants. Variables are part of `.snap`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

from build.archive.compression import compressed
from build.core import segments
from build.core.errors import BuildError
from build.core.segments import READ, WRITE, Segment, whole_pages
from build.link.linker_script import addresses
from build.toolchain.extensions import EXTENSIONS

LIBRARIES_MAX = 8  # build/boot/snapshot/format.h

# By the modules that they are linked for; others are too small, or in use in every file. First what a snapshot has
# oftenest: what stays is then next to the code.
_OF_MODULES = (
    ("_decimal",),
    ("unicodedata",),
    ("_lzma",),
    ("_codecs_cn", "_codecs_hk", "_codecs_jp", "_codecs_kr", "_codecs_tw"),
    ("_sqlite3",),
    ("_ssl", "_hashlib"),
)
_SHARED = {"m", "z", "zstd"}  # with others
_LEVEL = 18  # of Zstandard; a tenth of a percent more than with 19, in two thirds of the time


@dataclass(frozen=True)
class Library:
    """Where one lies: addresses, in whole pages."""

    start: int
    end: int


def of_modules(modules: Collection[str]) -> list[list[str]]:
    """Return, for each compressible library of a file with these C modules, the modules that it is linked for."""
    found = ([name for name in names if name in modules] for names in _OF_MODULES)
    return [names for names in found if names]


def objects_of(modules: Iterable[str]) -> list[str]:
    """Return the objects that such a library consists of, with those of the modules, as patterns of the linker."""
    patterns: dict[str, None] = {}
    for module in modules:
        row = EXTENSIONS.get(module)  # none: it is of the interpreter's own library
        linked = [f"*lib{name}.a:*" for name in row.libraries if name not in _SHARED] if row else []
        patterns |= dict.fromkeys([f"*/{module}/*.o", f"*libpython*.a:{module}.o", *linked])
    return list(patterns)


def read(link_map: Path) -> list[Library]:
    """Return all libraries of a file, from the linker's map, in the order of addresses."""
    found = addresses(link_map, "__library_")
    return [Library(found[f"__library_{number}_start"], found[f"__library_{number}_end"])
            for number in range(len(found) // 2)]  # fmt: skip


def lay_out(file: bytearray, libraries: Sequence[Library], packed: Collection[int]) -> list[bytes]:
    """Take those to be packed, by number, out of the linked file; return each compressed, or empty if it stays.

    What stays is read and executed, never written. The linker has put the libraries between the code and the writable
    data, each into the segment of the one or the other.
    """
    if not libraries:
        return []
    code, data, *others = segments.loaded(file)
    start, end = libraries[0].start, libraries[-1].end
    if code.shift != data.shift or not code.address < start <= end < data.end:
        raise BuildError("the linker has put the libraries to another place than expected")
    contents = [bytes(file[each.start + code.shift : each.end + code.shift]) for each in libraries]
    retained = [each for number, each in enumerate(libraries) if number not in packed]
    executed = [
        code.stretch(code.address, min(code.end, start)),
        *(code.stretch(each.start, each.end) for each in retained),
    ]
    written = replace(data.behind(end), flags=READ | WRITE)
    segments.replace_loaded(file, [*_joined(executed), written, *others])
    for number in sorted(packed, reverse=True):
        segments.cut(file, libraries[number].start + code.shift, len(contents[number]))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = pool.map(compressed, (contents[number] for number in packed), repeat(_LEVEL))
        by_number = dict(zip(packed, done, strict=True))
    return [by_number.get(number, b"") for number in range(len(libraries))]


def _joined(executed: Iterable[Segment]) -> list[Segment]:
    """Join neighbours: each mapping costs a run some 5 us."""
    joined: list[Segment] = []
    for each in executed:
        if joined and joined[-1].address + whole_pages(joined[-1].length) == each.address:
            joined[-1] = each.stretch(joined[-1].address, each.end)
        else:
            joined.append(each)
    return joined
