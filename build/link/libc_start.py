"""Ask the processor less at the start: a few edits of one object of libc, of which each byte is known beforehand.

An object is edited only if its SHA-256 is in the table, and what comes out has to have the SHA-256 beside it: nothing
is searched for, and any other libc starts as its authors wrote it. docs/start/libc-start.md shows each edit as
instructions, says why they are safe, and how a new libc gets its row.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from build.core.errors import BuildError
from build.core.process import run

_OBJECT = "libc-start.o"


@dataclass(frozen=True)
class Edited:
    """An object of a libc: who has it, its SHA-256 after the edits, and by offset what is there and what is written."""

    libc: str
    result: str
    edits: tuple[tuple[int, str, str], ...]


# mov $32768, %eax; L1 data cache? ret; mov $1048576, %eax; L2 or L3 cache? ret; xor %eax, %eax; ret
_SIZES = "b80080000081ffbc0000007417b80000100081ffbf000000740a81ffc2000000740231c0c3"

KNOWN = {
    "6cee875b28092fe9fd4760f70e925d7edd9da1fb174c1ffff110961e20e2720e": Edited(
        "2.36 of Debian 12",
        "dcb5df90ec539962af5019942403bf197e6384be24b348f856400514d86c8775",
        (
            (0x1A0, "5389feb8000000800fa281ffbe0000007e313d050000807626b8060000800fa281eebd0000", _SIZES),
            (0x3A1, "b800", "eb0e"),
            (0x3D6, "76", "eb"),
            (0x4D1, "0c", "7f"),
            (0x4FE, "13", "7f"),
            (0x528, "18", "7f"),
            (0x55C, "0c", "7f"),
            (0x5B0, "41", "c3"),
            (0xC10, "833d", "eb04"),
            (0xC16, "010f86c80000004157b8020000004189ff41564155415455534883ec18c644240e00c64424", _SIZES),
            (0xE83, "0c", "7f"),
        ),
    ),
    "7c9ee79d7372b8e03542128c646f9ce5e7532408af471e4fa86e9f26f8ff84b6": Edited(
        "2.41 of Debian 13",
        "f9348e3a0c408913eb1cf96094f29343add27c549be2d04d5d4dade1fd518f0a",
        (
            (0x1C0, "89fe31ff81fec50000000f84ad00000053b8000000800fa24189c03d1c000080765eb90300", _SIZES),
            (0x6D4, "0c", "7f"),
            (0x6FE, "13", "7f"),
            (0x728, "18", "7f"),
            (0x774, "0c", "7f"),
            (0x7C0, "41", "c3"),
            (0xEC0, "833d", "eb04"),
            (0xEC6, "010f86cf000000415741564189fe41554154554889f5534883ec18803e00c644240e00c644", _SIZES),
            (0x1ACD, "0c", "7f"),
        ),
    ),
}


def quick_start(work: Path) -> list[Path]:
    """Return the edited object of this machine's libc, to be linked before libc; nothing for one that is not known."""
    library = run(["gcc", "-print-file-name=libc.a"], what="asking gcc for libc").strip()
    work.mkdir(parents=True, exist_ok=True)
    run(["ar", "x", "--output", work, library, _OBJECT], what="taking the start out of libc")
    made = work / _OBJECT
    content = edited(made.read_bytes())
    if content is None:
        made.unlink()
        return []
    made.write_bytes(content)
    return [made]


def edited(content: bytes) -> bytes | None:
    """Return the object with its edits, or None for one that is not known; raise BuildError if the table is wrong."""
    known = KNOWN.get(hashlib.sha256(content).hexdigest())
    if known is None:
        return None
    changed = bytearray(content)
    for offset, before, after in known.edits:
        if changed[offset : offset + len(before) // 2] != bytes.fromhex(before):
            raise BuildError(f"the start of libc {known.libc} has other code at {offset:#x} than the table says")
        changed[offset : offset + len(after) // 2] = bytes.fromhex(after)
    if hashlib.sha256(changed).hexdigest() != known.result:
        raise BuildError(f"the edited start of libc {known.libc} is not the one that was looked at")
    return bytes(changed)
