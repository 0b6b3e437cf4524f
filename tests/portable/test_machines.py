"""A portable file on other machines than the one that built it: kernels, base images, users, processors, limits.

Needs root and mounts.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from build.core.segments import loaded
from tests.conftest import Run, Target
from tests.portable.bare import run_in
from tests.portable.conftest import COLD, PORTABLE, File, Program
from tests.seccomp import hide_from

# The first system call (asm/unistd_64.h) that each does not know.
_KERNELS = {"Linux 3.10": 314, "Linux 4.4": 326, "Linux 4.18": 335, "Linux 5.4": 436, "Linux 5.15": 449}


@pytest.mark.parametrize("kernel", _KERNELS)
def test_older_kernels(program: Program, run: Run, kernel: str) -> None:
    result = run(
        program.target, *program.words, given=program.given, preexec_fn=hide_from(_KERNELS[kernel]),
        environment={"FN_LOG_LEVEL": "debug"},
    )  # fmt: skip
    result.assert_announced()
    program.assert_right(result.output, result.log)
    assert ("fn: warm boot" in result.log) != program.target.is_cold
    assert ("files in memory: Function not implemented" in result.log) == (kernel == "Linux 3.10")


def test_an_emulated_processor(run: Run) -> None:
    """A processor of 2006, and an emulator of system calls that is no Linux."""
    emulator = shutil.which("qemu-x86_64-static")
    assert emulator, "qemu-user-static is missing: python3 build test installs it"
    result = run(Target("emulated", (emulator, "-cpu", "core2duo", *PORTABLE.command)), "value", given={"a": [1, 2.5]})
    result.assert_announced()
    assert result.output == b'{"a":[1,2.5]}'
    assert "fn: cold boot: this processor lacks features of the one that the snapshot was taken on" in result.log


_LIBC_OF_MUSL = "/lib/x86_64-linux-musl/libc.so"  # of Debian's package musl; its loader as well


def _musl_root(root: Path) -> None:
    """What a base image with musl has: its loader and libc, and busybox."""
    for folder in ("lib", "etc", "bin", "proc", "tmp"):
        (root / folder).mkdir()
    shutil.copy(_LIBC_OF_MUSL, root / "lib" / "ld-musl-x86_64.so.1")
    (root / "lib" / "libc.so").symlink_to("ld-musl-x86_64.so.1")
    (root / "etc" / "ld-musl-x86_64.path").write_text("/lib\n")
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    shutil.copy("/bin/busybox", root / "bin" / "busybox")
    (root / "bin" / "sh").symlink_to("busybox")
    told = subprocess.run(["chroot", root, "/lib/ld-musl-x86_64.so.1"], capture_output=True, text=True, check=False)
    assert told.stderr.startswith("musl libc (x86_64)")


@pytest.mark.parametrize("base", ["musl", "nothing"])
def test_base_images(program: Program, root: Path, base: str) -> None:
    if base == "musl":
        _musl_root(root)
    exchange = root / "direktiv-data"
    shutil.copy(program.target.command[0], root / "fn")
    (exchange / "input.json").write_text(json.dumps(program.given))
    run_in(root, *program.words, environment=program.target.environment)
    log = (exchange / "out.log").read_text()
    program.assert_right((exchange / "output.json").read_bytes(), log)
    assert {path.name for path in exchange.iterdir()} == {"input.json", "out.log", "output.json", "done"}


_OF_MUSL = """\
int puts(const char *text);
void exit(int status);
__attribute__((force_align_arg_pointer)) void _start(void) { puts("of musl"), exit(0); }
"""


def test_a_program_of_another_libc(root: Path, tmp_path: Path) -> None:
    """A handler starts a program of the image: it finds the image's libraries, and none of the file's."""
    _musl_root(root)
    exchange, source = root / "direktiv-data", tmp_path / "source.c"
    source.write_text(_OF_MUSL)
    words: list[str | Path] = [
        "-nostdlib",
        "-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1",
        source,
        f"-L{root}/lib",
        "-lc",
    ]
    subprocess.run(["gcc", *words, "-o", root / "bin" / "program"], check=True)
    shutil.copy(PORTABLE.command[0], root / "fn")
    (exchange / "input.json").write_text('{"command": ["/bin/program"]}')
    run_in(root, "talk")
    assert (exchange / "output.json").exists(), (exchange / "out.log").read_text()
    assert (exchange / "out.log").read_text() == "of musl\n"


@pytest.mark.parametrize("user", ["0:0", "65532:65532", "1000650000:0"])
@pytest.mark.parametrize("mode", [0o755, 0o711], ids=["readable", "executable only"])
def test_any_user(program: Program, root: Path, user: str, mode: int) -> None:
    """As clusters do that draw a user for each namespace; a file that cannot be read has its libraries copied."""
    (root / "proc").mkdir()
    exchange = root / "direktiv-data"
    shutil.copy(program.target.command[0], root / "fn")
    (root / "fn").chmod(mode)
    (exchange / "input.json").write_text(json.dumps(program.given))
    run_in(root, *program.words, user=user, environment=program.target.environment)
    log = (exchange / "out.log").read_text()
    program.assert_right((exchange / "output.json").read_bytes(), log)
    assert (exchange / "output.json").stat().st_uid == int(user.partition(":")[0])
    unread = mode == 0o711 and user != "0:0" and not program.target.is_cold
    assert log == ("fn: cold boot: the file may be executed but not read\n" if unread else "")


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        pytest.param(resource.RLIMIT_AS, 400 << 20, id="addresses"),
        pytest.param(resource.RLIMIT_MEMLOCK, 0, id="locked memory"),
        pytest.param(resource.RLIMIT_NOFILE, 16, id="open files"),
    ],
)
def test_limits_that_leave_room(program: Program, run: Run, kind: int, limit: int) -> None:
    before = lambda: resource.setrlimit(kind, (limit, limit))  # noqa: E731
    result = run(program.target, *program.words, given=program.given, preexec_fn=before)
    result.assert_announced()
    program.assert_right(result.output, result.log)


@pytest.mark.parametrize("target", [PORTABLE, COLD], ids=["warm", "cold"])
def test_too_few_addresses(target: Target, run: Run) -> None:
    """Little more than the file itself takes: Linux does not start it with less."""
    limit = _mapped(Path(target.command[0])) + (10 << 20)
    result = run(target, "value", given=1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    message = result.assert_failed("fn.boot")
    assert re.match(r"/fn-bundle/[\w/.-]+\.so", message)
    assert "could not be loaded (the log says why): give the run more memory" in message
    assert "failed to map segment from shared object" in result.log


def _mapped(file: Path) -> int:
    """Bytes of the file that the kernel maps when it starts it: all but the image."""
    return sum(each.memory for each in loaded(bytearray(file.read_bytes())))


def test_too_few_addresses_for_a_package(file: File, run: Run) -> None:
    """The error names the library, which the dynamic loader knows by the number of a file in memory only."""
    made = file("with_numpy")
    limit = _mapped(made) + (24 << 20)
    before = lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))  # noqa: E731
    result = run(Target("numpy", (str(made),)), given={}, preexec_fn=before)
    result.assert_failed("fn.handler.import")
    assert re.search(r"ImportError: /fn-bundle/numpy.*\.so: failed to map segment", result.log)
