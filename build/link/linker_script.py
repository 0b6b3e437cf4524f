"""Make the linker script of each link, from the linker's own: the data that every process writes lie on few pages.

Code and constants are one mapping, and no part becomes read-only after the start (relro): each mapping costs a run some
5 us, and relro would protect little, since Python's types hold as many pointers to functions and stay writable.

In a static file one section, `.snap`, gathers all writable data on its own pages, except libc's and the boot program's.
Behind it lie the data that every process writes, warm or cold. The table of program headers has room for
those that build/snapshot/heap/embed.py adds. See build/boot/snapshot/format.h.

Libraries that may be compressed (build/link/c_libraries.py) lie between the code and the writable data, each with its
constants on pages of its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path

from build.core.configuration import Tricks
from build.core.errors import BuildError
from build.core.paths import BOOT
from build.core.process import run

_LINKER = ["ld", "-z", "combreloc", "-z", "noseparate-code", "-no-pie", "--verbose"]
_ADDED_HEADERS = 8  # of the snapshot, and of libraries whose neighbours are compressed
_HEADER_LENGTH = 56  # bytes of an Elf64_Phdr

# build/boot/shared/answer.h, and what vfs/nobody.c makes of it: the function is named second.
_ANSWER = re.compile(r"^(?:ANSWER|ANSWER_TWIN|NOBODY|OWN_NUMBER)\([^,]+, (\w+)[,)]", re.MULTILINE)


def wrapped() -> list[str]:
    """Return the linker's options that redirect calls of libc's functions."""
    sources = (source for folder in FOLDERS for source in (BOOT / folder).rglob("*.c"))
    answered = {name for file in sources for name in _ANSWER.findall(file.read_text())}
    return [f"-Wl,--wrap={name}" for name in sorted(answered)]


# The folders of build/boot that a static file is made of. The folder decides whose state an object holds: that of
# INTERPRETER is part of a snapshot, all others belong to a process. LIBC has objects that replace libc's own.
INTERPRETER, LIBC = "interpreter", "libc"
_OF_OTHERS = ("portable", "source")
FOLDERS = sorted(path.name for path in BOOT.iterdir() if path.is_dir() and path.name not in _OF_OTHERS)

# State of a process, not of the interpreter: it starts anew in every run.
_OF_THE_PROCESS = (
    "*libc.a:*", "*libm.a:*", "*libgcc.a:*", "*libgcc_eh.a:*", "*crt1.o", "*crti.o", "*crtn.o", "*crtbegin*.o",
    "*crtend.o", *(f"*/boot/{folder}/*.o" for folder in [*FOLDERS, LIBC] if folder != INTERPRETER),
)  # fmt: skip

# The order of the process's data, so that a run writes few pages. First those that the function's process writes, too,
# right after the fork: each of these pages is copied for it.
_COPIED = (
    "*/boot/shared/report.o", "*/boot/supervisor/descendant.o", "*libc.a:pthread_once.o", "*libc.a:environ.o",
    "*libc.a:dl-support.o",
)  # fmt: skip
_HOST = "*/boot/hosts/host.o"  # every run writes it: so it is not among the other hosts, below
# Last: data that are long, or of other hosts. A run of the isolated host writes one page of them at the most.
_SELDOM = (
    "*libc.a:pthread_keys.o", "*/boot/supervisor/log_writer.o", "*/boot/supervisor/own_path.o", "*/boot/hosts/*.o",
    "*/boot/shared/unpack.o", "*/boot/vfs/users.o", "*/boot/snapshot/heap/*.o", "*/boot/snapshot/threads/*.o",
    "*/boot/snapshot/capture/trace.o",
)  # fmt: skip
# Constants with addresses in them are not written once the file is linked, but for these, of libc's loader.
_WRITTEN_CONSTANTS = ("*libc.a:dl-*.o", "*libc.a:rtld_static_init.o")
# Nearly all zeros: build/boot/snapshot/sparse.c keeps the few words. CPython 3.13 keeps more there.
_SPARSE = ("*libpython*.a:obmalloc.o",) if sys.version_info < (3, 12) else ()
_TLS = "\n  .tdata\t  :"
_BSS = "*(.bss .bss.* .gnu.linkonce.b.*)"
_INIT = "*(SORT_NONE(.init))"
_UNLIKELY = "*(.text.unlikely .text.*_unlikely .text.unlikely.*)"
_CODE = "*(.text .stub .text.* .gnu.linkonce.t.*)"
_CONSTANTS = "*(.rodata .rodata.* .gnu.linkonce.r.*)"
_BEFORE_CODE = "\n  .init           :"
_BEHIND_CONSTANTS = "\n  /* Adjust the address for the data segment."


def _all_but(files: Sequence[str], *sections: str) -> str:
    excluded = f"EXCLUDE_FILE({' '.join(files)})" if files else ""  # it covers one pattern only
    return " ".join(f"*({excluded} {section})" for section in sections)


def _bss_in_order(sparse: Sequence[str]) -> str:
    first, seldom = (
        "\n    ".join(f"{pattern}(.bss .bss.*)" for pattern in each) for each in ((*_COPIED, _HOST), _SELDOM)
    )
    return f"""{first}
    {_all_but((*_SELDOM, *sparse), ".bss", ".bss.*", ".gnu.linkonce.b.*", "COMMON")}
    __process_end = .;
    {seldom}
    . = ALIGN(CONSTANT (MAXPAGESIZE));
    __sparse_start = .;
    {_BSS}
    . = ALIGN(8);
    __sparse_end = .;"""


# Only libc unwinds the stack, when a thread ends itself, and it takes a frame without a table for the last one. Nothing
# unwinds for an exception: a panic of orjson ends the process anyway.
_UNWINDING = f"""
  /DISCARD/ : {{ {_all_but(("*libc.a:*", "*libgcc*.a:*", "*crt*.o"), ".eh_frame")} }}
  .eh_frame       : ONLY_IF_RO"""


# What no process writes: constants with addresses in them, and where the snapshot of a process is written down.
_APART = f"""
  .fn.constants : {{
    *(.fn.process)
    {_all_but(_WRITTEN_CONSTANTS, ".data.rel.ro", ".data.rel.ro.*", ".gnu.linkonce.d.rel.ro.*")}
  }}"""


# The discarded constructor is mimalloc's, of CPython 3.13: it would draw random numbers and take a thread key, and only
# PYTHONMALLOC=mimalloc needs it. build/boot/snapshot/pristine.c calls all others.
def _of_the_libraries(sparse: Sequence[str]) -> str:
    return f"""{_APART}
  /DISCARD/ : {{ *libpython*.a:obmalloc.o(.init_array) }}
  .fn.constructors : {{
    __fn_constructors_start = .;
    KEEP(*(SORT_BY_INIT_PRIORITY(EXCLUDE_FILE({" ".join(_OF_THE_PROCESS)}) .init_array.*)))
    KEEP({_all_but(_OF_THE_PROCESS, ".init_array")})
    __fn_constructors_end = .;
  }}
  . = ALIGN(CONSTANT (MAXPAGESIZE));
  .snap : {{
    __snap_start = .;
    KEEP(*(.PyRuntime))
    {_all_but(_OF_THE_PROCESS, ".data", ".data.*", ".gnu.linkonce.d.*")}
    __snap_data_end = .;
    {_all_but((*_OF_THE_PROCESS, *sparse), ".bss", ".bss.*", ".gnu.linkonce.b.*", "COMMON")}
    . = ALIGN(CONSTANT (MAXPAGESIZE));
    __snap_end = .;
  }}
  __process_start = .;{_TLS}"""


def addresses(link_map: Path, prefix: str) -> dict[str, int]:
    """Return the symbols with a prefix that the script has made, from the linker's map."""
    rows = (line.split() for line in link_map.read_text().splitlines())
    made = (row for row in rows if len(row) == 4 and row[1].startswith(prefix) and row[2:] == ["=", "."])
    return {name: int(address, 16) for address, name, *_ in made}


