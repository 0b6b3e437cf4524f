"""handlers/archive.py: both ways with every kind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entry.testing import invoke
from handlers.archive import archive
from tests.catalogue.archives import TO, contents_of, tar_of, unpacked, zip_of
from tests.catalogue.conftest import Run

FILES = {"a.txt": b"a" * 5000, "below/b.bin": bytes(range(256)) * 9, "below/empty": b"", "ü.txt": "ü".encode()}
Pack = Callable[[bytes], bytes]


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
        assert contents_of(data) == FILES
    again = run("archive", {"action": "pack", "files": ["*"], "form": form, "to": TO}, FILES)
    assert again.variables["workflow"]["result"] == data
    back = unpacked(run, data)
    assert back.value == {"files": 4, "bytes": sum(map(len, FILES.values())), "variable": TO}
    assert contents_of(back.variables["workflow"]["result"]) == FILES
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
    data = pack(tar_of(files))
    assert contents_of(unpacked(run, data).variables["workflow"]["result"]) == files
    unpacked(run, data[: len(data) * 2 // 3]).failed("archive.broken")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_kinds_of_zip(run: Run, method: int) -> None:
    data = zip_of(FILES, method=method)
    assert contents_of(unpacked(run, data).variables["workflow"]["result"]) == FILES
    unpacked(run, data[:-30]).failed("archive.broken")
    unpacked(run, zip_of(FILES, method=zipfile.ZIP_LZMA)).failed("archive.unsupported", "compression 14")


def test_some_of_the_files(run: Run) -> None:
    data = zip_of(FILES)
    seen = unpacked(run, data, files=["below/*"])
    assert sorted(contents_of(seen.variables["workflow"]["result"])) == ["below/b.bin", "below/empty"]
    for missing in ("none/*", "below"):
        none = unpacked(run, data, files=["a.txt", missing])
        none.failed("archive.missing", missing)
        assert not any(none.variables.values())
    one = unpacked(run, data, member="ü.txt")
    assert one.value == {"files": 1, "bytes": 2, "variable": TO}
    assert one.variables["workflow"]["result"] == "ü".encode()
    unpacked(run, data, member="none").failed("archive.missing", "'none'")
    packed = run("archive", {"action": "pack", "files": ["a.txt", "below/*"], "to": TO}, FILES)
    assert packed.value["files"] == 3
    run("archive", {"action": "pack", "files": ["z*"], "to": TO}, FILES).failed("archive.missing", "'z*'")
    run("archive", {"action": "pack", "files": ["*"], "entries": 3, "to": TO}, FILES).failed("archive.tooLarge")


def test_folders(run: Run) -> None:
    data = tar_of({"./": b"", "./a/": b"", "a/b/": b"", "a/": b""}, lambda info: setattr(info, "type", tarfile.DIRTYPE))
    seen = run("archive", {"action": "list", "archive": "data"}, {"data": data})
    assert [(each["name"], each["kind"]) for each in seen.value["entries"]] == [("a", "folder"), ("a/b", "folder")]
    with tarfile.open(fileobj=io.BytesIO(unpacked(run, data).variables["workflow"]["result"])) as packed:
        assert sorted(packed.getnames()) == [".", "./a", "./a/b"]
    assert contents_of(unpacked(run, zip_of({})).variables["workflow"]["result"]) == {}


@pytest.mark.parametrize("data", [b"no archive", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"PK\5\6", b"{}" * 999, b""])
def test_what_is_no_archive(run: Run, data: bytes) -> None:
    unpacked(run, data).failed("archive.broken")


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
    assert contents_of(back.variables["workflow"]["result"]) == files


@pytest.mark.parametrize("front", [b"#!/bin/sh\nexec unzip\n", b"MZ" + bytes(5000), bytes(512), b"x"])
def test_a_zip_with_something_in_front(run: Run, front: bytes) -> None:
    """As one that unpacks itself has it."""
    seen = unpacked(run, front + zip_of({"a": b"1" * 999, "b": b"2"}))
    assert contents_of(seen.variables["workflow"]["result"]) == {"a": b"1" * 999, "b": b"2"}


def test_a_tar_with_a_zip_at_its_end_is_a_tar(run: Run) -> None:
    packed = zip_of({"in the zip": b""}, method=0)
    seen = unpacked(run, tar_of({"a.zip": packed}))
    assert contents_of(seen.variables["workflow"]["result"]) == {"a.zip": packed}


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
    unpacked(run, data + rest).failed("archive.unsupported", name, "zip is read, and tar")
