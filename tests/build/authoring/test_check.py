"""`python3 build check`: each finding with its place, cause and fix; what is right has none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from build.core.errors import BuildError
from build.core.paths import HANDLERS
from build.lint.error_codes import Diagnostic
from build.lint.runner import check, examine
from tests.conftest import ROOT

_HEAD = '"""Does something."""\n\nfrom entry import Context, FunctionError, handler\n'
_BODY = "@handler\ndef it(data: dict[str, object], ctx: Context) -> None: ...\n"


def _examine(folder: Path, *names: str, **sources: str) -> list[Diagnostic]:
    handlers = folder / "handlers"
    handlers.mkdir()
    (folder / "tests").mkdir()
    for name, source in sources.items():
        (handlers / f"{name}.py").write_text(source)
        (folder / "tests" / f"test_{name}.py").touch()
    return examine(handlers, None, names)[1]


def test_a_folder_without_handlers(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="there is no handler in"):
        check(tmp_path, None, [])


def test_our_own_handlers_have_no_findings() -> None:
    count, found = examine(HANDLERS, None, [])
    assert count >= 2
    assert found == []


# What stands on line 4, at module level, and words of what is found there.
AT_MODULE_LEVEL = {
    "import os; HOME = os.environ['HOME']": ("warning", "reads the environment variable HOME at import"),
    "from os import environ; HOME = environ.get('HOME')": ("warning", "reads the environment variable HOME at import"),
    "import os as o; HOME = o.getenv('HOME')": ("warning", "reads the environment variable HOME at import"),
    "import time; START = time.time()": ("warning", "keeps the time at import"),
    "from datetime import datetime; NOW = datetime.now()": ("warning", "keeps the time at import"),
    "import random; DRAW = random.random()": ("warning", "draws a random value"),
    "import uuid; ID = uuid.uuid4()": ("warning", "draws a random value"),
    "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()": ("error", "1 thread"),
    "import subprocess; subprocess.run(['true'])": ("warning", "starts a process at import"),
    "F = open('/dev/null')": ("error", "leaves /dev/null open"),
    "with open('/dev/null') as f: TEXT = f.read()": ("warning", "opens /dev/null at import"),
    "from pathlib import Path; T = Path('/dev/null').read_text()": ("warning", "opens /dev/null at import"),
    "class C:\n    import time; at = time.time()": ("warning", "keeps the time at import"),
    "def f(at=__import__('time').time()): ...": ("warning", "keeps the time at import"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "expected"), AT_MODULE_LEVEL.items())
def test_module_level_code_that_a_snapshot_freezes(tmp_path: Path, code: str, expected: tuple[str, str]) -> None:
    severity, words = expected
    found = [each for each in _examine(tmp_path, it=f"{_HEAD}{code}\n{_BODY}") if "warnings" not in each.problem]
    assert any(each.severity == severity and words in each.problem for each in found), found
    assert {each.line for each in found} == {4 + code.count("\n")}
    assert all(each.file.endswith("handlers/it.py") and each.fix for each in found)


HARMLESS = [
    "import os\ndef f(): return os.environ['HOME']",
    "import os\ndef f(environ=os.environ): return environ['HOME']",
    "import os\nf = lambda: os.getenv('HOME')",
    "import random; SURE = random.SystemRandom()",
    "import random; random.seed(42); DRAW = random.Random(1)",
    "import re, json; TABLE = {'a': re.compile('a')}; TEXT = json.dumps(TABLE and 1)",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import time\n    time.time()",
    "if __name__ == '__main__':\n    import time\n    time.time()",
    "import time\n@__import__('entry').on_start\ndef begin(): time.time()",
]


@pytest.mark.parametrize("code", HARMLESS)
def test_code_that_runs_in_a_run_is_left_alone(tmp_path: Path, code: str) -> None:
    assert _examine(tmp_path, it=f"{_HEAD}{code}\n{_BODY}") == []


def test_what_only_running_shows(tmp_path: Path) -> None:
    """Functions that are called at module level, and what an import leaves behind."""
    source = f"{_HEAD}import os\ndef _read():\n    return os.environ.get('HOME')\nHOME = _read()\n{_BODY}"
    (found,) = _examine(tmp_path, it=source)
    assert (found.severity, found.line) == ("warning", 6)
    assert found.problem == "reads the environment variable HOME at import"
    assert "@on_start" in found.fix


def test_threads_and_files_that_are_left(tmp_path: Path) -> None:
    code = (
        "import threading, os\ndef _begin():\n    threading.Thread(target=threading.Event().wait, daemon=True).start()"
        "\n    os.dup(0)\n_begin()\n"
    )
    found = {(each.line, each.problem) for each in _examine(tmp_path, it=f"{_HEAD}{code}{_BODY}")}
    assert {(6, "leaves 1 thread running"), (1, "an import: leaves /dev/null open")} <= found


IMPORTS = {
    "import no_such_package": (4, "ModuleNotFoundError: No module named 'no_such_package'", "--requirements"),
    "def broken(:": (4, "SyntaxError: invalid syntax", "correct it"),
    "x = 1 / 0": (4, "ZeroDivisionError", "correct it"),
    "@handler\ndef f(data, other, third): ...": (
        4,
        "a handler takes its input and a Context, not also 'other'",
        "corr",
    ),
    "@handler\ndef f(data, /): ...": (4, "'data' cannot be", "correct it"),
    "@handler('b/c')\ndef f(): ...": (4, "'b/c' cannot be the name of a handler", "correct it"),
    "@handler(codes='it.bad')\ndef f(): ...": (4, "codes are texts", "correct it"),
    "@handler\ndef f(data: 'NoSuchName'): ...": (4, "NameError: name 'NoSuchName' is not defined", "correct it"),
}


@pytest.mark.parametrize(("code", "expected"), IMPORTS.items())
def test_modules_that_cannot_be_imported(tmp_path: Path, code: str, expected: tuple[int, str, str]) -> None:
    line, words, fix = expected
    found = _examine(tmp_path, it=f"{_HEAD}{code}\n", good=f"{_HEAD}{_BODY}")
    assert [(each.severity, each.line, each.file[-14:]) for each in found] == [("error", line, "handlers/it.py")]
    assert words in found[0].problem
    assert fix in found[0].fix


def test_codes(tmp_path: Path) -> None:
    helper = (
        'from entry import FunctionError\nSHARED = "it.shared"\ndef refuse():\n    raise FunctionError(SHARED, "no")\n'
    )
    source = f"""{_HEAD}from handlers._helper import refuse
