"""C libraries that no import of the snapshot has called are packed in the file, and work when a run imports them."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from build.core.segments import EXECUTE, WRITE, loaded
from build.snapshot.heap.embed import SNAPSHOT_BASE
from tests.built import built
from tests.conftest import Run, Target
from tests.seccomp import forbid_flags

_MPROTECT, _PROT, _PROT_EXEC = 10, 2, 4  # asm/unistd_64.h; the index of an argument; asm-generic/mman-common.h

_ZSTANDARD = b"\x28\xb5\x2f\xfd"  # RFC 8878, 3.1.1

_ALL = ("decimal", "hashlib", "lzma", "sqlite3", "ssl", "unicodedata")
# All files have the same statements, and so one analysis; the names say which of them are done at import.
_HANDLER = """
from entry import handler

IMPORTED = {imports}
if "decimal" in IMPORTED:
    import decimal
if "hashlib" in IMPORTED:
    import hashlib
if "lzma" in IMPORTED:
    import lzma
if "sqlite3" in IMPORTED:
    import sqlite3
if "ssl" in IMPORTED:
    import ssl
if "unicodedata" in IMPORTED:
    import unicodedata

@handler
def use(data: str) -> object:
    match data:
        case "_decimal":
            import decimal
            return str(decimal.Decimal("0.1") * 3)
        case "unicodedata":
            import unicodedata
            return unicodedata.name("\\N{{SNOWMAN}}")
        case "_lzma":
            import lzma
            return lzma.decompress(lzma.compress(b"text" * 1000)).decode()[:8]
        case "_sqlite3":
            import sqlite3
            return sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0]
        case "_hashlib":
            import hashlib
            return hashlib.new("ripemd160", b"").hexdigest()
        case "_ssl":
            import ssl
            return ssl.create_default_context().verify_mode.name
        case "random":
            import ssl
            return ssl.RAND_bytes(16).hex()
"""
_KINDS = ["packed", "in_place", "some_packed", "others_packed", "without_snapshot"]
_RESULTS = {
    "_decimal": "0.3",
    "unicodedata": "SNOWMAN",
    "_lzma": "texttext",
    "_sqlite3": 42,
    "_hashlib": "9c1185a5c5e9fc54612808977ee8f548b2258d31",
    "_ssl": "CERT_REQUIRED",
}


def _built(folder: Path, imports: Sequence[str], *options: str) -> Target:
    """A file with all of these libraries; the snapshot imports some."""
    return built(folder, {"use.py": _HANDLER.format(imports=[*imports])}, *options)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Target:
    return _built(tmp_path_factory.mktemp("packed"), [])


@pytest.fixture(scope="module")
def in_place(tmp_path_factory: pytest.TempPathFactory) -> Target:
    return _built(tmp_path_factory.mktemp("in_place"), _ALL)


@pytest.fixture(scope="module")
def some_packed(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """With libraries that stay between others that are packed; of generators only SQLite's is to be renewed."""
    return _built(tmp_path_factory.mktemp("some"), ["lzma", "sqlite3"])


@pytest.fixture(scope="module")
def others_packed(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """Of generators only OpenSSL's is to be renewed."""
    return _built(tmp_path_factory.mktemp("others"), ["hashlib"])


@pytest.fixture(scope="module")
def without_snapshot(tmp_path_factory: pytest.TempPathFactory) -> Target:
    return _built(tmp_path_factory.mktemp("without"), [], "--no-snapshot")


@pytest.mark.parametrize("cold", ["0", "1"])
@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("module", _RESULTS)
def test_a_library_works(module: str, kind: str, cold: str, run: Run, request: pytest.FixtureRequest) -> None:
    result = run(request.getfixturevalue(kind), given=module, environment={"FN_COLD": cold})
    result.assert_announced()
    assert result.output == json.dumps(_RESULTS[module]).encode()


def test_what_is_packed_is_not_in_its_place(packed: Target, some_packed: Target, in_place: Target) -> None:
    sizes = [Path(target.command[0]).stat().st_size for target in (packed, some_packed, in_place)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2] - 3e6


def test_an_emulated_processor(packed: Target, run: Run) -> None:
    """As where containers for this processor run on another one: the emulator reserves the addresses of the program."""
    emulator = shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64")
    assert emulator, "qemu-user is missing: python3 build test installs it"
    result = run(Target("emulated", (emulator, *packed.command)), given="_ssl")
    result.assert_announced()
    assert result.output == b'"CERT_REQUIRED"'


@pytest.mark.parametrize("kind", _KINDS)
def test_no_memory_is_written_and_executed(kind: str, request: pytest.FixtureRequest) -> None:
    file = Path(request.getfixturevalue(kind).command[0])
    flags = [segment.flags for segment in loaded(bytearray(file.read_bytes()))]
    assert all(each & (WRITE | EXECUTE) in (WRITE, EXECUTE) for each in flags)


@pytest.mark.parametrize("kind", _KINDS)
def test_no_two_runs_share_a_random_number(kind: str, run: Run, exchange: Path, request: pytest.FixtureRequest) -> None:
    drawn = set()
    for _ in range(5):
        drawn.add(run(request.getfixturevalue(kind), given="random").output)
        for file in exchange.iterdir():
            file.unlink()
    assert len(drawn) == 5


@pytest.mark.parametrize("cold", ["0", "1"])
def test_a_sandbox_where_no_new_memory_may_be_executed(packed: Target, run: Run, cold: str) -> None:
    """As with MemoryDenyWriteExecute of systemd."""
    deny = forbid_flags(_MPROTECT, _PROT, _PROT_EXEC, errno.EPERM)
    refused = run(packed, given="_ssl", environment={"FN_COLD": cold}, preexec_fn=deny)
    refused.assert_announced()
    assert refused.error is not None
    assert "no new memory may be executed here; a file built with --preload needs none" in refused.error["message"]


def test_a_sandbox_that_forbids_it_does_not_hinder_what_is_in_place(in_place: Target, run: Run) -> None:
    result = run(in_place, given="_ssl", preexec_fn=forbid_flags(_MPROTECT, _PROT, _PROT_EXEC, errno.EPERM))
    result.assert_announced()
    assert result.output == b'"CERT_REQUIRED"'


@pytest.mark.parametrize("cold", ["0", "1"])
def test_a_library_that_is_damaged(packed: Target, run: Run, tmp_path: Path, cold: str) -> None:
    """The run says so, and does not go on as if there were no such module. OpenSSL is the last of them."""
    content = bytearray(Path(packed.command[0]).read_bytes())
    image = loaded(content)[-1]
    last = content.rindex(_ZSTANDARD, image.offset, image.offset + SNAPSHOT_BASE - image.address)
    content[last + 1000 : last + 1100] = bytes(100)
    changed = tmp_path / "fn"
    changed.write_bytes(content)
    changed.chmod(0o755)
    result = run(Target("damaged", (str(changed),)), given="_ssl", environment={"FN_COLD": cold})
    result.assert_announced()
    assert result.error is not None
    assert result.error["message"].endswith("cannot be unpacked: it is damaged")
