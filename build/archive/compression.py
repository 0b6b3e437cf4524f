"""Code of modules that few cold boots import: one stream of it, compressed in blocks (Zstandard, RFC 8878).

Each block has all that is before it as its dictionary, so small modules are compressed as well as large ones; and a
cold boot unpacks the stream from its beginning as far as it needs it (build/boot/static/compressed_modules.c). What
more handlers reach comes first. Called by fn.spec.
"""

from __future__ import annotations

import marshal
import os
import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import zstandard

from build.analysis.graph import Entry, Importers
from build.core.cache import digest
from build.core.paths import CACHE

_LENGTH = 1 << 19  # bytes of a block before compression
_LEVEL = 19
_WINDOW = 27  # bits: as far back as a block may refer
_PYC_HEAD = 16  # bytes before the code
_POSITION = struct.Struct("<II")  # of a module in the stream: offset and length in bytes


def in_blocks(entries: Iterable[Entry], importers: Importers, folder: Path) -> list[Entry]:
    """The entries, with the code of those of a kind `PACKED_...` in entries of the kind `BLOCK`.

    What is left at the place of a packed one is its position in the stream.
    """
    entries = list(entries)
    folder.mkdir(exist_ok=True)
    packed = {name: Path(source) for name, source, kind in entries if kind.startswith("PACKED_")}
    stream, positions = bytearray(), dict[str, Path]()
    for name in sorted(packed, key=lambda name: (-len(_handlers_above(name, importers)), name)):
        code = _as_always(packed[name].read_bytes()[_PYC_HEAD:])
        positions[name] = folder / name
        positions[name].write_bytes(_POSITION.pack(len(stream), len(code)))
        stream += code
    places = [(name, str(positions.get(name, source)), kind) for name, source, kind in entries]
    return places + [(f"block-{number}", str(block), "BLOCK") for number, block in enumerate(_blocks(bytes(stream)))]


def _as_always(code: bytes) -> bytes:
    """The same code in a form that does not depend on what else was in memory when it was compiled."""
    return marshal.dumps(marshal.loads(code))  # noqa: S302  # of this build


def _handlers_above(module: str, importers: Importers) -> set[str]:
    """The modules of handlers that import a module, or what imports it, and so on."""
    seen, left = set[str](), [module]
    while left:
        for user in importers.get(left.pop(), ()):
            if user not in seen:
                seen.add(user)
                left.append(user)
    return {name for name in seen if name.startswith("handlers.")}


def _blocks(stream: bytes) -> Iterator[Path]:
    starts = range(0, len(stream), _LENGTH)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(lambda start: _compressed(stream[:start], stream[start : start + _LENGTH]), starts)


def _compressed(before: bytes, block: bytes) -> Path:
    """The file with the compressed block; kept, since most stay as they are when handlers change."""
    kept = CACHE / "blocks" / digest([before.hex(), block.hex(), Path(__file__), zstandard.__version__])
    if not kept.exists():
        parameters = zstandard.ZstdCompressionParameters.from_level(
            _LEVEL, source_size=len(before) + len(block), window_log=_WINDOW, write_checksum=True
        )
        dictionary = zstandard.ZstdCompressionDict(before, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        compressor = zstandard.ZstdCompressor(compression_params=parameters, dict_data=dictionary if before else None)
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(compressor.compress(block))
        unfinished.rename(kept)
    return kept