BAD = "it.constant"
@handler(codes=("it.raised", "it.never", "it.passed", "plain", "fn.own", "no form"), errors={{KeyError: "it.key"}})
def it(data: dict[str, object]) -> None:
    if data: raise FunctionError("it.raised", "declared")
    raise FunctionError("it.undeclared" if data else None, "...")
def other(code: str) -> None:
    raise FunctionError(BAD, "...")
    raise FunctionError(code, "cannot be seen")
    other("it.passed")
    raise FunctionError("fn.input.mismatch", "one of fn's own")
"""
    found = {(each.file.rpartition("/")[2], each.line, each.severity, each.problem) for each in
             _examine(tmp_path, it=source, _helper=helper)}  # fmt: skip
    undeclared = "the code {!r} is raised, and it does not declare it"
    never = "it declares the code {!r}, and nothing raises it"
    assert found == {
        ("it.py", 9, "warning", undeclared.format("it.undeclared")),
        ("it.py", 11, "warning", undeclared.format("it.constant")),
        ("_helper.py", 4, "warning", undeclared.format("it.shared")),
        ("it.py", 6, "warning", never.format("it.never")),
        ("it.py", 6, "warning", never.format("plain")),
        ("it.py", 6, "warning", never.format("fn.own")),
        ("it.py", 6, "warning", never.format("no form")),
        ("it.py", 6, "error", "'no form' has not the form of a code"),
        ("it.py", 6, "error", "codes such as 'fn.own' are fn's or Direktiv's own"),
        ("it.py", 6, "warning", "the code 'plain' has no dot: a workflow that catches it may catch others"),
    }  # fmt: skip


def test_what_a_handler_lacks(tmp_path: Path) -> None:
    assert _examine(tmp_path, it=f"{_HEAD}{_BODY}") == []
    handlers = tmp_path / "handlers"
    (handlers / "README.md").write_text("# Ours\n")
    (handlers / "it.py").write_text(_HEAD.partition("\n")[2] + _BODY)
    (tmp_path / "tests" / "test_it.py").unlink()
    problems = [each.problem for each in examine(handlers, None, [])[1]]
    assert [words for words in problems if "has no " in words] == problems
    assert {words.partition(" has no ")[2].partition(" ")[0] for words in problems} == {"description", "tests", "line"}


def test_a_script_in_a_folder_is_not_run(tmp_path: Path) -> None:
    """A build imports the modules and packages of the folder itself, and check the same ones."""
    deeper = tmp_path / "handlers" / "tools"
    deeper.mkdir(parents=True)
    (deeper / "job.py").write_text("import sys\nsys.exit('usage: job FILE')\n")
    (tmp_path / "handlers" / "it.py").write_text(f"{_HEAD}{_BODY}")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").touch()
    assert examine(tmp_path / "handlers", None, []) == (1, [])


def test_handlers_can_be_named(tmp_path: Path) -> None:
    sources = {"it": f"{_HEAD}from handlers import _part\n{_BODY}", "_part": "import time\ntime.time()\n"}
    found = _examine(tmp_path, "it", other=f"{_HEAD}import time\nNOW = time.time()\n{_BODY}", **sources)
    assert [each.file.rpartition("/")[2] for each in found] == ["_part.py"]
    with pytest.raises(BuildError, match=r"no handler is named 'othr'; did you mean 'other'\?"):
        examine(tmp_path / "handlers", None, ["othr"])


def test_the_command_prints_findings_and_fails_for_errors(tmp_path: Path) -> None:
    _examine(tmp_path, it=f"{_HEAD}import os\nCOPY = os.putenv('A', 'b')\n{_BODY}")
    command = [sys.executable, str(ROOT / "build"), "check", "--handlers", str(tmp_path / "handlers")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    place = f"{tmp_path}/handlers/it.py:5: error:"
    assert f"{place} sets a variable for child processes that os.environ does not know, at import\n" in done.stdout
    assert "1 checked, 1 finding" in done.stdout
    assert "build: check: 1 error" in done.stderr
