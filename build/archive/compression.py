"""Compress the code of modules that few cold boots import, in blocks (Zstandard, RFC 8878), as one archive entry.

A block depends on no other, and holds whole modules: an import unpacks the one that its module lies in, however many
there are (build/boot/static/compressed_modules.c).
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import NamedTuple

import zstandard

from build.core.cache import digest, write_whole
from build.core.paths import CACHE

_LENGTH = 1 << 19  # bytes of a block before compression at most, but for a module that is longer
# From this length on, a block ends behind a module whose name says so: with a module more or less, the blocks that
# follow the next such module are the same, and in the cache. A block has some 256 KB then.
_LENGTH_ENDING, _ENDING = 1 << 17, 12  # one module of so many
_LEVEL = 19
# More code than the standard library's and most packages' is compressed less tightly: in a fifteenth of the time, and a
# cold start that unpacks all of it takes a third less for that. It is a sixth larger.
_MUCH, _LEVEL_OF_MUCH = 1 << 24, 12
_LEVEL_ALONE = 9  # of zlib
_COUNT, _BLOCK = struct.Struct("<I"), struct.Struct("<III")  # of the table in front: offset, length, length unpacked
_POSITION = struct.Struct("<III")  # of a module: number of its block, offset in it, length


class Stream(NamedTuple):
    """The compressed blocks with their table, and where each module lies, as the archive holds it."""

    content: bytes
    positions: dict[str, bytes]


def stream(modules: Mapping[str, bytes]) -> Stream:
    """Compress the code of these modules, given by name; those that follow each other lie together."""
    blocks, positions = list[bytes](), dict[str, bytes]()
    for number, block in enumerate(_blocks(modules.items())):
        offset = 0
        for name, code in block:
            positions[name] = _POSITION.pack(number, offset, len(code))
            offset += len(code)
        blocks.append(b"".join(code for _, code in block))
    level = _LEVEL if sum(map(len, blocks)) < _MUCH else _LEVEL_OF_MUCH
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        packed = list(pool.map(_block, blocks, repeat(level)))
    return Stream(_with_table(blocks, packed), positions)


def _blocks(modules: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    block, length = list[tuple[str, bytes]](), 0
    for name, code in modules:
        if block and length + len(code) > _LENGTH:
            yield block
            block, length = [], 0
        block.append((name, code))
        length += len(code)
        if length >= _LENGTH_ENDING and zlib.crc32(name.encode()) % _ENDING == 0:
            yield block
            block, length = [], 0
    if block:
        yield block


def _with_table(blocks: Sequence[bytes], compressed: Sequence[bytes]) -> bytes:
    offset = _COUNT.size + _BLOCK.size * len(blocks)
    table = [_COUNT.pack(len(blocks))]
    for block, packed in zip(blocks, compressed, strict=True):
        table.append(_BLOCK.pack(offset, len(packed), len(block)))
        offset += len(packed)
    return b"".join([*table, *compressed])


def alone(module: bytes) -> bytes:
    """Compress a module of the portable link, whose modules are unpacked one by one, with zlib."""
    return _kept(module, f"zlib {_LEVEL_ALONE}", lambda: zlib.compress(module, _LEVEL_ALONE))


def compressed(content: bytes, level: int) -> bytes:
    """Compress with Zstandard, as the file unpacks it."""
    parameters = zstandard.ZstdCompressionParameters.from_level(level, source_size=len(content), write_checksum=True)
    return zstandard.ZstdCompressor(compression_params=parameters).compress(content)


def _block(content: bytes, level: int) -> bytes:
    return _kept(content, f"{level} {zstandard.__version__}", lambda: compressed(content, level))


def _kept(content: bytes, how: str, compress: Callable[[], bytes]) -> bytes:
    """Take what is compressed from the cache, or put it there: most stays as it is when handlers change."""
    kept = CACHE / "blocks" / digest([content.hex(), how])
    if not kept.exists():
        write_whole(kept, compress())
    return kept.read_bytes()
