"""What authors remark behind an import: `import hashlib  # fn: in part`, they do without what hashlib looks up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from build.analysis.handler_source import modules_of
from entry.api.registry import PACKAGE

_REMARK = re.compile(r"\s*(?:from|import)\s+([\w.]+).*#\s*fn: in part\s*")


def remarks_in(text: str) -> Iterator[tuple[int, str]]:
    """The lines with a remark, by number, and the module that each imports."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _REMARK.fullmatch(line):
            yield number, match[1]


def wanted_in_part(handlers: Path) -> dict[str, set[str]]:
    """By module, and by package, which modules of handlers want it in part."""
    found: dict[str, set[str]] = {}
    for path, module in modules_of(handlers):
        for _, name in remarks_in(path.read_text(encoding="utf-8")):
            for each in (name, name.partition(".")[0]):
                found.setdefault(each, set()).add(f"{PACKAGE}.{module}".rstrip("."))
    return found
