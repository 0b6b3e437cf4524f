"""`sys.executable` is the file, and started as one starts `python` it is an interpreter with the file's modules."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run, Target
from tests.seccomp import MEMFD_CREATE, forbid

_SPOKEN = {"status": 0, "error": ""}
_PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
EXPECTED: dict[str, Any] = {
    "-c": {**_SPOKEN, "out": "json ['--list', 'a b']\n"},
    "flags": {**_SPOKEN, "out": "1\n"},
    "-m": {**_SPOKEN, "out": "['x']\n"},
    "script": {**_SPOKEN, "out": "['x'] beside __main__\n"},
    "relative": {**_SPOKEN, "out": "['x'] beside __main__\n"},
    "no environment": {**_SPOKEN, "out": "42\n"},
    "stdin": {**_SPOKEN, "out": "from stdin\n"},
    "bare": {**_SPOKEN, "out": "from stdin\n"},
    "raises": {**_SPOKEN, "status": 3, "out": ""},
    "fails": {"status": 1, "out": "", "error": True},
    "exit": {**_SPOKEN, "status": 5, "out": ""},
    "same": True,
    "ends": {**_SPOKEN, "out": "kept ended\n"},
    "exists": True,
}


def _output(exchange: Path) -> Any:
    assert not (exchange / "error.json").exists(), (exchange / "error.json").read_text()
    return json.loads((exchange / "output.json").read_text())


def test_what_interpreters_are_asked(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "interpreters"})
    assert result.error is None, (result.error, result.log)
    assert json.loads(result.output or b"") == EXPECTED
    assert result.log == ""
    result.assert_announced()


@pytest.mark.parametrize(
    ("what", "output"),
    [
        ("spawn", [0, 3, 6, 9]),
        ("forkserver", [0, 3, 6, 9]),
        ("spawn executor", [0, 3, 6, 9]),
        ("fork executor", [0, 3, 6, 9]),
        ("shared memory", "hello"),
    ],
)
def test_processes_and_shared_memory(target: Target, run: Run, what: str, output: object) -> None:
    result = run(target, "life", given={"do": what}, environment={"TMPDIR": "/dev/shm"})
    assert result.error is None, (result.error, result.log)
    assert json.loads(result.output or b"") == output
    assert result.log == ""
    result.assert_announced()


def test_shared_memory_that_was_forgotten_is_removed(target: Target, run: Run) -> None:
    result = run(target, "life", given={"do": "shared memory, forgotten"})
    name = json.loads(result.output or b"")
    assert not Path("/dev/shm", name).exists()
    assert "leaked shared_memory objects" in result.log
    result.assert_announced()


@pytest.fixture
def root(file: Target, tmp_path: Path) -> Path:
    """A root with the file, at a place of its own, and an exchange; no /proc, no /dev/shm, nothing to write to else."""
    made = tmp_path / "root"
    (made / "direktiv-data").mkdir(parents=True)
    (made / "direktiv-data").chmod(0o777)
    (made / "tools").mkdir()
    shutil.copy(file.command[0], made / "tools" / "function")
    (made / "tools" / "function").chmod(0o111)  # not to be read
    (made / "tools").chmod(0o555)
    made.chmod(0o555)
    return made


def _in(root: Path, file: Target, words: list[str], given: object) -> Path:
    exchange = root / "direktiv-data"
    (exchange / "input.json").write_text(json.dumps(given))
    done = subprocess.run(
        ["setpriv", "--no-new-privs", "chroot", "--userspec=65532:65532", root, *words],
        env={**file.environment, **_PATH, "FN_DATA_DIR": "/direktiv-data"}, capture_output=True, check=False, cwd="/",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    return exchange


@pytest.mark.parametrize("name", ["/tools/function", "./tools/function", "tools/function"])
def test_an_interpreter_in_an_empty_root(file: Target, root: Path, name: str) -> None:
    """Wherever the file lies, and by whatever path it was started: it can be executed, and that is all."""
    exchange = _in(root, file, [name, "life"], {"do": "interpreters"})
    assert _output(exchange) == EXPECTED
    assert sorted(path.name for path in exchange.iterdir() if path.name != "vars") == [
        "done", "input.json", "out.log", "output.json",
    ]  # fmt: skip


def test_a_path_of_its_own(file: Target, run: Run, tmp_path: Path) -> None:
    """Through a link, with a blank in its name, relative to where it was started."""
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "link").symlink_to(file.command[0])
    chosen = Target(file.name, ("a b/link",), file.environment, tmp_path)
    result = run(chosen, "life", given={"do": "environment"})
    assert json.loads(result.output or b"") == str(tmp_path / "a b" / "link")


def test_an_open_file_that_is_executed(file: Target, exchange: Path) -> None:
    """Its path says nothing to others: the kernel knows a better one."""
    (exchange / "input.json").write_text('{"do": "environment"}')
    descriptor = os.open(file.command[0], os.O_RDONLY)
    child = os.fork()
    if child == 0:
        os.execve(descriptor, ["fn", "life"], {**file.environment, "FN_DATA_DIR": str(exchange)})
    os.close(descriptor)
    assert os.waitpid(child, 0)[1] == 0
    assert _output(exchange) == os.path.realpath(file.command[0])


def test_an_interpreter_that_is_left_behind_ends_with_the_run(target: Target, run: Run, exchange: Path) -> None:
    """Where there are no files in memory, a portable file unpacks in the exchange: nothing of that stays either."""
    variables = {"FN_TMP_DIR": str(exchange)}
    without = forbid(MEMFD_CREATE)
    result = run(
        target, "life", given={"do": "an interpreter that is left behind"}, environment=variables, preexec_fn=without
    )
    assert result.output == b'"up"', result.error
    result.assert_announced()


@pytest.mark.parametrize("what", ["spawn", "shared memory"])
def test_what_needs_more_than_the_root_has_is_one_clear_error(file: Target, root: Path, what: str) -> None:
    exchange = _in(root, file, ["/tools/function", "life"], {"do": what})
    assert not (exchange / "output.json").exists()
    error = json.loads((exchange / "error.json").read_text())
    assert error["code"] == "fn.exception"
    assert "/dev/shm" in error["message"]
