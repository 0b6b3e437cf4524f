"""Where the linker puts what: small programs, linked with the scripts of both links."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import zstandard

from build.core.configuration import EVERY_TRICK
from build.core.errors import BuildError
from build.core.paths import BOOT
from build.link import c_libraries, inittab, linker_script
from build.link.static import include_folder
from build.toolchain.extensions import EXTENSIONS

_MAIN = """
extern int library(void);
extern int of_the_function, of_the_supervisor, of_a_host;
int of_the_interpreter = 1, snap_zeros;
const int weight = 2;
void _start(void)
{
    int status = library() + of_the_function + of_the_supervisor + of_a_host + of_the_interpreter + snap_zeros + weight;
    __asm__ volatile("syscall" : : "a"(60L), "D"((long)status));
}
"""
_SOURCES = {
    "main.c": _MAIN,
    "boot/interpreter/function.c": "int of_the_function = 3;",
    "boot/supervisor/supervisor.c": """
        int of_the_supervisor = 4, supervisor_zeros;
        __attribute__((section(".data.rel.ro"))) int *const of_nobody = &of_the_supervisor;""",
    "boot/supervisor/log_writer.c": "char log_room[1 << 17];",
    "boot/hosts/serve/host.c": "int of_a_host = 6, host_zeros[5000];",
    "fast/library.c": """
        static const int table[5000] = {[7] = 32};
        int library(void)
        {
            return table[*(volatile int[]){7}];
        }""",
    "rare/library.c": "int rare(void) { return 5; }",
}
_STATUS = 32 + 3 + 4 + 6 + 1 + 2


class Linked:
    """A program, and the addresses of its names."""

    def __init__(self, folder: Path, script_text: str) -> None:
        objects = []
        for name, text in _SOURCES.items():
            source = folder / name
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text(text)
            objects.append(str(source.with_suffix(".o")))
            subprocess.run(["gcc", "-O1", "-fno-pie", "-c", source, "-o", objects[-1]], check=True)
        script, self.map, self.file = folder / "script.ld", folder / "link.map", folder / "program"
        script.write_text(script_text)
        options = ["-static", "-nostdlib", "-no-pie", "-Wl,-z,noseparate-code", "-Wl,-z,norelro"]
        options += [f"-Wl,-T,{script}", f"-Wl,-Map,{self.map}", "-Wl,--build-id=sha1", "-Wl,--no-warn-rwx-segments"]
        subprocess.run(["gcc", *options, *objects, "-o", self.file], check=True)
        listed = subprocess.run(["nm", self.file], capture_output=True, text=True, check=True).stdout
        self.addresses = {line.split()[2]: int(line.split()[0], 16) for line in listed.splitlines()}

    def is_between(self, name: str, prefix: str) -> bool:
        return self.addresses[f"{prefix}_start"] <= self.addresses[name] < self.addresses[f"{prefix}_end"]


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    script = linker_script.linker_script([["*/rare/*.o"], ["*/fast/*.o"]], EVERY_TRICK)
    return Linked(tmp_path_factory.mktemp("linked"), script)


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    return Linked(tmp_path_factory.mktemp("launcher"), linker_script.launcher_script())


def _status(file: Path, content: bytes | bytearray) -> int:
    file.write_bytes(content)
    file.chmod(0o755)
    return subprocess.run([file], check=False).returncode


def test_the_folder_says_whose_state_it_is(linked: Linked) -> None:
    for name in ("of_the_interpreter", "of_the_function", "snap_zeros"):
        assert linked.is_between(name, "__snap"), name
    for name in ("of_the_supervisor", "of_a_host"):
        assert not linked.is_between(name, "__snap"), name
    assert linked.addresses["__snap_start"] % 4096 == linked.addresses["__snap_end"] % 4096 == 0


@pytest.mark.parametrize("link", ["linked", "launcher"])
def test_what_every_process_writes_lies_together(link: str, request: pytest.FixtureRequest) -> None:
    """It is made writable at once (build/boot/supervisor/start.S): what is long or never written lies apart."""
    program: Linked = request.getfixturevalue(link)
    for name in ("of_the_supervisor", "of_a_host", "supervisor_zeros"):
        assert program.is_between(name, "__process"), name
    for name in ("log_room", "host_zeros"):
        assert program.addresses[name] >= program.addresses["__process_end"], name
    assert program.addresses["of_nobody"] < program.addresses["__process_start"]
    assert program.addresses["__process_start"] % 4096 == 0
    assert subprocess.run([program.file], check=False).returncode == _STATUS


def test_a_library_lies_apart(linked: Linked) -> None:
    found = c_libraries.read(linked.map)
    for number, names in enumerate((["rare"], ["library", "table"])):
        start, end = (linked.addresses[f"__library_{number}_{name}"] for name in ("start", "end"))
        assert (found[number].start, found[number].end) == (start, end)
        assert start % 4096 == end % 4096 == 0
        assert all(linked.is_between(name, f"__library_{number}") for name in names)
        assert not any(linked.is_between(name, f"__library_{number}") for name in ("_start", "weight"))


def test_a_library_that_stays_works(linked: Linked, tmp_path: Path) -> None:
    file = bytearray(linked.file.read_bytes())
    before = len(file)
    assert c_libraries.lay_out(file, c_libraries.read(linked.map), []) == [b"", b""]
    assert len(file) == before
    assert _status(tmp_path / "program", file) == _STATUS


def test_a_library_that_is_packed_is_gone_and_whole_in_its_packed_form(linked: Linked, tmp_path: Path) -> None:
    whole = linked.file.read_bytes()
    file = bytearray(whole)
    libraries = c_libraries.read(linked.map)
    retained, packed = c_libraries.lay_out(file, libraries, [1])
    assert retained == b""
    content = zstandard.ZstdDecompressor().decompress(packed)
    assert len(content) == libraries[1].end - libraries[1].start == len(whole) - len(file)
    assert content in whole
    assert content not in file
    assert _status(tmp_path / "program", file) == -11  # nothing is mapped where it was


def test_one_that_is_packed_leaves_the_others_where_they_were(linked: Linked, tmp_path: Path) -> None:
    file = bytearray(linked.file.read_bytes())
    c_libraries.lay_out(file, c_libraries.read(linked.map), [0])
    assert _status(tmp_path / "program", file) == _STATUS


def test_another_script_of_the_linker_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linker_script, "run", lambda *_, **__: "=" * 50 + "SECTIONS { }" + "=" * 50)
    with pytest.raises(BuildError, match="a script of another form"):
        linker_script.linker_script([], EVERY_TRICK)


def test_all_answers_of_the_virtual_files_are_wrapped() -> None:
    wrapped = linker_script.wrapped()
    for source in (BOOT / "vfs").glob("*.c"):
        for name in re.findall(r"^ANSWER(?:_TWIN)?\(.*?, (\w+)\)", source.read_text(), re.MULTILINE):
            assert f"-Wl,--wrap={name}" in wrapped


def test_libraries_of_the_modules_that_a_file_has() -> None:
    assert c_libraries.of_modules(["_json"]) == []
    assert c_libraries.of_modules(["_hashlib", "_lzma"]) == [["_lzma"], ["_hashlib"]]
    patterns = c_libraries.objects_of(["_ssl", "_hashlib"])
    assert {"*libssl.a:*", "*libcrypto.a:*", "*/_ssl/*.o", "*/_hashlib/*.o"} <= {*patterns}
    shared = [module for module, row in EXTENSIONS.items() if "m" in row.libraries]
    assert shared
    assert "*libm.a:*" not in c_libraries.objects_of(shared)  # others have it, too


def test_the_table_of_modules_in_c(tmp_path: Path) -> None:
    source = inittab.source({"sys", "gc", "_lzma", "_json"}, ["markupsafe._speedups"], [["_lzma"]])
    rows = dict(re.findall(r'^    \{"([\w.]+)", (\w+)\},$', source, re.MULTILINE))
    assert rows == {
        **inittab._SPECIAL, "builtins": "NULL", "sys": "NULL", "_json": "PyInit__json", "_fn": "PyInit__fn",
        "orjson": "PyInit_orjson", "_lzma": "import__lzma", "markupsafe._speedups": "PyInit_markupsafe__speedups",
    }  # fmt: skip
    assert "return library_present(0) ? PyInit__lzma() : NULL;" in source
    (tmp_path / "inittab.c").write_text(source)
    command = [
        "gcc",
        "-Wall",
        "-Werror",
        "-fsyntax-only",
        f"-I{include_folder()}",
        f"-I{BOOT}",
        f"{tmp_path}/inittab.c",
    ]
    subprocess.run(command, check=True)
