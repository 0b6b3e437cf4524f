"""The stream of packed modules: complete, in an order, and always the same."""

from __future__ import annotations

import marshal
import struct
from pathlib import Path

import pytest
import zstandard

from build.archive import compression

_HEAD = b"\0" * 16


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(compression, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(compression, "_LENGTH", 1000)
    return tmp_path


def _module(folder: Path, name: str, length: int, kind: str = "PACKED_PYMODULE") -> tuple[str, str, str]:
    path = folder / f"{name}.pyc"
    path.write_bytes(_HEAD + marshal.dumps(compile(f"x = {('word of ' + name) * length!r}", name, "exec")))
    return name, str(path), kind


def _unpacked(entries: list[tuple[str, str, str]]) -> bytes:
    """As build/boot/static/compressed_modules.c does it."""
    stream = b""
    for _, path, kind in entries:
        if kind == "BLOCK":
            before = zstandard.ZstdCompressionDict(stream, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
            unpacker = zstandard.ZstdDecompressor(dict_data=before if stream else None)
            stream += unpacker.decompress(Path(path).read_bytes())
    return stream


def _position(entries: list[tuple[str, str, str]], name: str) -> tuple[int, int]:
    path = next(path for found, path, _ in entries if found == name)
    offset, length = struct.unpack("<II", Path(path).read_bytes())
    return offset, length


def test_each_module_lies_where_it_is_said_to(cache: Path) -> None:
    given = [_module(cache, f"module{number}", 7 * number) for number in range(1, 60)]
    entries = compression.in_blocks(given, {}, cache / "positions")
    stream = _unpacked(entries)
    assert sum(kind == "BLOCK" for *_, kind in entries) > 5
    for name, path, _ in given:
        offset, length = _position(entries, name)
        code = Path(path).read_bytes()[len(_HEAD) :]
        assert marshal.loads(stream[offset : offset + length]) == marshal.loads(code)  # noqa: S302


def test_other_entries_stay_as_they_are(cache: Path) -> None:
    plain = _module(cache, "codecs", 3, "PYMODULE")
    entries = compression.in_blocks([plain, _module(cache, "email", 3, "PACKED_PYPACKAGE")], {}, cache / "positions")
    assert plain in entries
    assert [kind for *_, kind in entries] == ["PYMODULE", "PACKED_PYPACKAGE", "BLOCK"]


def test_what_more_handlers_reach_comes_first(cache: Path) -> None:
    importers = {"a": ["handlers.one"], "b": ["c", "handlers.one"], "c": ["handlers.two", "handlers.three", "b"]}
    entries = compression.in_blocks(
        [_module(cache, name, 3) for name in ("a", "b", "c")], importers, cache / "positions"
    )
    offsets = {name: _position(entries, name)[0] for name in ("a", "b", "c")}
    assert sorted(offsets, key=offsets.__getitem__) == ["b", "c", "a"]


def test_a_block_that_stays_as_it_is_is_kept(cache: Path) -> None:
    given = [_module(cache, f"module{number:02}", 20) for number in range(20)]
    before = {path for _, path, kind in compression.in_blocks(given, {}, cache / "positions") if kind == "BLOCK"}
    last = _module(cache, "module99", 20)
    after = {
        path for _, path, kind in compression.in_blocks([*given, last], {}, cache / "positions") if kind == "BLOCK"
    }
    assert len(before & after) == len(before) - 1
