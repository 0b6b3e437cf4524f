"""Direktiv of today, releases and main branch: each rule of docs/hosts.md has a test with its name."""

from __future__ import annotations

import io
import json
import socket
import tarfile
import threading
from pathlib import Path

import pytest

from entry.testing import Call, Direktiv
from entry.testing.local_server import Line
from tests.boot.serving import until
from tests.conftest import Target

LINES: tuple[Line, ...] = ("0.8", "0.10", "main")
RELEASES: tuple[Line, ...] = ("0.8", "0.10")
each_line = pytest.mark.parametrize("line", LINES)
each_release = pytest.mark.parametrize("line", RELEASES)
_LARGE = "ä" * (5 << 20)


def _direktiv(file: Target, *words: str, line: Line = "0.10", **variables: str) -> Direktiv:
    return Direktiv([*file.command, "serve", *words], line=line, environment={**file.environment, **variables})


@each_line
def test_call(file: Target, line: Line) -> None:
    """A POST to `/`, or to any path on main, with any JSON; null as well."""
    with _direktiv(file, "value", line=line) as direktiv:
        direktiv.url_path = "/any/path?a=b" if line == "main" else "/"
        for given in ({"a": [1, None]}, "text", "", None, 3):
            call = direktiv.call(given)
            assert call.decision is not None
            assert (call.decision.kind, call.decision.value, call.warnings) == ("success", given, [])


@each_line
def test_headers(file: Target, line: Line) -> None:
    """The action's id is `ctx.action_id`, however the header is written; all headers are `ctx.headers`."""
    with _direktiv(file, "variables", line=line) as direktiv:
        call = direktiv.call({"action": 1})
        assert call.decision is not None
        assert call.decision.value == call.id


@each_line
def test_success(file: Target, line: Line) -> None:
    """200, with JSON; bytes that are none become base64 in releases, and fail the action on main."""
    with _direktiv(file, "raw", line=line) as direktiv:
        call = direktiv.call(b"\x00\xff")
        assert call.answer.status == 200
        assert call.decision is not None
        if line == "main":
            assert call.decision.kind == "crash"
        else:
            assert (call.decision.kind, call.decision.value) == ("success", "AP8=")


@each_line
@pytest.mark.parametrize(
    ("action", "code"), [("coded", "test.coded"), ("value error", "fn.exception"), ("segfault", "fn.killed")]
)
def test_error_a_workflow_can_catch(file: Target, line: Line, action: str, code: str) -> None:
    with _direktiv(file, "fault", line=line) as direktiv:
        call = direktiv.call({"do": action})
        assert call.decision is not None
        if line == "main":
            assert (call.decision.kind, code in call.decision.raw_message) == ("crash", True)
        else:
            assert (call.decision.kind, call.decision.code) == ("error", code)
            assert call.decision.message
        assert call.warnings == []


@each_line
def test_message_without_code(file: Target, line: Line) -> None:
    """Not to be caught: for that, releases want a 2xx, and main one that is not 200."""
    with _direktiv(file, "fault", line=line) as direktiv:
        call = direktiv.call({"do": "uncoded"})
        assert call.decision is not None
        assert call.decision.kind == "crash"


@each_line
def test_non_2xx_is_no_status_that_is_repeated(file: Target, line: Line) -> None:
    """No outcome has one of 502 to 504, and each error has its headers."""
    with _direktiv(file, "fault", line=line) as direktiv:
        for action in ("coded", "value error", "os._exit 9", "nan", "sys.exit 3"):
            call = direktiv.call({"do": action})
            assert call.answer.status in (422, 500)
            assert call.answer.headers["direktiv-errormessage"]


@each_line
def test_size(file: Target, line: Line) -> None:
    """More than one of the older limits, both ways, with Content-Length."""
    with _direktiv(file, "value", line=line) as direktiv:
        call = direktiv.call(_LARGE)
        assert call.decision is not None
        assert call.decision.value == _LARGE
        assert int(call.answer.headers["content-length"]) > 10 << 20


