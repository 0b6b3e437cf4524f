"""Section ordering: put the code that a run executes side by side, so that it maps a third of the pages.

`sections.txt` lists the sections that one run of `greet` executes, as patterns for the linker: first those of the
supervisor, then those that only the function needs. Run `python3 build order` to write it anew after a change
of the boot program or of the toolchain. A pattern that matches nothing does no harm.
"""

from __future__ import annotations

import bisect
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from build.core.console import step
from build.core.errors import BuildError
from build.core.paths import CACHE
from build.core.process import run

SECTIONS = Path(__file__).with_name("sections.txt")
_SPARSE = 8192, 0.2  # a section above this length is listed when a run needs more than this part of its pages
_PAGE = 4096
_OF_A_PROCESSOR = re.compile(r"avx|evex|sse\d|scalar")  # kept from an earlier trace: other machines run them


@dataclass(frozen=True)
class Section:
    """A section of code of one object, and its address."""

    start: int
    length: int
    name: str
    owner: str  # the object's path, or `archive(member)`

    @property
    def pattern(self) -> str:
        """Return its pattern for a linker script, without versions and hashes."""
        found = re.search(r"([^/]+)\.a\((.+)\)$", self.owner)
        if not found:
            _, is_own, place = self.owner.rpartition("/boot/")  # the folders of build/link/static.py
            return f"*/{f'boot/{place}' if is_own else Path(self.owner).name}({self.name})"
        archive, member = found.groups()
        rust = member.endswith(".rcgu.o") or archive == "liborjson"
        name = re.sub(r"17h[0-9a-f]{16}E$", "17h*E", self.name)
        unversioned = re.sub(r"[-\d.]+$", "*", archive)
        return f"*{unversioned}.a:{'*' if rust else member}({name})"


def patterns() -> list[str]:
    """Return the listed sections, in order."""
    return SECTIONS.read_text().splitlines()


def write_order(file: Path, link_map: Path) -> int:
    """Trace a run of the file, and write the list; return the exit status."""
    with step("run") as line:
        supervisor, function = _executed(file)
        line.note(f"{len(supervisor)} and {len(function)} addresses")
    sections = sorted(_sections(link_map), key=lambda section: section.start)
    first = list(_used(sections, supervisor))
    later = [section for section in _used(sections, function) if section not in first]
    found = dict.fromkeys(each.pattern for each in [*first, *later])
    of_others = [pattern for pattern in patterns() if _OF_A_PROCESSOR.search(pattern)]
    SECTIONS.write_text("".join(f"{pattern}\n" for pattern in dict.fromkeys([*found, *of_others])))
    total = sum(section.length for section in [*first, *later])
    print(
        f"{SECTIONS.name}: {len(first)} sections of the supervisor, {len(later)} of the function, {total / 1e6:.1f} MB"
    )
    return 0


def _executed(file: Path) -> tuple[list[int], list[int]]:
    tracer = CACHE / "order" / "steps"
    tracer.parent.mkdir(parents=True, exist_ok=True)
    source = Path(__file__).with_name("steps.c")
    run(["gcc", "-std=gnu11", "-O2", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", source, "-o", tracer], what="gcc")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "input.json").write_text('{"name": "Ada"}')
        environment = {**os.environ, "FN_DATA_DIR": folder, "FN_HANDLER": "greet"}
        printed = run([tracer, file], environment=environment, what="one run, traced")
        if not (Path(folder) / "output.json").exists():
            raise BuildError("the traced run had no output")
    executed: tuple[list[int], list[int]] = ([], [])
    for who, address in (row.split() for row in printed.splitlines()):
        executed[int(who)].append(int(address, 16))
    return executed


def _sections(link_map: Path) -> Iterator[Section]:
    """Yield the sections of code in the linker's map, in which a long name has a line of its own."""
    text = link_map.read_text().partition("\n.text ")[2].partition("\n.fini ")[0]
    for name, start, length, owner in re.findall(r"^ (\.text\S*)\s+0x(\w{16})\s+0x(\w+) (\S.*)$", text, re.MULTILINE):
        if int(length, 16):
            yield Section(int(start, 16), int(length, 16), name, owner)


def _used(sections: list[Section], addresses: Iterable[int]) -> Iterator[Section]:
    """Yield the sections that are worth listing, sorted by address."""
    starts = [section.start for section in sections]
    pages: dict[Section, set[int]] = {}
    for address in addresses:
        section = sections[bisect.bisect(starts, address) - 1]
        if address < section.start + section.length:
            pages.setdefault(section, set()).add(address // _PAGE)
    longest, part = _SPARSE
    for section, touched in pages.items():
        if section.length <= longest or len(touched) * _PAGE >= part * section.length:
            yield section
