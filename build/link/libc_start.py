"""Patch the start of libc to ask the processor less: of 41 CPUID instructions (on an AMD EPYC), 12 are left.

With Debian 13's libc 8 of 40; a processor of Intel is asked more often. Each CPUID is a trap in a virtual machine, 6 us
on the one measured; together they are a third and more of what a static program needs to start. In the one object of
libc.a that holds them:
- the functions that read the sizes of all caches, to tune large copies, are replaced by the sizes that glibc itself
  assumes where it cannot find out (sysdeps/x86/cacheinfo.h): 32 KiB and 1 MiB;
- the leaves that only a dynamic program, or nobody here, has a use for are passed over, as on a processor without them:
  the size of the registers that a lazy binding saves (0xd, for each kind of register), processor trace (0x14), key
  locker (0x19).
An object of another form is linked as it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from build.core.process import run

_OBJECT = "libc-start.o"

# Called with a name of sysconf in edi; changes no register but eax. 188, 191, 194: _SC_LEVEL1_DCACHE_SIZE, 2, 3.
_ASSUMED_SIZES = """
        mov     $0x8000, %eax
        cmp     $188, %edi
        je      1f
        mov     $0x100000, %eax
        cmp     $191, %edi
        je      1f
        cmp     $194, %edi
        je      1f
        xor     %eax, %eax
1:      ret
"""
_ASKING = {
    "handle_intel": _ASSUMED_SIZES,
    "handle_amd": _ASSUMED_SIZES,
    "get_common_cache_info": "ret",  # of how many threads share a cache; leaves the sizes as they are
}
# Comparisons of the highest leaf, `cmpl $N, basic.max_cpuid`, that no processor passes with N = 127.
_LEAVES = {"get_common_indices": (0x0C, 0x13, 0x18), "update_active": (0x0C,)}
# What follows is a jump, perhaps behind moves of registers to memory, which change no flag.
_COMPARE = rb"\x83\x3d....%s(?:\x44?\x89[\x05\x0d\x15\x1d\x25\x2d\x35\x3d]....)*(?:\x7e|\x0f\x8e|\x7f|\x0f\x8f)"


def quick_start(work: Path) -> list[Path]:
    """Return the patched object, to be linked before libc; nothing if this libc has another form."""
    library = run(["gcc", "-print-file-name=libc.a"], what="gcc").strip()
    work.mkdir(parents=True, exist_ok=True)
    original = work / _OBJECT
    run(["ar", "x", "--output", work, library, _OBJECT], what="ar")
    text = _text_section(original)
    functions = _functions(original)
    if text is None or not {"handle_intel", "get_common_cache_info"} <= functions.keys():
        original.unlink()
        return []
    content = bytearray(original.read_bytes())
    relocated = _relocated(original)
    for name, assembly in _ASKING.items():
        if name in functions and not _replace(content, text, functions[name], relocated, _assemble(assembly, work)):
            original.unlink()
            return []
    for name, leaves in _LEAVES.items():
        for leaf in leaves:
            _pass_over(content, text, functions.get(name, range(0)), leaf)
    original.write_bytes(content)
    return [original]


def _pass_over(content: bytearray, text: int, function: range, leaf: int) -> None:
    body = bytes(content[text + function.start : text + function.stop])
    for found in re.finditer(_COMPARE % re.escape(bytes([leaf])), body, re.DOTALL):
        content[text + function.start + found.start() + 6] = 0x7F


def _replace(content: bytearray, text: int, function: range, relocated: set[int], code: bytes) -> bool:
    """Put code at the start of a function, behind a jump if the linker writes there; return False without room."""
    for place in (function.start, *range(function.start + 2, min(function.start + 120, function.stop - len(code)))):
        if relocated.isdisjoint(range(place, place + len(code))) and len(code) <= function.stop - place:
            if place != function.start:
                if not relocated.isdisjoint(range(function.start, function.start + 2)):
                    return False
                content[text + function.start : text + function.start + 2] = bytes([0xEB, place - function.start - 2])
            content[text + place : text + place + len(code)] = code
            return True
    return False


def _assemble(assembly: str, work: Path) -> bytes:
    source, compiled, binary = (work / f"assumed{suffix}" for suffix in (".s", ".o", ".bin"))
    source.write_text(f"{assembly}\n")
    run(["gcc", "-c", source, "-o", compiled], what="assembling")
    run(["objcopy", "-O", "binary", "-j", ".text", compiled, binary], what="objcopy")
    return binary.read_bytes()


def _text_section(path: Path) -> int | None:
    """Return the file offset of the only section with code."""
    sections = re.findall(
        r"\]\s+\.text\s+PROGBITS\s+\w+\s+(\w+)", run(["readelf", "-SW", path], what="reading libc's start")
    )
    return int(sections[0], 16) if len(sections) == 1 else None


def _functions(path: Path) -> dict[str, range]:
    rows = re.findall(r"^(\w{16}) (\w{16}) t (\w+)", run(["nm", "-S", path], what="nm"), re.MULTILINE)
    return {name: range(int(start, 16), int(start, 16) + int(size, 16)) for start, size, name in rows}


def _relocated(path: Path) -> set[int]:
    """Return the offsets of the code that the linker writes."""
    found: set[int] = set()
    table = run(["readelf", "-rW", path], what="reading libc's start").partition("'.rela.text'")[2].partition("\n\n")[0]
    for row in re.findall(r"^(\w{16})\s+\w+\s+R_X86_64_(\w+)", table, re.MULTILINE):
        start = int(row[0], 16)
        found.update(range(start, start + (8 if row[1].startswith("64") else 4)))
    return found
