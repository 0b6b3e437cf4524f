"""ctx.variables in process: what a mapping promises, every way out of its folder, every name and kind of data."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from entry import FunctionError
from entry.api.variables import Folder, Variables
from entry.testing import Outcome, invoke
from entry.testing.variables import prepare


@pytest.fixture
def exchange(tmp_path: Path) -> Path:
    """An exchange with two files passed in, and a secret outside."""
    made = tmp_path / "exchange"
    made.mkdir()
    prepare(made, {"letter.txt": b"hello", "folder/part.csv": b"1,2"})
    (tmp_path / "secret").write_bytes(b"secret")
    (made / "input.json").write_bytes(b"{}")
    return made


@pytest.fixture
def variables(exchange: Path) -> Variables:
    return Variables(str(exchange))


def _code(act: Callable[[], object]) -> str | None:
    with pytest.raises(FunctionError) as caught:
        act()
    assert caught.value.message
    return caught.value.code


def test_it_is_a_mapping_of_files(variables: Variables, exchange: Path) -> None:
    assert list(variables) == ["folder/part.csv", "letter.txt"]
    assert len(variables) == 2
    assert "letter.txt" in variables
    assert "letter" not in variables
    assert variables.get("none") is None
    letter = variables["letter.txt"]
    assert (letter.name, letter.bytes(), letter.text()) == ("letter.txt", b"hello", "hello")
    assert letter.path == str(exchange / "vars" / "letter.txt")
    with letter.open() as stream:
        assert (stream.read(2), stream.readline(), stream.writable()) == (b"he", b"llo", False)


def test_it_cannot_be_written(variables: Any) -> None:
    with pytest.raises(TypeError):
        variables["a"] = b"b"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../secret", "folder/../letter.txt", "folder//part.csv", "./letter.txt", "/etc/passwd", "a\0b",
     "letter.txt/", "out/workflow/x", "out", "a\ud800", None, 3],
)  # fmt: skip
def test_names_that_lead_anywhere_else(variables: Variables, name: Any) -> None:
    assert _code(lambda: variables[name]) == "fn.variable.invalid"


@pytest.mark.parametrize("path", ["", "../a", "a//b", "a\0b", "a\ud800"])
def test_paths_in_a_folder_that_are_none(variables: Variables, path: str) -> None:
    assert _code(lambda: variables.set("workflow", "a", Folder([(path, (b"",))]))) == "fn.variable.invalid"


@pytest.mark.parametrize("target", ["{outside}/secret", "letter.txt", "../input.json", "/etc/passwd"])
def test_links_are_not_followed_wherever_they_lead(variables: Variables, exchange: Path, target: str) -> None:
    (exchange / "vars" / "link").symlink_to(target.format(outside=exchange.parent))
    assert _code(lambda: variables["link"]) == "fn.variable.unreadable"
    assert list(variables) == ["folder/part.csv", "letter.txt"]


def test_no_folder_on_the_way_is_a_link(variables: Variables, exchange: Path) -> None:
    (exchange / "vars" / "up").symlink_to("..")
    (exchange / "vars" / "folder" / "out").symlink_to(exchange.parent)
    for name in ("up/input.json", "folder/out/secret"):
        assert _code(lambda name=name: variables[name]) == "fn.variable.unreadable"  # type: ignore[misc]
    assert list(variables) == ["folder/part.csv", "letter.txt"]


def test_the_folder_of_variables_is_no_link(variables: Variables, exchange: Path) -> None:
    (exchange / "vars").rename(exchange / "moved")
    (exchange / "vars").symlink_to("moved")
    assert _code(lambda: variables["letter.txt"]) == "fn.variable.unreadable"
    assert _code(lambda: list(variables)) == "fn.variable.unreadable"
    assert _code(lambda: variables.set("workflow", "a", b"")) == "fn.variable.unwritable"


def test_what_is_no_file(variables: Variables, exchange: Path) -> None:
    os.mkfifo(exchange / "vars" / "pipe")
    assert _code(lambda: variables["pipe"]) == "fn.variable.unreadable"
    assert _code(lambda: variables["folder"]) == "fn.variable.unreadable"
    assert _code(lambda: variables["letter.txt/part"]) == "fn.variable.unreadable"


def test_a_file_that_goes_away_or_is_no_text(variables: Variables, exchange: Path) -> None:
    letter = variables["letter.txt"]
    (exchange / "vars" / "letter.txt").write_bytes(b"\xff")
    assert _code(letter.text) == "fn.variable.unreadable"
    assert letter.text("latin-1") == "ÿ"
    (exchange / "vars" / "letter.txt").unlink()
    assert _code(letter.bytes) == "fn.variable.missing"


def test_without_a_folder_of_variables_there_are_none(tmp_path: Path) -> None:
    variables = Variables(str(tmp_path))
    assert dict(variables) == {}
    assert _code(lambda: variables["a"]) == "fn.variable.missing"
    assert _code(lambda: variables.set("workflow", "a", b"")) == "fn.variable.unwritable"


def _set(scope: Any, name: Any, data: Any) -> Outcome:
    def sets(value: object, ctx: Any) -> None:
        ctx.variables.set(scope, name, data)

    return invoke(sets)


@pytest.mark.parametrize("name", ["a", "Z", "ab", "a_b", "a1", "a__1", "A" * 200])
def test_names_of_the_rule(name: str) -> None:
    assert _set("workflow", name, b"x").variables["workflow"] == {name: b"x"}


@pytest.mark.parametrize(
    "name", ["", "1", "_", "_a", "a_", "a-b", "a.b", "a b", "ä", "a/b", "..", "a\n", "\0", "aä", "²", None, b"a", 5]
)
def test_names_against_the_rule(name: Any) -> None:
    outcome = _set("workflow", name, b"x")
    assert outcome.error is not None
    assert outcome.error.code == "fn.variable.invalid"
    assert "cannot name a variable" in outcome.error.message
    assert outcome.variables == {"namespace": {}, "workflow": {}, "instance": {}}


@pytest.mark.parametrize("scope", ["", "global", "Workflow", "../workflow", None])
def test_scopes_that_there_are_not(scope: Any) -> None:
    outcome = _set(scope, "a", b"x")
    assert outcome.error is not None
    assert outcome.error.code == "fn.variable.invalid"
    assert "namespace, workflow, instance" in outcome.error.message


def _breaking() -> Iterator[bytes]:
    yield b"half of it"
    raise OSError(5, "the source broke")


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ("\ud800", "fn.variable.invalid", "half a character"),
        ({"a": [float("nan")]}, "fn.variable.invalid", "vars/out/workflow/a: $.a[0]: NaN"),
        (object(), "fn.variable.invalid", "$: object cannot be written"),
        (iter(["text"]), "fn.variable.invalid", "the stream gives str"),
        (io.StringIO("text"), "fn.variable.invalid", "the stream gives str"),
        (Path("/does/not/exist"), "fn.variable.invalid", "/does/not/exist: No such file"),
        (Path("/dev/null"), "fn.variable.invalid", "neither a file nor a folder"),
        (_breaking(), "fn.exception", "the source broke"),
    ],
)
def test_data_that_cannot_be_set_leaves_nothing(data: object, code: str, words: str) -> None:
    outcome = _set("workflow", "a", data)
    assert outcome.error is not None
    assert (outcome.error.code, words in outcome.error.message) == (code, True), outcome.error
    assert outcome.variables["workflow"] == {}


def test_a_folder_with_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "good").write_bytes(b"good")
    (tmp_path / "folder" / "link").symlink_to("/etc/passwd")
    outcome = _set("workflow", "a", tmp_path / "folder")
    assert outcome.error is not None
    assert outcome.error.code == "fn.variable.invalid"
    assert "link: it is a symbolic link" in outcome.error.message
    assert outcome.variables["workflow"] == {}


def test_an_earlier_value_stays_when_a_later_one_breaks(variables: Variables, exchange: Path) -> None:
    variables.set("workflow", "a", b"first")
    with pytest.raises(OSError, match="the source broke"):
        variables.set("workflow", "a", _breaking())
    assert (exchange / "vars" / "out" / "workflow" / "a").read_bytes() == b"first"
    assert sorted(path.name for path in (exchange / "vars" / "out").iterdir()) == ["instance", "namespace", "workflow"]


def test_left_overs_and_links_in_the_way_are_no_danger(variables: Variables, exchange: Path) -> None:
    out = exchange / "vars" / "out"
    for number in range(200):
        (out / f".fn-{number}").symlink_to(exchange.parent)
    (out / "workflow" / "a").symlink_to(exchange.parent / "secret")
    variables.set("workflow", "a", b"new")
    assert (out / "workflow" / "a").read_bytes() == b"new"
    assert not (out / "workflow" / "a").is_symlink()
    (out / "instance").rmdir()
    (out / "instance").symlink_to(exchange.parent)
    assert _code(lambda: variables.set("instance", "a", b"new")) == "fn.variable.unwritable"
    assert (exchange.parent / "secret").read_bytes() == b"secret"


def test_what_is_set_is_not_what_was_passed_in(variables: Variables) -> None:
    variables.set("workflow", "a", b"new")
    assert list(variables) == ["folder/part.csv", "letter.txt"]


def test_invoke_gives_files_and_tells_what_was_set() -> None:
    def copies(value: object, ctx: Any) -> int:
        with ctx.variables["letter.txt"].open() as stream:
            ctx.variables.set("instance", "copy", stream)
        return len(ctx.variables)

    outcome = invoke(copies, files={"letter.txt": b"hello", "folder/more": b""})
    assert outcome.value == 2
    assert outcome.variables == {"namespace": {}, "workflow": {}, "instance": {"copy": b"hello"}}
