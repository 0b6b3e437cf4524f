"""`python3 build new`: what it makes passes at once, in any repository; what is there is never lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from build.dev.test import file_of
from build.pipeline import sbom_beside
from tests.conftest import ROOT


def _build(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "build"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_new_handler_passes_at_once_in_any_repository(tmp_path: Path) -> None:
    handlers = tmp_path / "steps"
    made = _build("new", "say-hello_again", "--handlers", handlers)
    assert made.returncode == 0, made.stderr
    assert set(_contents(tmp_path)) == {
        "steps/say_hello_again.py", "tests/test_say_hello_again.py", "steps/README.md"
    }  # fmt: skip
    assert f"python3 build test say-hello-again --handlers {handlers}" in made.stdout
    tested = _build("test", "say-hello-again", "--handlers", handlers)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert tested.stdout.count("3 passed") == 2
    assert "handlers run in this process" in tested.stdout
    assert "handlers run in /" in tested.stdout
    file = file_of(handlers.resolve(), None)
    asked = [str(file), "--describe", "--workflow", "say-hello-again"]
    workflow = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    for left in (file, sbom_beside(file)):  # nobody tests this repository again
        left.unlink()
    assert "cmd: /fn say-hello-again\n" in workflow
    assert r'error: "^sayHelloAgain\\.noName$"' in workflow


def test_a_mistyped_handler_has_no_tests_to_run(tmp_path: Path) -> None:
    assert _build("new", "word-count", "--handlers", tmp_path / "steps").returncode == 0
    done = _build("test", "wordcount", "--handlers", tmp_path / "steps")
    assert done.returncode == 1
    assert "build: no handler is named 'wordcount'; did you mean 'word-count'?" in done.stderr
    assert "there is: word-count" in done.stderr
    assert "checked" not in done.stdout


def test_a_failing_test_of_a_handler_fails_before_anything_is_built(tmp_path: Path) -> None:
    assert _build("new", "hello", "--handlers", tmp_path / "steps").returncode == 0
    file = tmp_path / "steps" / "hello.py"
    file.write_text(file.read_text().replace("Hello, {data.name}!", "Bye, {data.name}!"))
    tested = _build("test", "--handlers", tmp_path / "steps")
    assert tested.returncode == 1
    assert "1 failed, 2 passed" in tested.stdout
    assert "building" not in tested.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Shout", "did you mean 'shout'?"),
        ("csv to json", "did you mean 'csv-to-json'?"),
        ("../etc", "cannot be the name of a new handler"),
        ("1st", "cannot be the name of a new handler"),
        ("", "cannot be the name of a new handler"),
        ("class", "means something in Python"),
        ("handler", "means something in Python"),
    ],
)
def test_bad_names_are_refused(tmp_path: Path, name: str, said: str) -> None:
    done = _build("new", name, "--handlers", tmp_path / "handlers")
    assert done.returncode == 1
    assert said in done.stderr
    assert _contents(tmp_path) == {}


@pytest.mark.parametrize(
    "there",
    ["handlers/a_b.py", "handlers/a_b/__init__.py", "tests/test_a_b.py", "handlers/other.py"],
)
def test_what_is_there_is_kept(tmp_path: Path, there: str) -> None:
    path = tmp_path / there
    path.parent.mkdir(parents=True)
    path.write_text('from entry import handler\n\n\n@handler("a_b")\ndef other(): ...\n')
    (tmp_path / "handlers").mkdir(exist_ok=True)
    before = _contents(tmp_path)
    done = _build("new", "a-b", "--handlers", tmp_path / "handlers")
    assert done.returncode == 1
    assert "already" in done.stderr
    assert there in done.stderr
    assert _contents(tmp_path) == before


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "README.md").mkdir()
    done = _build("new", "hello", "--handlers", tmp_path / "handlers")
    assert done.returncode == 1
    assert "README.md" in done.stderr
    assert _contents(tmp_path) == {}


def test_the_list_keeps_its_order_and_its_other_words(tmp_path: Path) -> None:
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    page = "# Ours\n\nWords.\n\n| handler | what |\n|---|---|\n| [`b`](b.md) | B. |\n| `d` | D. |\n\nMore words.\n"
    (handlers / "README.md").write_text(page)
    for name in ("c", "a", "e"):
        assert _build("new", name, "--handlers", handlers).returncode == 0
    lines = (handlers / "README.md").read_text().splitlines()
    assert [line.split("`")[1] for line in lines if line.startswith("| ") and "`" in line] == ["a", "b", "c", "d", "e"]
    assert [line for line in lines if not line.startswith("| `")] == [
        "# Ours", "", "Words.", "", "| handler | what |", "|---|---|", "| [`b`](b.md) | B. |", "", "More words."
    ]  # fmt: skip
