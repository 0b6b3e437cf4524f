"""handlers/archive.py: archives that somebody means ill with."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.catalogue.archives import contents_of, tar_of, unpacked, zip_of
from tests.catalogue.conftest import Run

Pack = Callable[[bytes], bytes]
NAMES = [
    "../a", "a/../../b", "/etc/passwd", "..", "a/..", "a//b", "a/./b", "..\\a", "C:\\a", "a\nb", "\x7f", "x" * 256,
    "a/" * 2100 + "b", "./../a", "a/../b",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:20]))
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_names_that_lead_elsewhere(run: Run, make: Callable[[dict[str, bytes]], bytes], name: str) -> None:
    data = make({"fine": b"1", name: b"2"})
    seen = unpacked(run, data)
    seen.failed("archive.unsafe")
    assert not any(seen.variables.values())
    run("archive", {"action": "list", "archive": "data"}, {"data": data}).failed("archive.unsafe")


@pytest.mark.parametrize(
    "names", [["a", "a"], ["a", "a/b"], ["a/b", "a"], ["a/b", "./a/b"], ["a/b/c", "a/b"]], ids="+".join
)
def test_names_that_are_there_twice(run: Run, names: list[str]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name in names:
            made.addfile(tarfile.TarInfo(name), io.BytesIO())
    unpacked(run, buffer.getvalue()).failed("archive.unsafe", "twice")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar(run: Run, kind: bytes) -> None:
    def change(info: tarfile.TarInfo) -> None:
        if info.name == "special":
            info.type, info.linkname = kind, "/etc/passwd"

    data = tar_of({"special": b"", "fine": b"1"}, change)
    unpacked(run, data).failed("archive.unsafe", "'special'")
    assert contents_of(unpacked(run, data, special="skip").variables["workflow"]["result"]) == {"fine": b"1"}


def test_what_would_be_written_through_a_link(run: Run) -> None:
    def change(info: tarfile.TarInfo) -> None:
        if info.name == "dir":
            info.type, info.linkname = tarfile.SYMTYPE, "/tmp"

    seen = unpacked(run, tar_of({"dir": b"", "dir/escaped-here": b"1"}, change), special="skip")
    assert contents_of(seen.variables["workflow"]["result"]) == {"dir/escaped-here": b"1"}
    assert not Path("/tmp/escaped-here").exists()


def test_links_in_a_zip(run: Run) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        if info.filename == "special":
            info.external_attr = (stat.S_IFLNK | 0o777) << 16

    data = zip_of({"special": b"/etc/passwd", "fine": b"1"}, change)
    unpacked(run, data).failed("archive.unsafe", "'special'")
    assert contents_of(unpacked(run, data, special="skip").variables["workflow"]["result"]) == {"fine": b"1"}


def test_what_is_encrypted(run: Run) -> None:
    data = bytearray(zip_of({"a": b"1"}))
    data[data.index(b"PK\1\2") + 8] |= 1
    data[6] |= 1
    unpacked(run, bytes(data)).failed("archive.encrypted", "'a'")


def test_what_zipfile_cannot_read(run: Run) -> None:
    data = bytearray(zip_of({"a": b"1"}))
    data[data.index(b"PK\1\2") + 8] |= 1 << 5  # patched data
    unpacked(run, bytes(data)).failed("archive.unsupported", "patched")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_tars_that_come_to_too_much(run: Run, pack: Pack) -> None:
    data = pack(tar_of({"zeros": bytes(60_000_000)}))
    seen = unpacked(run, data, most=1_000_000)
    seen.failed("archive.tooLarge", "`most`")
    assert not any(seen.variables.values())
    run("archive", {"action": "list", "archive": "data", "most": 1_000_000}, {"data": data}).failed("archive.tooLarge")


def test_zips_that_come_to_too_much(run: Run) -> None:
    data = zip_of({"zeros": bytes(60_000_000)})
    unpacked(run, data, most=1_000_000).failed("archive.tooLarge")
    assert unpacked(run, data, most=60_000_000).value["bytes"] == 60_000_000


def test_a_zip_that_lies_about_its_size(run: Run) -> None:
    """Its directory says 10 bytes; what is unpacked is counted."""
    data = bytearray(zip_of({"zeros": bytes(5_000_000)}))
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 24, 10)
    seen = unpacked(run, bytes(data), most=1_000_000)
    assert seen.code in ("archive.broken", "archive.tooLarge")


@pytest.mark.filterwarnings("default:Overlapped entries")  # of CPython 3.13, which then goes on
def test_a_zip_whose_files_share_their_bytes(run: Run) -> None:
    """As in the zip bomb of 2019: many entries of the directory, one and the same compressed bytes."""
    one = zip_of({"0000": bytes(20_000_000)})
    at = one.index(b"PK\1\2")
    entry, count = one[at : one.index(b"PK\5\6")], 200
    entries = b"".join(entry.replace(b"0000", b"%04d" % number) for number in range(count))
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(entries), at, 0)
    seen = unpacked(run, one[:at] + entries + tail)
    assert seen.code in ("archive.tooLarge", "archive.broken")


def test_too_many_entries(run: Run) -> None:
    names = {f"{number}": b"" for number in range(60)}
    for data in (zip_of(names), tar_of(names)):
        unpacked(run, data, entries=50).failed("archive.tooLarge", "`entries`")
        assert unpacked(run, data).value["files"] == 60


def test_directories_and_headers_that_are_too_large(run: Run) -> None:
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, 9 << 20, 4, 0)
    unpacked(run, b"PK\3\4" + bytes(9 << 20) + end).failed("archive.tooLarge", "directory")
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 60 << 20
    unpacked(run, gzip.compress(header.tobuf() + bytes(60 << 20), 1)).failed("archive.tooLarge", "header")


def test_headers_of_headers_without_end(run: Run) -> None:
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1
    chain = (header.tobuf() + b"a" + bytes(511)) * 3000
    unpacked(run, chain + tar_of({"a": b"1"})).failed("archive.broken", "too many headers")


def test_a_window_of_xz_that_is_too_large(run: Run) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 512 << 20}]
    unpacked(run, lzma.compress(tar_of({"a": b"1"}), filters=filters)).failed("archive.broken", "emory")
