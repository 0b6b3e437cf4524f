"""Variables, black box: files passed in are read, variables are set as the sidecar reads them."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from entry.testing.variables import collect, prepare
from tests.conftest import Run, Target

_NOBODY = ("setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", "--bounding-set=-all", "--no-new-privs")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a handler sets as one variable."""
    made = tmp_path / "folder"
    (made / "below" / "empty").mkdir(parents=True)
    (made / "a.txt").write_bytes(b"a")
    (made / "below" / "b.txt").write_bytes(b"b" * 3_000_000)
    (made / "below" / "b.txt").chmod(0o600)
    return made


def test_files_passed_in_are_read(target: Target, run: Run, exchange: Path) -> None:
    prepare(exchange, {"letter.txt": "Grüße".encode(), "folder/part.csv": b"1,2", "empty": b""})
    result = run(target, "variables", given={})
    result.assert_announced()
    assert json.loads(result.output or b"") == {"empty": 0, "folder/part.csv": 3, "letter.txt": 7}


def test_every_kind_of_data_is_set(target: Target, run: Run, exchange: Path, folder: Path) -> None:
    prepare(exchange, {})
    wanted = [
        ["namespace", "a", "bytes", ""],
        ["namespace", "text_1", "text", ""],
        ["namespace", "J", "json", ""],
        ["workflow", "iterator", "iterator", ""],
        ["workflow", "stream", "stream", str(folder / "a.txt")],
        ["workflow", "file", "path", str(folder / "below" / "b.txt")],
        ["instance", "folder", "text", ""],
        ["instance", "folder", "path", str(folder)],  # in the place of the text
        ["instance", "text", "path", str(folder)],
        ["instance", "text", "text", ""],  # in the place of the folder
    ]
    result = run(target, "variables", given={"set": wanted})
    result.assert_announced()
    assert result.output == b"{}"
    found, refused = collect(exchange)
    assert refused == []
    packed = found["instance"].pop("folder")
    assert found == {
        "namespace": {"a": b"\x00\xff", "text_1": "ä".encode(), "J": b'{"a":[1,2.5,null,1180591620717411303424]}'},
        "workflow": {"iterator": b"one two", "stream": b"a", "file": b"b" * 3_000_000},
        "instance": {"text": "ä".encode()},
    }
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = {member.name: (member.size, member.mode) for member in archive.getmembers() if member.isfile()}
        folders = {member.name: member.mode for member in archive.getmembers() if member.isdir()}
    assert members == {"./a.txt": (1, 0o644), "./below/b.txt": (3_000_000, 0o644)}
    assert folders == {".": 0o755, "./below": 0o755, "./below/empty": 0o755}
    out = exchange / "vars" / "out"
    assert {path.stat().st_mode & 0o777 for path in out.glob("*/*") if path.is_file()} == {0o644}
    assert sorted(path.name for path in out.iterdir()) == ["instance", "namespace", "workflow"]


def test_no_name_leads_outside(target: Target, run: Run, exchange: Path, tmp_path: Path) -> None:
    prepare(exchange, {"letter.txt": b"letter"})
    (tmp_path / "secret").write_bytes(b"secret")
    (exchange / "vars" / "link").symlink_to(tmp_path)
    result = run(target, "variables", given={"read": "link/secret"})
    result.assert_failed("fn.variable.unreadable")


def test_a_user_without_rights_is_told_how_to_run(file: Target, run: Run, exchange: Path) -> None:
    """Changes the user: needs root."""
    prepare(exchange, {"letter.txt": b"letter"})
    for folder in (exchange, *exchange.parents[:3], *Path(file.command[0]).parents):
        if folder != Path("/") and folder.stat().st_uid == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    result = run(file, "variables", given={"set": [["workflow", "a", "text", ""]]}, prefix=_NOBODY)
    message = result.assert_failed("fn.variable.unwritable")
    assert "user 65532 may not write it" in message
    assert "run as root, from an image made with `python3 build image --user 0:0`" in message
