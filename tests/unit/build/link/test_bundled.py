"""Which shared objects a portable file carries, and how they are mapped: small ones, and those of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from build.analysis.graph import LIBRARY, Entry
from build.core.elf import SharedObject
from build.core.errors import BuildError
from build.core.paths import BOOT
from build.core.segments import PAGE
from build.link import portable
from build.link.machine_libraries import library
from build.link.portable import Bundled
from entry.frozen import FILES_ROOT

Gathered = Callable[..., dict[str, Bundled]]
_MODULE = "package/_fast.cpython-311-x86_64-linux-gnu.so"


def _compiled(path: Path, text: str = "", *options: str | Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".c")
    source.write_text(text or f"int in_{path.name.partition('.')[0]};")
    subprocess.run(["gcc", "-shared", "-fpic", "-Wl,--no-as-needed", source, *options, "-o", path], check=True)
    return path


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gathered:
    """What is carried beside the loader, auditor and program, by its path."""
    for name in ("auditor.so", "program"):
        _compiled(tmp_path / name)
    monkeypatch.setattr(portable, "programs", lambda: tmp_path)

    def gather(*binaries: Entry) -> dict[str, Bundled]:
        objects = portable.gather(binaries)
        assert [each.path for each in objects[:3]] == [
            "/fn-bundle/ld.so",
            "/fn-bundle/auditor.so",
            "/fn-bundle/program",
        ]
        return {each.path: each for each in objects[3:]}

    return gather


def test_modules_and_what_they_need_of_this_machine(gathered: Gathered, tmp_path: Path) -> None:
    found = gathered((_MODULE, str(_compiled(tmp_path / "_fast.so", "", "-lssl")), "EXTENSION"))
    assert found.pop(f"/fn-bundle/{_MODULE}").module == "package._fast"
    names = {path.removeprefix("/fn-bundle/lib/").partition(".")[0] for path in found}
    assert {"libssl", "libcrypto", "libc", "libgcc_s"} <= names  # and what these need
    assert all(each.module is None and each.path == f"/fn-bundle/lib/{each.soname}" for each in found.values())
    assert "/fn-bundle/lib/ld-linux-x86-64.so.2" not in found  # it is the loader


def test_a_library_of_the_package_comes_before_that_of_the_machine(gathered: Gathered, tmp_path: Path) -> None:
    own = _compiled(tmp_path / "package.libs" / "libz.so.1", "", "-Wl,-soname,libz.so.1")
    module = _compiled(tmp_path / "_fast.so", "", own)
    entries: list[Entry] = [(_MODULE, str(module), "EXTENSION"), ("package.libs/libz.so.1", str(own), LIBRARY)]
    found = gathered(*entries)
    assert [path for path, each in found.items() if each.soname == "libz.so.1"] == ["/fn-bundle/package.libs/libz.so.1"]


def test_a_library_that_is_needed_and_not_here_is_an_error(gathered: Gathered, tmp_path: Path) -> None:
    absent = _compiled(tmp_path / "libabsent.so", "", "-Wl,-soname,libabsent.so.7")
    module = _compiled(tmp_path / "_fast.so", "", absent)
    with pytest.raises(BuildError, match=rf"libabsent\.so\.7, needed by {_MODULE}"):
        gathered((_MODULE, str(module), "EXTENSION"))


def test_libpython_is_the_program_s_and_data_are_no_objects(gathered: Gathered, tmp_path: Path) -> None:
    own = str(_compiled(tmp_path / "libpython3.11.so.1.0"))
    assert gathered(("libpython3.11.so.1.0", own, "BINARY"), ("t.txt", "/x/t", "DATA")).keys() == gathered().keys()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"MZ\x90", "for Windows"), (b"\xcf\xfa\xed\xfe", "for macOS"), (b"# x", "not a shared object")],
)
def test_what_this_machine_cannot_load(gathered: Gathered, tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "_fast.so").write_bytes(content)
    with pytest.raises(BuildError, match=f"_fast.so: {kind}"):
        gathered((_MODULE, str(tmp_path / "_fast.so"), "EXTENSION"))


@pytest.mark.parametrize("name", ["libc.so.6", "libz.so.1", "libgcc_s.so.1", "our own"])
def test_each_page_of_an_object_is_read_by_the_loader_or_mapped_by_the_auditor(name: str, tmp_path: Path) -> None:
    data = "char data[20000] = {1}, zeros[9000];"
    path = _compiled(tmp_path / "own.so", data) if name == "our own" else library(name, "the test")
    found = SharedObject(path)
    read = {start + page for start, length in found.pieces() for page in range(0, length, PAGE)}
    mapped = {part.address + at: part.offset + at for part in found.parts() for at in range(0, part.length, PAGE)}
    with path.open("rb") as file:
        segments = [each for each in ELFFile(file).iter_segments() if each["p_type"] == "PT_LOAD" and each["p_filesz"]]
    for segment in segments:
        start, end = segment["p_offset"] // PAGE * PAGE, segment["p_offset"] + segment["p_filesz"]
        shift = segment["p_vaddr"] - segment["p_offset"]
        for page in range(start, end, PAGE):
            offset = mapped.pop(page + shift, None)
            assert offset == page or (offset is None and page in read), (name, hex(page))
        if segment["p_memsz"] > segment["p_filesz"]:
            assert offset is None  # the loader writes zeros behind the last of it
    assert not mapped


def test_c_and_python_have_one_root() -> None:
    assert f'#define FILES_ROOT "{FILES_ROOT.rstrip("/")}"' in (BOOT / "vfs" / "files.h").read_text()
