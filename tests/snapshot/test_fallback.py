"""The file boots cold whenever its image may not fit, says why in the log, and the result is the same. Needs root."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from build.snapshot.heap.embed import SNAPSHOT_BASE
from tests.conftest import TARGETS, Result, Run, Target
from tests.seccomp import MADVISE, forbid

WARM = TARGETS[-1]
_FILE = Path(WARM.command[0])
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")

# struct image (build/boot/snapshot/format.h): magic, build id, page size, features of the processor
_MAGIC, _BUILD_ID, _PAGE_SIZE, _CPU = 0, 8, 28, 32


def _image_offset() -> int:
    content = _FILE.read_bytes()
    start, count = struct.unpack_from("<Q", content, 32)[0], struct.unpack_from("<H", content, 56)[0]
    for index in range(count):
        header = _PROGRAM_HEADER.unpack_from(content, start + index * _PROGRAM_HEADER.size)
        _, _, offset, address, _, length, *_ = header
        if address <= SNAPSHOT_BASE < address + length:
            return int(offset + SNAPSHOT_BASE - address)
    raise AssertionError("the file has no image")


def _assert_cold(result: Result, reason: str) -> None:
    result.assert_announced()
    assert result.output == b'{"a":[1,2.5]}'
    assert result.log == f"fn: cold boot: {reason}\n"


@pytest.mark.parametrize(
    ("place", "change", "reason"),
    [
        (_MAGIC, 1, "the snapshot is damaged"),
        (_BUILD_ID, 1, "the snapshot was taken from another build"),
        (_PAGE_SIZE + 1, 0x40, "the snapshot was taken with another page size"),
        (_CPU + 3, 0x80, "this processor lacks features of the one that the snapshot was taken on"),
    ],
)
def test_an_image_that_does_not_fit(run: Run, tmp_path: Path, place: int, change: int, reason: str) -> None:
    changed = tmp_path / "fn"
    content = bytearray(_FILE.read_bytes())
    content[_image_offset() + place] ^= change
    changed.write_bytes(content)
    changed.chmod(0o755)
    _assert_cold(run(Target("changed", (str(changed),)), "value", given={"a": [1, 2.5]}), reason)


@pytest.mark.parametrize("cold", ["0", "1"])
def test_packed_modules_that_are_damaged(run: Run, tmp_path: Path, cold: str) -> None:
    """A warm boot needs none of them; a cold one says which it cannot have."""
    printed = subprocess.run(["readelf", "-SW", _FILE], capture_output=True, text=True, check=True).stdout
    archive = printed.partition(".fn.archive")[2].split()
    start, length = int(archive[2], 16), int(archive[3], 16)
    content = bytearray(_FILE.read_bytes())
    block = content.index(b"\x28\xb5\x2f\xfd", start, start + length)  # RFC 8878, 3.1.1
    content[block + 16 : block + 48] = bytes(32)
    changed = tmp_path / "fn"
    changed.write_bytes(content)
    changed.chmod(0o755)
    result = run(Target("damaged", (str(changed),), {"FN_COLD": cold}), "fault", given={"do": "coded"})
    result.assert_failed("fn.boot" if cold == "1" else "test.coded")
    assert ("is damaged" in result.log) == (cold == "1")


def test_a_processor_with_fewer_features(run: Run) -> None:
    """glibc hides features on request, as a lesser processor would."""
    features = (Path("/proc/cpuinfo").read_text().split("flags", 1)[1]).splitlines()[0].split()
    hidden = next(name for name in ("avx2", "avx", "sse4_2", "bmi2") if name in features)
    tunable = {"GLIBC_TUNABLES": f"glibc.cpu.hwcaps=-{hidden.upper().replace('SSE4_2', 'SSE4_2')}"}
    result = run(WARM, "value", given={"a": [1, 2.5]}, environment=tunable)
    _assert_cold(result, "this processor lacks features of the one that the snapshot was taken on")


def test_an_emulated_processor(run: Run) -> None:
    """A processor of 2006: no AVX, no SSE 4.2."""
    emulator = shutil.which("qemu-x86_64-static") or shutil.which("qemu-x86_64")
    assert emulator, "qemu-user is missing: python3 build test installs it"
    target = Target("emulated", (emulator, "-cpu", "core2duo", *WARM.command))
    result = run(target, "value", given={"a": [1, 2.5]})
    assert result.output == b'{"a":[1,2.5]}'
    assert "lacks features" in result.log


def test_cold_when_asked_says_so_only_at_level_debug(run: Run) -> None:
    quiet = run(WARM, "value", given=1, environment={"FN_COLD": "1"})
    assert quiet.log == ""
    shutil.rmtree(quiet.exchange)
    quiet.exchange.mkdir()
    told = run(WARM, "value", given=1, environment={"FN_COLD": "1", "FN_LOG_LEVEL": "debug"})
    assert told.log == "fn: cold boot: FN_COLD is set\n"


def test_warm_says_so_at_level_debug(run: Run) -> None:
    assert run(WARM, "value", given=1, environment={"FN_LOG_LEVEL": "debug"}).log == "fn: warm boot\n"


def test_the_pristine_steps_without_madvise(run: Run) -> None:
    """A sandbox, or a kernel, that makes no pages writable at once: they are copied as they are written."""
    result = run(WARM, "value", given={"a": 1}, environment={"FN_COLD": "1"}, preexec_fn=forbid(MADVISE))
    result.assert_announced()
    assert result.output == b'{"a":1}'


def _limit(kind: int, value: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(kind, (value, value))


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(_limit(resource.RLIMIT_AS, 100 << 20), id="100 MB of addresses"),
        pytest.param(_limit(resource.RLIMIT_STACK, resource.RLIM_INFINITY), id="mappings from below"),
        pytest.param(lambda: ctypes.CDLL(None).personality(0x0040000), id="no random addresses"),
    ],
)
def test_other_layouts_of_memory_boot_warm(run: Run, before: Callable[[], None]) -> None:
    result = run(WARM, "value", given={"a": 1}, environment={"FN_LOG_LEVEL": "debug"}, preexec_fn=before)
    result.assert_announced()
    assert (result.output, result.log) == (b'{"a":1}', "fn: warm boot\n")


def test_many_random_layouts_boot_warm(run: Run, exchange: Path) -> None:
    for _ in range(50):
        result = run(WARM, "value", given=1, environment={"FN_LOG_LEVEL": "debug"})
        assert (result.output, result.log) == (b"1", "fn: warm boot\n")
        shutil.rmtree(exchange)
        exchange.mkdir()


@pytest.fixture
def strict_overcommit() -> Iterator[None]:
    """The kernel promises no more memory than there is, for as long as the test lasts. Needs root."""
    setting = Path("/proc/sys/vm/overcommit_memory")
    before = setting.read_text()
    setting.write_text("2")
    yield
    setting.write_text(before)


@pytest.mark.alone
@pytest.mark.usefixtures("strict_overcommit")
def test_strict_overcommit(file: Target, run: Run) -> None:
    result = run(file, "value", given={"a": 1})
    result.assert_announced()
    assert result.output == b'{"a":1}'


def test_a_file_that_cannot_be_read(run: Run, tmp_path: Path) -> None:
    """Execute permission is enough: the image is no file that the program opens."""
    tmp_path.chmod(0o755)
    unreadable = tmp_path / "fn"
    shutil.copy(_FILE, unreadable)
    unreadable.chmod(0o111)
    target = Target("unreadable", (str(unreadable),))
    for folder in tmp_path.resolve().parents[:3]:
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    result = run(target, "value", given=1, environment={"FN_LOG_LEVEL": "debug"}, user=65532, group=65532)
    assert (result.output, result.log) == (b"1", "fn: warm boot\n")


def test_a_finished_file_takes_no_snapshot(tmp_path: Path) -> None:
    done = subprocess.run(
        [_FILE, tmp_path / "image", "1"], env={"FN_DATA_DIR": str(tmp_path / "none")}, capture_output=True, check=False
    )
    assert done.returncode == 1
    assert not (tmp_path / "image").exists()
