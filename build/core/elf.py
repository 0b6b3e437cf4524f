"""Read a shared object: its name, the libraries that it needs, and how a loader maps it. Write nothing."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.constants import P_FLAGS
from elftools.elf.descriptions import describe_e_machine
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import Segment

from build.core.segments import PAGE

_BY_THE_LOADER = ("PT_NOTE", "PT_GNU_PROPERTY", "PT_DYNAMIC")


class NotForThisMachineError(Exception):
    """This machine cannot load the file; the text says what the file is."""


@dataclass(frozen=True)
class Part:
    """Whole pages to map from `offset` in the file to `address`, with a protection as for mmap."""

    address: int
    offset: int
    length: int
    protection: int


class SharedObject:
    """A shared object."""

    def __init__(self, path: Path) -> None:
        self.path = path
        content = path.read_bytes()
        self.length = len(content)
        try:
            elf = ELFFile(BytesIO(content))
        except ELFError:
            raise NotForThisMachineError(_other_kind(content)) from None
        if elf["e_machine"] != "EM_X86_64" or elf.elfclass != 64:
            raise NotForThisMachineError(f"for {describe_e_machine(elf['e_machine'])}")
        self._headers_end = elf["e_phoff"] + elf["e_phentsize"] * elf["e_phnum"]
        self._segments = list(elf.iter_segments())
        dynamic = next((segment for segment in self._segments if isinstance(segment, DynamicSegment)), None)
        if dynamic is None:
            raise NotForThisMachineError("not a shared object")
        tags: list[Any] = list(dynamic.iter_tags())
        values = {tag.entry.d_tag: tag.entry.d_val for tag in tags}
        self.needed: list[str] = [tag.needed for tag in tags if tag.entry.d_tag == "DT_NEEDED"]
        self.soname: str = next((tag.soname for tag in tags if tag.entry.d_tag == "DT_SONAME"), path.name)
        heads = [values[name] for name in ("DT_HASH", "DT_GNU_HASH") if name in values]
        self._tables = [(_offset(elf, address), 16) for address in heads]
        if "DT_SONAME" in values:
            self._tables.append((_offset(elf, values["DT_STRTAB"]) + values["DT_SONAME"], 256))

    def pieces(self) -> list[tuple[int, int]]:
        """Return the pages that a loader touches before it asks an auditor, as offsets and lengths, sorted.

        These hold headers, notes, heads of the hash tables, soname, dynamic section, and the last page of data: the
        loader writes zeros behind it.
        """
        touched = [(0, max(64, self._headers_end))]
        touched += [(one["p_offset"], one["p_filesz"]) for one in self._segments if one["p_type"] in _BY_THE_LOADER]
        touched += self._tables
        touched += [(_end(one) - 1, 1) for one in self._loaded() if one["p_memsz"] > one["p_filesz"]]
        pages = sorted(
            {page for start, length in touched for page in range(start // PAGE, -(-(start + length) // PAGE))}
        )
        runs: list[tuple[int, int]] = []
        for page in pages:
            if page * PAGE >= self.length:
                continue
            length = min(PAGE, self.length - page * PAGE)
            if runs and sum(runs[-1]) == page * PAGE:
                runs[-1] = (runs[-1][0], runs[-1][1] + length)
            else:
                runs.append((page * PAGE, length))
        return runs

    def parts(self) -> list[Part]:
        """Return what an auditor maps over the loaded object: all but the pages that the loader has written."""
        parts = []
        for one in self._loaded():
            flags, shift = one["p_flags"], one["p_vaddr"] - one["p_offset"]
            protection = (flags & P_FLAGS.PF_R) >> 2 | (flags & P_FLAGS.PF_W) | (flags & P_FLAGS.PF_X) << 2
            start, end = one["p_offset"] // PAGE, -(-_end(one) // PAGE)
            kept: set[int] = set()
            if flags & P_FLAGS.PF_W:
                for other in self._segments:
                    if other["p_type"] == "PT_DYNAMIC":
                        kept.update(range(other["p_offset"] // PAGE, -(-_end(other) // PAGE)))
                if one["p_memsz"] > one["p_filesz"]:
                    kept.add(end - 1)
            first = start
            for page in range(start, end + 1):
                if page == end or page in kept:
                    if page > first:
                        parts.append(Part(shift + first * PAGE, first * PAGE, (page - first) * PAGE, protection))
                    first = page + 1
        return parts

    def _loaded(self) -> list[Segment]:
        return [one for one in self._segments if one["p_type"] == "PT_LOAD" and one["p_filesz"]]


def _end(one: Segment) -> int:
    return int(one["p_offset"] + one["p_filesz"])


def _offset(elf: ELFFile, address: int) -> int:
    return int(next(elf.address_offsets(address)))


def _other_kind(start: bytes) -> str:
    if start[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        return "for macOS"
    return "for Windows" if start[:2] == b"MZ" else "not a shared object"
