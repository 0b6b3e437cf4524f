"""Bundle libc's modules for iconv(3) in files with objects that call it: libc alone knows little but Unicode.

Those of libc's main list, for the usual character sets of the West; the rest of them are tables of megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from build.core.process import run
from entry.frozen import FILES_ROOT

LIST = "gconv-modules"
FOLDER = "lib/gconv"  # below the file's root
_CALL = "iconv_open"


def are_used(objects: Iterable[Path]) -> bool:
    """Return whether an object calls iconv_open, which is not its own."""
    mentioned = [path for path in objects if f"{_CALL}\0".encode() in path.read_bytes()]
    listed = [run(["nm", "-D", "--undefined-only", path], what="reading symbols") for path in mentioned]
    return any(line.split()[-1].partition("@")[0] == _CALL for text in listed for line in text.splitlines())


def modules() -> tuple[str, list[Path]]:
    """Return the list for the file, and the modules that it names; nothing where this machine has none."""
    folder = Path(run(["gcc", "-print-file-name=gconv"], what="asking gcc for a folder").strip())
    if not (folder / LIST).is_file():
        return "", []
    rows = [line.split("#")[0].split() for line in (folder / LIST).read_text().splitlines()]
    lines, found = list[str](), dict[str, Path]()
    for row in rows:
        if row[:1] == ["module"] and (folder / f"{row[3]}.so").is_file():
            found[row[3]] = folder / f"{row[3]}.so"
            row[3] = f"{FILES_ROOT}{FOLDER}/{row[3]}"
        if row[:1] in (["module"], ["alias"]):
            lines.append("\t".join(row))
    return "\n".join([*lines, ""]), list(found.values())
