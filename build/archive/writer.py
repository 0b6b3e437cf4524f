"""Write the archive that the link puts into the file.

Modules that each cold boot needs lie there as they are. The others are compressed: for the static link in a stream
(compression.py); for the portable one those that no statement leads to, one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from build.analysis.graph import Entry
from build.analysis.sources import BOOTSTRAP, Modules
from build.archive.bytecode import bytecode
from build.archive.compression import alone, stream
from build.archive.index import PACKAGE, PACKED, START, Archive, Content
from build.core.configuration import Tricks

_STARTS_WITH = {*BOOTSTRAP, "abc", "codecs", "io", "warnings"}

# Of entry/, what cold boots import; the rest is for a snapshot, a typed input, a variable or a question.
_ENTRY_COLD = {
    "api", "api.context", "api.errors", "api.handler_modules", "api.registry", "api.signature",
    "codec", "codec.fallback", "codec.json", "codec.orjson", "frozen", "frozen.importer",
    "runtime", "runtime.app", "runtime.ending", "runtime.exchange", "runtime.lifecycle", "runtime.log",
    "runtime.requests", "runtime.results", "runtime.settings",
}  # fmt: skip
_ENCODINGS_COLD = {"aliases", "ascii", "latin_1", "utf_8"}


def write(target: Path, modules: Modules, datas: Iterable[Entry], *, link: str, tricks: Tricks) -> Archive:
    """Write the archive of these modules and data files; return what lies where."""
    code = bytecode(modules.sources, columns=not tricks.no_columns)
    order = [*dict.fromkeys([*modules.reached, *sorted(code)])]
    plain = {name for name in code if not tricks.compressed_modules or _in_each_cold_boot(name)}
    if link == "portable":
        plain |= {*modules.reached}
    packed = {name: code[name].read_bytes() for name in order if name not in plain}
    blocks = b""
    if link == "static":
        blocks, packed = stream(packed)
    else:
        packed = {name: alone(content) for name, content in packed.items()}
    with target.open("wb") as file:

        def add(content: bytes) -> Content:
            return Content(f"{START} + {file.tell()}", file.write(content))

        found: dict[str, tuple[int, Content]] = {}
        for name, source in modules.sources.items():
            kind = PACKAGE * (source.name == "__init__.py") + PACKED * (name in packed)
            found[name] = kind, add(packed[name] if name in packed else code[name].read_bytes())
        of_stream = add(blocks)
        of_datas = {name: add(Path(source).read_bytes()) for name, source, _ in sorted(datas)}
    return Archive(target, found, of_datas, of_stream)


def _in_each_cold_boot(name: str) -> bool:
    package, _, module = name.partition(".")
    if package == "entry":
        return not module or module in _ENTRY_COLD
    if package == "encodings":
        return not module or module in _ENCODINGS_COLD
    return name in _STARTS_WITH or package in ("__future__", "handlers", "handlers_index")
