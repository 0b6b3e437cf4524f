"""Folders of handlers that cannot be built: build and check name the cause and the next step. Builds nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from build.analysis.staging.stage import stage
from build.core.configuration import Contents
from tests.conftest import ROOT

_HANDLER = "from entry import handler\n\n\n@handler\ndef one(data: object) -> object:\n    return data\n"


def _says(handlers: Path, *words: str) -> str:
    """What the command says that comes to nothing: no more than the handler named is there to build."""
    command = [sys.executable, str(ROOT / "build"), *words, "--handlers", str(handlers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert 'build/analysis/staging/stage.py", line' not in said
    return said


@pytest.fixture
def handlers(tmp_path: Path) -> Path:
    made = tmp_path / "handlers"
    made.mkdir()
    (made / "one.py").write_text(_HANDLER)
    return made


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize(
    "make",
    [lambda path: path.symlink_to("/does/not/exist"), os.mkfifo, _socket, lambda path: path.symlink_to(".")],
    ids=["a link to nothing", "a pipe", "a socket", "a link to itself"],
)
def test_what_cannot_be_copied_is_named(handlers: Path, make: Callable[[Path], None]) -> None:
    make(handlers / "odd")
    said = _says(handlers, "file", "--handler", "none", "--output", str(handlers.parent / "fn"))
    assert "the folder of handlers cannot be copied: take this out of it" in said
    assert f"{handlers}/odd" in said


@pytest.mark.parametrize("command", [("check",), ("file", "--handler", "none")], ids=["check", "build"])
@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os\nos._exit(0)\n", "was ended"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "was killed by SIGSEGV"),
    ],
    ids=["exit", "kill"],
)
def test_a_module_that_ends_its_process_is_named(handlers: Path, command: tuple[str, ...], code: str, how: str) -> None:
    (handlers / "ends.py").write_text(code)
    said = _says(handlers, *command)
    assert f"the process that imports the handlers {how} while it imported handlers/ends.py" in said


@pytest.mark.parametrize("command", [("check",), ("file", "--handler", "none")], ids=["check", "build"])
def test_a_module_with_a_dot_in_its_name(handlers: Path, command: tuple[str, ...]) -> None:
    (handlers / "two.v2.py").write_text(_HANDLER)
    said = _says(handlers, *command)
    assert "handlers/two.v2.py: the name of a module has no dot" in said
    assert 'name it two_v2.py; @handler("two.v2")' in said


@pytest.mark.parametrize("command", [("check", "none"), ("file", "--handler", "none")], ids=["check", "build"])
def test_files_of_editors_are_no_modules(handlers: Path, command: tuple[str, ...]) -> None:
    (handlers / ".#one.py").symlink_to("someone@somewhere.1234")
    (handlers / ".two.v2.py").write_text("no Python")
    said = _says(handlers, *command)
    assert "none" in said
    assert "one" in said
    assert "#" not in said


@pytest.mark.parametrize("imports", ["", "from handlers.one import Order\n"], ids=["alone", "imports the other"])
def test_a_chosen_handler_may_import_one_with_a_typed_input(handlers: Path, tmp_path: Path, imports: str) -> None:
    """What such handlers need is in the file if its module is there, whichever handlers are chosen."""
    typed = "from dataclasses import dataclass\n\n@dataclass\nclass Order:\n    number: int\n\n"
    (handlers / "one.py").write_text(typed + _HANDLER.replace("data: object", "data: Order"))
    (handlers / "two.py").write_text(imports + _HANDLER.replace("one", "two"))
    config, index = stage(handlers, None, tmp_path, "static", preload=False, only=["two"])
    assert index == {"two": "handlers.two"}
    assert ("entry.codec.typed" in config.modules) is bool(imports)
    assert ("entry.codec.typed" in config.excluded) is not bool(imports)


def test_a_chosen_handler_keeps_what_its_main_function_imports(handlers: Path, tmp_path: Path) -> None:
    (handlers / "_part.py").write_text("NUMBER = 1\n")
    (handlers / "two.py").write_text(
        _HANDLER.replace("one", "main").replace("    return", "    from . import _part\n    return")
    )
    stage(handlers, None, tmp_path, "static", preload=False, only=["two"])
    kept = {path.name for path in (tmp_path / "stage" / "handlers").iterdir()}
    assert kept >= {"two.py", "_part.py"}
    assert "one.py" not in kept


def test_what_is_included_stays_with_a_chosen_handler(handlers: Path, tmp_path: Path) -> None:
    (handlers / "_plugin.py").write_text("NUMBER = 1\n")
    contents = Contents(included=["handlers._plugin"])
    stage(handlers, None, tmp_path, "static", preload=False, only=["one"], contents=contents)
    assert (tmp_path / "stage" / "handlers" / "_plugin.py").exists()
