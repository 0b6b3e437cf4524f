"""Direktiv of today, releases and main branch: log, variables, files, user, environment (docs/hosts/engines.md)."""

from __future__ import annotations

import io
import json
import shlex
import tarfile
from pathlib import Path

from entry.testing import Direktiv
from entry.testing.emulators.local_server import Line
from tests.conftest import Target
from tests.hosts.direktiv.releases import as_user, each_line, each_release, started


@each_line
def test_log(file: Target, line: Line) -> None:
    """All lines reach the instance before the answer; on main, those on stdout have its fields as well."""
    with started(file, "talk", line=line) as direktiv:
        calls = [direktiv.call({"lines": 500, "all": True}) for _ in range(3)]
    for call in calls:
        assert [text for text in call.log if text.startswith("line ")] == [f"line {n}" for n in range(500)]
        assert "from ctx with argument" in call.log
        assert call.warnings == []
        attached = direktiv.attached(call.id)
        assert attached.count("line 499") == (line == "main")


def test_log_of_an_error(file: Target) -> None:
    with started(file, "fault") as direktiv:
        call = direktiv.call({"do": "value error"})
    assert any("ValueError" in text for text in call.log)


@each_release
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
    with started(file, "variables", line="main") as direktiv:
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
    with started(file, "variables", line=line) as direktiv:
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
    with Direktiv(
        [*as_user(file, 65533), "serve", "variables"],
        line=line,
        environment={"PATH": "/usr/bin", **file.environment},
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


@each_line
def test_user(file: Target, line: Line) -> None:
    """As 65532, to whom the folders belong since 0.8.8, files are read, and set as variables. Changes the user."""
    command, environment = [*as_user(file, 65532), "serve", "variables"], {"PATH": "/usr/bin", **file.environment}
    with Direktiv(command, line=line, environment=environment) as direktiv:
        if line == "0.10":
            assert direktiv.call({"read": "a.txt"}, files={"a.txt": b"a"}).answer.body == b'"a"'
            assert direktiv.call({"set": [["workflow", "a", "bytes", ""]]}).variables["workflow"] == {"a": b"\x00\xff"}
            assert direktiv.kinds == {}  # it was a file, no request to the sidecar
        assert json.loads(direktiv.call({"action": 1}).answer.body)


@each_line
def test_environment(file: Target, line: Line) -> None:
    """What a service's `envs` say: settings of the server, and the handler's own. `cmd` is split at its words."""
    told = {
        "FN_HOST": "http",
        "FN_HANDLER": "environment",
        "GREETING": "Grüße, $HOME 'a b'",
        "HTTPS_PROXY": "http://a:1",
    }
    with Direktiv(file.command, line=line, environment={**file.environment, **told}) as direktiv:
        for name in ("GREETING", "HTTPS_PROXY", "FN_NONE"):
            assert json.loads(direktiv.call(name).answer.body) == told.get(name)
    command = shlex.split(f"{file.command[0]} serve 'value' --workers=2")
    with Direktiv(command, line=line, environment=file.environment) as direktiv:
        assert direktiv.call(5).answer.body == b"5"


def test_files_of_no_other_folder(file: Target, tmp_path: Path) -> None:
    """A header is no name of a file: only the action's own folder, in the one that both containers share."""
    (tmp_path / "id").mkdir()
    (tmp_path / "id" / "letter.txt").write_bytes(b"secret")
    with started(file, "variables", FN_SHARED_DIR=str(tmp_path)) as direktiv:
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