@each_line
def test_at_once(file: Target, line: Line) -> None:
    with _direktiv(file, "value", line=line) as direktiv:
        found: list[object] = [None] * 20

        def one(number: int) -> None:
            decision = direktiv.call(number).decision
            found[number] = decision.value if decision else None

        threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == list(range(20))


@each_line
def test_deadline(file: Target, line: Line) -> None:
    """DELETE is answered with 200 and ends the run, whose POST is answered; on main the closed connection does."""
    with _direktiv(file, "async_wait", "--workers", "1", line=line) as direktiv:
        call = direktiv.call(600, timeout=1)
        if line == "main":
            assert call.decision is None
        else:
            assert call.decision is not None
            assert (call.decision.code, call.warnings) == ("fn.terminated", [])
        again = direktiv.call(0)  # by the only worker
        assert again.decision is not None
        assert again.decision.kind == "success"


@each_line
def test_ready_without_a_byte(file: Target, line: Line) -> None:
    """Probes are neither logged nor in the way."""
    with _direktiv(file, "value", line=line) as direktiv:
        for _ in range(50):
            socket.create_connection(("127.0.0.1", direktiv.service.port)).close()
        assert direktiv.call(1).decision is not None
    assert [json.loads(text)["level"] for text in direktiv.lines] == ["INFO"] * 3
    assert direktiv.exit_status == 0


@each_line
def test_keep_alive(file: Target, line: Line) -> None:
    """A connection serves one call after the other."""
    with _direktiv(file, "value", line=line) as direktiv:
        for number in range(5):
            call = direktiv.call(number)
            assert (call.answer.status, call.answer.headers.get("connection", "")) == (200, "")


@each_line
def test_log(file: Target, line: Line) -> None:
    """All lines reach the instance before the answer; on main, those on stdout have its fields as well."""
    with _direktiv(file, "talk", line=line) as direktiv:
        calls = [direktiv.call({"lines": 500, "all": True}) for _ in range(3)]
    for call in calls:
        assert [text for text in call.log if text.startswith("line ")] == [f"line {n}" for n in range(500)]
        assert "from ctx with argument" in call.log
        assert call.warnings == []
        attached = direktiv.attached(call.id)
        assert attached.count("line 499") == (line == "main")


def test_log_of_an_error(file: Target) -> None:
    with _direktiv(file, "fault") as direktiv:
        call = direktiv.call({"do": "value error"})
    assert any("ValueError" in text for text in call.log)


@pytest.mark.parametrize("line", ["0.8", "0.10"])
def test_variables(file: Target, line: Line) -> None:
    """`ctx.variables.read`: values of all scopes; a missing key, which is answered with 200, is fn.variable.missing."""
    with Direktiv(
        [*file.command, "serve", "variables"],
        line=line,
        environment=file.environment,
        variables={("workflow", "letter"): "Grüße ".encode() * 5000, ("namespace", "empty"): b""},
    ) as direktiv:
        for scope, name, text in (("workflow", "letter", "Grüße " * 5000), ("namespace", "empty", "")):
            call = direktiv.call({"get": [scope, name]})
            assert call.answer.body.decode() == text
        for scope, name, code in (
            ("instance", "letter", "fn.variable.missing" if line == "0.10" else "fn.variable.unreadable"),
            ("thread", "letter", "fn.variable.invalid"),
            ("workflow", "a/b", "fn.variable.invalid"),
        ):
            decision = direktiv.call({"get": [scope, name]}).decision
            assert decision is not None
            assert decision.code == code


def test_variables_that_main_has_not(file: Target) -> None:
    with _direktiv(file, "variables", line="main") as direktiv:
        for given, code in (
            ({"get": ["workflow", "a"]}, "fn.variable.unreadable"),
            ({"set": [["workflow", "a", "text", ""]]}, "fn.variable.unwritable"),
            ({"read": "a"}, "fn.variable.missing"),
        ):
            assert direktiv.call(given).answer.headers["direktiv-errorcode"] == code


