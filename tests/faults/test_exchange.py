"""What may lie in the exchange already: nothing of it is trusted, followed or kept. Mounts read-only: needs root."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run, Target

_OURS = ("out.log", "output.json", "error.json", ".outcome.fn", ".done.fn")


def _link(path: Path, precious: Path) -> None:
    path.symlink_to(precious)


def _hard_link(path: Path, precious: Path) -> None:
    path.hardlink_to(precious)


def _folder(path: Path, precious: Path) -> None:
    path.mkdir()
    (path / "inside").write_text("something")


def _fifo(path: Path, precious: Path) -> None:
    os.mkfifo(path)


def _closed_file(path: Path, precious: Path) -> None:
    path.write_text("stale")
    path.chmod(0)


def _dangling(path: Path, precious: Path) -> None:
    path.symlink_to(precious.with_name("nowhere"))


@pytest.mark.parametrize("lay", [_link, _hard_link, _folder, _fifo, _closed_file, _dangling])
@pytest.mark.parametrize("name", _OURS)
def test_what_lies_at_our_names_is_replaced(
    target: Target, run: Run, exchange: Path, tmp_path: Path, name: str, lay: Callable[[Path, Path], None]
) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    lay(exchange / name, precious)
    result = run(target, "value", given={"a": 1})
    assert precious.read_text() == "precious"
    assert not precious.with_name("nowhere").exists()
    assert result.status == 0
    assert result.output == b'{"a":1}'
    assert not (exchange / "output.json").is_symlink()
    assert (exchange / "done").is_file()
    assert (exchange / "out.log").stat().st_nlink == 1
    assert not (exchange / "error.json").exists()


_NOBODY = ("setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", "--bounding-set=-all", "--no-new-privs")


@pytest.mark.parametrize("name", _OURS)
@pytest.mark.parametrize("given", [{"do": "value error"}, {"do": "orphan"}])
def test_what_cannot_be_taken_away_refuses_the_run(
    target: Target, run: Run, exchange: Path, name: str, given: dict[str, str]
) -> None:
    """Files of another user in a directory like `/tmp`: an old result beside ours would be a second outcome."""
    for folder in exchange.parents[:3]:
        if folder.stat().st_uid == os.getuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    exchange.chmod(0o1777)
    (exchange / name).write_text("earlier")
    result = run(target, "fault", given=given, prefix=_NOBODY)
    assert result.status == 1
    assert f"cannot write in the exchange directory {exchange}: Operation not permitted" in result.stderr
    assert (exchange / name).read_text() == "earlier"
    assert {path.name for path in exchange.iterdir()} == {"input.json", name}


@pytest.mark.parametrize("taken", [["stale"], ["stale", "stale.1"]])
@pytest.mark.parametrize("name", _OURS)
@pytest.mark.parametrize("fails", [False, True])
def test_a_folder_is_put_aside_beside_earlier_ones(
    target: Target, run: Run, exchange: Path, name: str, taken: list[str], fails: bool
) -> None:
    folders = [exchange / name, *(exchange / f"{name}.{end}" for end in taken)]
    for folder in folders:
        _folder(folder, folder)
        (folder / "which").write_text(folder.name)
    result = run(target, "fault" if fails else "value", given={"do": "coded"})
    assert result.status == 0
    assert (result.error is not None, result.output is not None) == (fails, not fails)
    assert (exchange / "done").is_file()
    assert (exchange / f"{name}.stale.{len(taken)}" / "which").read_text() == name
    assert all((folder / "which").read_text() == folder.name for folder in folders[1:])


@pytest.mark.parametrize("how", ["nothing", "file", "link", "hard link", "folder"])
@pytest.mark.parametrize("end", ["output", "error"])
def test_what_a_handler_puts_in_place_of_the_outcome_is_not_published(
    target: Target, run: Run, exchange: Path, how: str, end: str
) -> None:
    given = {"do": f"tamper: {how}, {end}"}
    result = run(target, "fault", given=given)
    result.assert_announced()
    assert json.loads((exchange / "input.json").read_bytes()) == given
    if end == "output":
        assert result.output == json.dumps(how).encode()
    else:
        assert result.error == {"code": "test.tampered", "message": how}
    assert not (exchange / ".outcome.fn").exists()


def test_a_stale_result_of_each_kind_is_gone(target: Target, run: Run, exchange: Path) -> None:
    (exchange / "output.json").write_text('"stale"')
    (exchange / "out.log").write_text("stale\n")
    result = run(target, "fault", given={"do": "coded"})
    result.assert_announced()
    assert result.output is None
    assert result.log == ""


@pytest.mark.parametrize("umask", [0o000, 0o027, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask(target: Target, run: Run, exchange: Path, umask: int) -> None:
    run(target, "value", given={"a": 1}, umask=umask).assert_announced()
    for name in ("output.json", "out.log", "done"):
        assert (exchange / name).stat().st_mode & 0o777 == 0o644, name


def test_a_directory_that_is_missing(target: Target, run: Run, exchange: Path) -> None:
    result = run(target, "value", environment={"FN_DATA_DIR": str(exchange / "missing")})
    assert result.status == 1
    assert "cannot open the exchange directory" in result.stderr
    assert "--data or FN_DATA_DIR" in result.stderr


def test_a_directory_that_is_a_file(target: Target, run: Run, exchange: Path) -> None:
    (exchange / "file").write_text("")
    result = run(target, "value", environment={"FN_DATA_DIR": str(exchange / "file")})
    assert result.status == 1
    assert "cannot open the exchange directory" in result.stderr


def test_a_directory_that_cannot_be_written(target: Target, run: Run, exchange: Path) -> None:
    (exchange / "input.json").write_text("1")
    subprocess.run(["mount", "--bind", exchange, exchange], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", exchange], check=True)
        result = run(target, "value")
    finally:
        subprocess.run(["umount", "-l", exchange], check=True)
    assert result.status == 1
    assert "cannot write in the exchange directory" in result.stderr
    assert [path.name for path in exchange.iterdir()] == ["input.json"]


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_a_run_that_is_done_touches_nothing(target: Target, run: Run, exchange: Path, kind: str) -> None:
    (exchange / "out.log").write_text("earlier\n")
    done = exchange / "done"
    {"file": done.touch, "link": lambda: done.symlink_to("nowhere"), "folder": done.mkdir}[kind]()
    before = {path.name: path.lstat().st_mtime_ns for path in exchange.iterdir()}
    result = run(target, "value")
    assert result.status == 0
    assert {path.name: path.lstat().st_mtime_ns for path in exchange.iterdir()} == before


def test_an_input_of_100_megabytes(target: Target, run: Run, exchange: Path) -> None:
    document = json.dumps(["x" * 1000] * 100_000).encode()
    result = run(target, "value", given=document)
    result.assert_announced()
    assert json.loads(result.output or b"") == json.loads(document)
