"""The blocks of compressed modules: complete, found by number however many there are, and always the same."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
import zstandard

from build.archive import compression
from build.archive.compression import stream


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compression, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(compression, "_LENGTH", 2000)
    monkeypatch.setattr(compression, "_LENGTH_ENDING", 500)
    return tmp_path / "cache"


def _modules(count: int) -> dict[str, bytes]:
    return {f"module{number}": f"code of {number} ".encode() * (5 * number) for number in range(1, count)}


def _block(content: bytes, number: int) -> bytes:
    """As build/boot/static/compressed_modules.c unpacks it."""
    (count,) = struct.unpack_from("<I", content)
    assert number < count
    offset, length, unpacked = struct.unpack_from("<III", content, 4 + 12 * number)
    block = zstandard.ZstdDecompressor().decompress(content[offset : offset + length])
    assert len(block) == unpacked
    return block


def test_each_module_lies_where_it_is_said_to() -> None:
    given = _modules(100)
    found = stream(given)
    assert list(found.positions) == list(given)
    numbers = set()
    for name, code in given.items():
        number, offset, length = struct.unpack("<III", found.positions[name])
        numbers.add(number)
        assert _block(found.content, number)[offset : offset + length] == code
    assert numbers == set(range(len(numbers)))
    assert len(numbers) > 20


def test_a_block_has_a_length_of_its_own_only_for_one_module() -> None:
    found = stream({"short": b"1" * 10, "long": b"2" * 5000, "next": b"3" * 10})
    assert [len(_block(found.content, number)) for number in range(3)] == [10, 5000, 10]


def test_no_modules() -> None:
    assert stream({}).content == struct.pack("<I", 0)


def test_a_block_that_stays_as_it_is_is_kept(cache: Path) -> None:
    first = stream(_modules(50))
    before = set((cache / "blocks").iterdir())
    assert stream(_modules(50)) == first
    stream(_modules(51))
    assert len(set((cache / "blocks").iterdir()) - before) <= 2


@pytest.mark.parametrize("where", [0, 17, 50, 98])
def test_one_module_more_changes_the_blocks_around_it_alone(cache: Path, where: int) -> None:
    modules = [*_modules(100).items()]
    stream(dict(modules))
    before = set((cache / "blocks").iterdir())
    stream(dict([*modules[:where], ("another", b"code of another " * 20), *modules[where:]]))
    assert len(before) > 20
    assert len(set((cache / "blocks").iterdir()) - before) <= 8


def test_much_code_is_compressed_less_tightly_and_is_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"module": b"".join(b"%d code %d " % (number * number, number % 7) for number in range(5000))}
    tight = stream(given).content
    monkeypatch.setattr(compression, "_MUCH", 1000)
    loose = stream(given).content
    assert len(loose) > len(tight)
    assert _block(loose, 0) == _block(tight, 0) == given["module"]