@each_release
def test_files(file: Target, line: Line, tmp_path: Path) -> None:
    """What the workflow passes in is read by name; what is set becomes a variable when the call is answered."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_bytes(b"a")
    with _direktiv(file, "variables", line=line) as direktiv:
        files = {"letter.txt": "Grüße".encode(), "folder/part.csv": b"1,2"}
        call = direktiv.call({}, files=files)
        assert call.decision is not None
        assert call.decision.value == {"folder/part.csv": 3, "letter.txt": 7}
        given = [
            ["namespace", "a", "bytes", ""],
            ["workflow", "text_1", "text", ""],
            ["instance", "J", "json", ""],
            ["instance", "iterator", "iterator", ""],
            ["instance", "folder", "path", str(tmp_path / "folder")],
        ]
        call = direktiv.call({"set": given})
        assert call.warnings == []
        packed = call.variables["instance"].pop("folder")
        assert call.variables == {
            "namespace": {"a": b"\x00\xff"},
            "workflow": {"text_1": "ä".encode()},
            "instance": {"J": b'{"a":[1,2.5,null,1180591620717411303424]}', "iterator": b"one two"},
        }
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            assert "./a.txt" in archive.getnames()
        assert direktiv.call({"read": "letter.txt"}).answer.headers["direktiv-errorcode"] == "fn.variable.missing"


@each_release
def test_files_without_rights_to_them(file: Target, line: Line) -> None:
    """Where the function may not write into TempDir, variables are set by `/var`, at once. Changes the user."""
    nobody = ("setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "--bounding-set=-all")
    for folder in Path(file.command[0]).parents:
        if folder != Path("/") and folder.stat().st_uid == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    with Direktiv(
        [*nobody, *file.command, "serve", "variables"], line=line, environment={"PATH": "/usr/bin", **file.environment}
    ) as direktiv:
        call = direktiv.call(
            {"set": [["namespace", "a", "bytes", ""], ["workflow", "b", "json", ""]]}, files={"a.txt": b""}
        )
        assert call.variables == {
            "namespace": {"a": b"\x00\xff"},
            "workflow": {"b": b'{"a":[1,2.5,null,1180591620717411303424]}'},
            "instance": {},
        }
        assert direktiv.kinds[("namespace", "a")] == "application/octet-stream"
        assert direktiv.kinds[("workflow", "b")] == "application/json"
        code = direktiv.call({"read": "a.txt"}, files={"a.txt": b""}).answer.headers["direktiv-errorcode"]
        assert code == "fn.variable.unreadable"


def test_files_of_no_other_folder(file: Target, tmp_path: Path) -> None:
    """A header is no name of a file: only the action's own folder, in the one that both containers share."""
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / "letter.txt").write_bytes(b"secret")
    with _direktiv(file, "variables", FN_SHARED_DIR=str(tmp_path)) as direktiv:
        for action, folder, status in (
            ("id", f"{tmp_path}/id", 200),
            ("id", f"{tmp_path}/./id", 500),
            ("../id", f"{tmp_path}/../id", 500),
            ("..", f"{tmp_path}/..", 500),
            ("etc", "/etc", 500),
        ):
            headers = {"Direktiv-ActionID": action, "Direktiv-TempDir": folder}
            answer = direktiv.service.ask("POST", "/", headers, b'{"read":"letter.txt"}', 60)
            assert answer.status == status, folder


def test_end(file: Target) -> None:
    """SIGTERM: the call under way is answered, then the function ends with 0."""
    with _direktiv(file, "async_wait") as direktiv:
        found = list[Call]()
        thread = threading.Thread(target=lambda: found.append(direktiv.call(1)))
        thread.start()
        until(lambda: any("waiting" in text for text in direktiv.lines))
    thread.join()
    assert direktiv.exit_status == 0
    assert found[0].decision is not None
    assert found[0].decision.kind == "success"
