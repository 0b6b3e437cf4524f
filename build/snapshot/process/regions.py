"""The memory of a captured process, as the kernel lists it (proc(5), /proc/pid/smaps), and what need not be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from build.snapshot.process.format import EXECUTE, HOLE_END, HOLE_START, READ, WRITE
from build.snapshot.suitability import UnsuitableError

_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ \d+ *(.*)")
_OWN = ("Anonymous", "Swap")  # pages of a file that the process has copies of, since it wrote to them
_PRESENT = ("Rss", "Swap")  # pages that the process has at all


@dataclass
class Region:
    """A stretch of the captured process's memory, with what was in it."""

    start: int
    end: int
    protection: int
    offset: int  # in the file that it was mapped from
    name: str
    is_wiped: bool = False  # by a fork
    is_as_in_file: bool = False  # mapped from the builder, read-only, and never written to before
    is_unused: bool = False  # of no file, and never touched: zeros
    content: bytearray = field(default_factory=bytearray)  # empty where it is wiped, or as in the file

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def place(self) -> tuple[int, int, int, bool, int]:
        return self.start, self.end, self.protection, self.is_wiped, self.offset if self.is_as_in_file else -1


def regions_of(smaps: str, builder: Path) -> list[Region]:
    """Return those of the hole that can be read; raise UnsuitableError for what would be shared by all runs."""
    found: list[Region] = []
    for mapping, about in _entries(smaps):
        start, end, allowed, name = int(mapping[1], 16), int(mapping[2], 16), mapping[3], mapping[5]
        if not HOLE_START <= start < HOLE_END or allowed[:3] == "---":
            continue
        if allowed[3] == "s":
            raise UnsuitableError(
                f"the snapshot cannot be taken: an import shares memory with other processes ({name or 'no file'})",
                "make it in the handler or under @on_start",
            )
        protection = READ * (allowed[0] == "r") + WRITE * (allowed[1] == "w") + EXECUTE * (allowed[2] == "x")
        region = Region(start, end, protection, int(mapping[4], 16), name, "wf" in about.get("VmFlags", "").split())
        region.is_as_in_file = name == str(builder) and not protection & WRITE and _are_none(about, _OWN)
        region.is_unused = not name and _are_none(about, _PRESENT)
        found.append(region)
    return found


def _entries(smaps: str) -> Iterator[tuple[re.Match[str], dict[str, str]]]:
    """Yield the line of each mapping, with what the lines behind it tell about that."""
    mapping: re.Match[str] | None = None
    about: dict[str, str] = {}
    for line in smaps.splitlines():
        found = _REGION.fullmatch(line)
        if not found:
            name, _, value = line.partition(":")
            about[name] = value.strip()
            continue
        if mapping:
            yield mapping, about
        mapping, about = found, {}
    if mapping:
        yield mapping, about


def _are_none(about: dict[str, str], counts: tuple[str, ...]) -> bool:
    """Tell whether the kernel counts no such pages; one that counts none of the kind has to be asked for the memory."""
    return all(about.get(name) == "0 kB" for name in counts)