def linker_script(libraries: Sequence[Sequence[str]], tricks: Tricks) -> str:
    """Return the linker's own script with `.snap` and libraries, each given as patterns of its objects.

    Raise BuildError if the linker's script has an unknown form.
    """
    sparse = _SPARSE if tricks.sparse else ()
    room = _ADDED_HEADERS * _HEADER_LENGTH
    apart = f"EXCLUDE_FILE({' '.join(chain(*libraries))}) " if libraries else ""
    return _edited(
        *([("\n  .eh_frame       : ONLY_IF_RO", _UNWINDING)] if tricks.no_unwinding else []),
        (_TLS, _of_the_libraries(sparse)),
        (_BSS, _bss_in_order(sparse)),
        (f"    {_UNLIKELY}\n", f"    {apart}{_UNLIKELY}\n"),
        (_INIT, apart + _INIT),
        (_CODE, apart + _CODE),
        (_CONSTANTS, apart + _CONSTANTS),
        (".note.gnu.build-id  : {", ".note.gnu.build-id  : { PROVIDE(__build_id = .);"),
        ("+ SIZEOF_HEADERS;", f"+ SIZEOF_HEADERS + {room};"),
        (_BEHIND_CONSTANTS, "".join(map(_library, count(), libraries)) + _BEHIND_CONSTANTS),
    )


def launcher_script() -> str:
    """Return the same for the launcher of a portable file, in which the bundled objects come first."""
    return _edited(
        (_BEFORE_CODE, f"\n  .fn.objects     : {{ *(.fn.objects) }}{_BEFORE_CODE}"),
        (_TLS, f"{_APART}\n  . = ALIGN(CONSTANT (MAXPAGESIZE));\n  __process_start = .;{_TLS}"),
        (_BSS, _bss_in_order(())),
    )


def _edited(*edits: tuple[str, str]) -> str:
    script = run(_LINKER, what="ld").split("=" * 50)[1]
    for old, new in edits:
        if script.count(old) != 1:
            raise BuildError(f"this version of ld has a script of another form: {old.strip()!r} is not in it once")
        script = script.replace(old, new)
    return script


def _library(number: int, objects: Sequence[str]) -> str:
    """Place the code and constants of a library, except constructors, which are in `.text.startup`.

    Drop `.init`: what OpenSSL does there, it does again on its first use.
    """
    sections = f"{_UNLIKELY} {_CODE} {_CONSTANTS} *(.data.rel.ro .data.rel.ro.* .init)"
    return f"""
  . = ALIGN(CONSTANT (MAXPAGESIZE));
  .fn.library.{number} : {{
    __library_{number}_start = .;
    {" ".join(sections.replace("*(", f"{each}(") for each in objects)}
    . = ALIGN(CONSTANT (MAXPAGESIZE));
    __library_{number}_end = .;
  }}"""
