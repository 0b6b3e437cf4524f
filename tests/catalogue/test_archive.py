"""handlers/archive.py: both ways with every kind, and archives that somebody means ill with."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry.testing import invoke
from handlers.archive import archive
from tests.catalogue.conftest import Run, Seen

TO = {"scope": "workflow", "name": "result"}
FILES = {"a.txt": b"a" * 5000, "below/b.bin": bytes(range(256)) * 9, "below/empty": b"", "ü.txt": "ü".encode()}
Pack = Callable[[bytes], bytes]


def _zip(members: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None, method: int = 8) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            info.filename = name  # ZipInfo itself would clean it
            if change:
                change(info)
            made.writestr(info, data)
    return buffer.getvalue()


def _tar(members: dict[str, bytes], change: Callable[[tarfile.TarInfo], None] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if change:
                change(info)
            made.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _contents(folder: bytes) -> dict[str, bytes]:
    """The files in a folder that was set as a variable, which the sidecar packs."""
    with tarfile.open(fileobj=io.BytesIO(folder)) as packed:
        found = {member.name.removeprefix("./"): packed.extractfile(member) for member in packed if member.isreg()}
        return {name: stream.read() for name, stream in found.items() if stream}


def _unpacked(run: Run, data: bytes, **more: Any) -> Seen:
    return run("archive", {"action": "unpack", "archive": "data", "to": TO, **more}, {"data": data})


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
def test_what_is_packed_is_unpacked(run: Run, form: str) -> None:
    seen = run("archive", {"action": "pack", "files": ["*"], "form": form, "to": TO}, FILES)
    data = seen.variables["workflow"]["result"]
    assert seen.value == {"files": 4, "bytes": len(data), "variable": TO}
    if form == "zip":
        with zipfile.ZipFile(io.BytesIO(data)) as made:
            assert made.testzip() is None
            assert {name: made.read(name) for name in made.namelist()} == FILES
    else:
        assert _contents(data) == FILES
    again = run("archive", {"action": "pack", "files": ["*"], "form": form, "to": TO}, FILES)
    assert again.variables["workflow"]["result"] == data
    back = _unpacked(run, data)
    assert back.value == {"files": 4, "bytes": sum(map(len, FILES.values())), "variable": TO}
    assert _contents(back.variables["workflow"]["result"]) == FILES
    listed = run("archive", {"action": "list", "archive": "data"}, {"data": data})
    assert listed.value["bytes"] == back.value["bytes"]
    assert [(each["name"], each["size"]) for each in listed.value["entries"]] == [
        (name, len(FILES[name])) for name in sorted(FILES)
    ]


def test_other_programs_read_what_is_packed(tmp_path: Path) -> None:
    """GNU tar; in process only: it is not the file that is in question."""
    outcome = invoke(archive, {"action": "pack", "files": ["*"], "form": "tar.gz", "to": TO}, files=FILES)
    (tmp_path / "a.tgz").write_bytes(outcome.variables["workflow"]["result"])
    subprocess.run(["tar", "-xzf", "a.tgz"], cwd=tmp_path, check=True)
    assert (tmp_path / "below" / "b.bin").read_bytes() == FILES["below/b.bin"]


def _in_two_members(data: bytes) -> bytes:
    return gzip.compress(data[:700]) + gzip.compress(data[700:]) + bytes(9)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, bytes, _in_two_members])
def test_kinds_of_tar(run: Run, pack: Pack) -> None:
    files = {**FILES, "large": bytes(range(256)) * 10_000, "a/" + "long/" * 60 + "name": b"x"}
    data = pack(_tar(files))
    assert _contents(_unpacked(run, data).variables["workflow"]["result"]) == files
    _unpacked(run, data[: len(data) * 2 // 3]).failed("archive.broken")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_kinds_of_zip(run: Run, method: int) -> None:
    data = _zip(FILES, method=method)
    assert _contents(_unpacked(run, data).variables["workflow"]["result"]) == FILES
    _unpacked(run, data[:-30]).failed("archive.broken")
    _unpacked(run, _zip(FILES, method=zipfile.ZIP_LZMA)).failed("archive.unsupported", "compression 14")


def test_some_of_the_files(run: Run) -> None:
    data = _zip(FILES)
    seen = _unpacked(run, data, files=["below/*"])
    assert sorted(_contents(seen.variables["workflow"]["result"])) == ["below/b.bin", "below/empty"]
    one = _unpacked(run, data, member="ü.txt")
    assert one.value == {"files": 1, "bytes": 2, "variable": TO}
    assert one.variables["workflow"]["result"] == "ü".encode()
    _unpacked(run, data, member="none").failed("archive.missing", "'none'")
    packed = run("archive", {"action": "pack", "files": ["a.txt", "below/*"], "to": TO}, FILES)
    assert packed.value["files"] == 3
    run("archive", {"action": "pack", "files": ["z*"], "to": TO}, FILES).failed("archive.missing", "'z*'")
    run("archive", {"action": "pack", "files": ["*"], "entries": 3, "to": TO}, FILES).failed("archive.tooLarge")


def test_folders(run: Run) -> None:
    data = _tar({"./": b"", "./a/": b"", "a/b/": b"", "a/": b""}, lambda info: setattr(info, "type", tarfile.DIRTYPE))
    seen = run("archive", {"action": "list", "archive": "data"}, {"data": data})
    assert [(each["name"], each["kind"]) for each in seen.value["entries"]] == [("a", "folder"), ("a/b", "folder")]
    with tarfile.open(fileobj=io.BytesIO(_unpacked(run, data).variables["workflow"]["result"])) as packed:
        assert sorted(packed.getnames()) == [".", "./a", "./a/b"]
    assert _contents(_unpacked(run, _zip({})).variables["workflow"]["result"]) == {}


NAMES = [
    "../a", "a/../../b", "/etc/passwd", "..", "a/..", "a//b", "a/./b", "..\\a", "C:\\a", "a\nb", "\x7f", "x" * 256,
    "a/" * 2100 + "b", "./../a", "a/../b",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=lambda name: repr(name[:20]))
@pytest.mark.parametrize("make", [_zip, _tar])
def test_names_that_lead_elsewhere(run: Run, make: Callable[[dict[str, bytes]], bytes], name: str) -> None:
    data = make({"fine": b"1", name: b"2"})
    seen = _unpacked(run, data)
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
    _unpacked(run, buffer.getvalue()).failed("archive.unsafe", "twice")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar(run: Run, kind: bytes) -> None:
    def change(info: tarfile.TarInfo) -> None:
        if info.name == "special":
            info.type, info.linkname = kind, "/etc/passwd"

    data = _tar({"special": b"", "fine": b"1"}, change)
    _unpacked(run, data).failed("archive.unsafe", "'special'")
    assert _contents(_unpacked(run, data, special="skip").variables["workflow"]["result"]) == {"fine": b"1"}


def test_what_would_be_written_through_a_link(run: Run) -> None:
    def change(info: tarfile.TarInfo) -> None:
        if info.name == "dir":
            info.type, info.linkname = tarfile.SYMTYPE, "/tmp"

    seen = _unpacked(run, _tar({"dir": b"", "dir/escaped-here": b"1"}, change), special="skip")
    assert _contents(seen.variables["workflow"]["result"]) == {"dir/escaped-here": b"1"}
    assert not Path("/tmp/escaped-here").exists()


def test_links_in_a_zip(run: Run) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        if info.filename == "special":
            info.external_attr = (stat.S_IFLNK | 0o777) << 16

    data = _zip({"special": b"/etc/passwd", "fine": b"1"}, change)
    _unpacked(run, data).failed("archive.unsafe", "'special'")
    assert _contents(_unpacked(run, data, special="skip").variables["workflow"]["result"]) == {"fine": b"1"}


def test_what_is_encrypted(run: Run) -> None:
    data = bytearray(_zip({"a": b"1"}))
    data[data.index(b"PK\1\2") + 8] |= 1
    data[6] |= 1
    _unpacked(run, bytes(data)).failed("archive.encrypted", "'a'")


def test_what_zipfile_cannot_read(run: Run) -> None:
    data = bytearray(_zip({"a": b"1"}))
    data[data.index(b"PK\1\2") + 8] |= 1 << 5  # patched data
    _unpacked(run, bytes(data)).failed("archive.unsupported", "patched")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_tars_that_come_to_too_much(run: Run, pack: Pack) -> None:
    data = pack(_tar({"zeros": bytes(60_000_000)}))
    seen = _unpacked(run, data, most=1_000_000)
    seen.failed("archive.tooLarge", "`most`")
    assert not any(seen.variables.values())
    run("archive", {"action": "list", "archive": "data", "most": 1_000_000}, {"data": data}).failed("archive.tooLarge")


def test_zips_that_come_to_too_much(run: Run) -> None:
    data = _zip({"zeros": bytes(60_000_000)})
    _unpacked(run, data, most=1_000_000).failed("archive.tooLarge")
    assert _unpacked(run, data, most=60_000_000).value["bytes"] == 60_000_000


def test_a_zip_that_lies_about_its_size(run: Run) -> None:
    """Its directory says 10 bytes; what is unpacked is counted."""
    data = bytearray(_zip({"zeros": bytes(5_000_000)}))
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 24, 10)
    seen = _unpacked(run, bytes(data), most=1_000_000)
    assert seen.code in ("archive.broken", "archive.tooLarge")


@pytest.mark.filterwarnings("default:Overlapped entries")  # of CPython 3.13, which then goes on
def test_a_zip_whose_files_share_their_bytes(run: Run) -> None:
    """As in the zip bomb of 2019: many entries of the directory, one and the same compressed bytes."""
    one = _zip({"0000": bytes(20_000_000)})
    at = one.index(b"PK\1\2")
    entry, count = one[at : one.index(b"PK\5\6")], 200
    entries = b"".join(entry.replace(b"0000", b"%04d" % number) for number in range(count))
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(entries), at, 0)
    seen = _unpacked(run, one[:at] + entries + tail)
    assert seen.code in ("archive.tooLarge", "archive.broken")


def test_too_many_entries(run: Run) -> None:
    names = {f"{number}": b"" for number in range(60)}
    for data in (_zip(names), _tar(names)):
        _unpacked(run, data, entries=50).failed("archive.tooLarge", "`entries`")
        assert _unpacked(run, data).value["files"] == 60


def test_directories_and_headers_that_are_too_large(run: Run) -> None:
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, 9 << 20, 4, 0)
    _unpacked(run, b"PK\3\4" + bytes(9 << 20) + end).failed("archive.tooLarge", "directory")
    header = tarfile.TarInfo("././@PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 60 << 20
    _unpacked(run, gzip.compress(header.tobuf() + bytes(60 << 20), 1)).failed("archive.tooLarge", "header")


def test_a_window_of_xz_that_is_too_large(run: Run) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 512 << 20}]
    _unpacked(run, lzma.compress(_tar({"a": b"1"}), filters=filters)).failed("archive.broken", "emory")


@pytest.mark.parametrize("data", [b"no archive", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"PK\5\6", b"{}" * 999, b""])
def test_what_is_no_archive(run: Run, data: bytes) -> None:
    _unpacked(run, data).failed("archive.broken")


def test_inputs_that_do_not_fit(run: Run) -> None:
    for wrong in (
        {}, {"action": "list"}, {"action": "pack", "to": TO},
        {"action": "pack", "archive": "a", "files": ["b"], "to": TO},
        {"action": "unpack", "archive": "a"}, {"action": "list", "archive": "a", "to": TO}, {"action": "delete"},
        {"action": "pack", "files": [], "to": TO}, {"action": "list", "archive": "a", "member": "b"},
    ):  # fmt: skip
        run("archive", wrong).failed("fn.input.mismatch", "$")
    run("archive", {"action": "list", "archive": "../input.json"}).failed("fn.variable.invalid")
    run("archive", {"action": "list", "archive": "none"}).failed("fn.variable.missing")


_PATHS = st.lists(st.text(st.sampled_from("abü .-_"), min_size=1, max_size=6), min_size=1, max_size=3).map("/".join)
_FORMS = st.sampled_from(["zip", "tar", "tar.gz"])


@given(st.dictionaries(_PATHS, st.binary(max_size=3000), min_size=1, max_size=6), _FORMS)
def test_any_files_survive(files: dict[str, bytes], form: str) -> None:
    parts = [name.split("/") for name in files]
    folders = {"/".join(each[:count]) for each in parts for count in range(1, len(each))}
    if any({".", ".."} & set(each) for each in parts) or folders & set(files):
        return  # no file system has them
    outcome = invoke(archive, {"action": "pack", "files": ["*"], "form": form, "to": TO}, files=files)
    data = outcome.variables["workflow"]["result"]
    back = invoke(archive, {"action": "unpack", "archive": "data", "to": TO}, files={"data": data})
    assert _contents(back.variables["workflow"]["result"]) == files


@pytest.mark.parametrize("front", [b"#!/bin/sh\nexec unzip\n", b"MZ" + bytes(5000), bytes(512), b"x"])
def test_a_zip_with_something_in_front(run: Run, front: bytes) -> None:
    """As one that unpacks itself has it."""
    seen = _unpacked(run, front + _zip({"a": b"1" * 999, "b": b"2"}))
    assert _contents(seen.variables["workflow"]["result"]) == {"a": b"1" * 999, "b": b"2"}


def test_a_tar_with_a_zip_at_its_end_is_a_tar(run: Run) -> None:
    packed = _zip({"in the zip": b""}, method=0)
    seen = _unpacked(run, _tar({"a.zip": packed}))
    assert _contents(seen.variables["workflow"]["result"]) == {"a.zip": packed}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (bytes.fromhex("377abcaf271c0004"), "7z"),
        (b"Rar!\x1a\x07\x00", "rar"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (bytes.fromhex("28b52ffd2400"), "zst"),
        (bytes.fromhex("04224d18"), "lz4"),
        (b"!<arch>\ndebian-binary   ", "ar archive"),
    ],
)
@pytest.mark.parametrize("rest", [b"", bytes(3000)])
def test_others_are_named(run: Run, data: bytes, name: str, rest: bytes) -> None:
    _unpacked(run, data + rest).failed("archive.unsupported", name, "zip is read, and tar")
