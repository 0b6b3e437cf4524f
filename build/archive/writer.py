"""Write the archive that the link puts into the file, with PyInstaller's writer (format: CArchive).

Modules that each cold boot needs lie there as they are. The others are compressed: for the static link in a stream
(compression.py); for the portable one those that no statement leads to, one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PyInstaller.archive.writers import CArchiveWriter

from build.analysis.graph import Entry
from build.analysis.sources import BOOTSTRAP, Modules
from build.archive.bytecode import bytecode
from build.archive.compression import alone, stream
from build.core.configuration import Tricks

# Kinds of entries (build/boot/interpreter/archive.c): data as PyInstaller has it, and our own, which its writer takes
# as they are.
_DATA, _MODULE, _PACKAGE, _PACKED_MODULE, _PACKED_PACKAGE, _STREAM = "x", "c", "C", "p", "P", "k"
_STARTS_WITH = {*BOOTSTRAP, "abc", "codecs", "io", "warnings"}

# Of entry/, what cold boots import; the rest is for a snapshot, a typed input, a variable or a question.
_ENTRY_COLD = {
    "api", "api.context", "api.errors", "api.handler_modules", "api.registry", "api.signature", "api.start",
    "codec", "codec.fallback", "codec.json", "codec.orjson", "frozen", "frozen.importer",
    "runtime", "runtime.app", "runtime.ending", "runtime.exchange", "runtime.lifecycle", "runtime.log",
    "runtime.requests", "runtime.results", "runtime.settings",
}  # fmt: skip
_ENCODINGS_COLD = {"aliases", "ascii", "latin_1", "utf_8"}


def write(target: Path, modules: Modules, datas: Iterable[Entry], *, link: str, tricks: Tricks) -> None:
    """Write the archive of these modules and data files."""
    code = bytecode(modules.sources, columns=not tricks.no_columns)
    order = [*dict.fromkeys([*modules.reached, *sorted(code)])]
    plain = {name for name in code if not tricks.compressed_modules or _in_each_cold_boot(name)}
    if link == "portable":
        plain |= {*modules.reached}
    packed = {name: code[name].read_bytes() for name in order if name not in plain}
    parts = target.with_suffix(".parts")
    parts.mkdir()
    if link == "static":
        blocks = stream(packed)
        packed = blocks.positions
        (parts / "stream").write_bytes(blocks.content)
    else:
        packed = {name: alone(content) for name, content in packed.items()}
    entries = []
    for name, source in modules.sources.items():
        place, kinds = code[name], (_MODULE, _PACKAGE)
        if name in packed:
            place, kinds = parts / f"{name}.part", (_PACKED_MODULE, _PACKED_PACKAGE)
            place.write_bytes(packed[name])
        entries.append((name, str(place), False, kinds[source.name == "__init__.py"]))
    entries += [("stream", str(parts / "stream"), False, _STREAM)] if link == "static" else []
    entries += [(name, source, False, _DATA) for name, source, _ in sorted(datas)]
    CArchiveWriter(str(target), entries, "")


def _in_each_cold_boot(name: str) -> bool:
    package, _, module = name.partition(".")
    if package == "entry":
        return not module or module in _ENTRY_COLD
    if package == "encodings":
        return not module or module in _ENCODINGS_COLD
    return name in _STARTS_WITH or package in ("__future__", "handlers", "handlers_index")
