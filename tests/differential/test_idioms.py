"""Idioms of the standard library give from source, cold, warm, portable, in an empty root what they give under CPython.

Each idiom in handlers/ is code that runs at import, when a file is built, and a function that uses what it made, in a
run. What differs and stays so is in DIFFERENCES, with the value that is expected, and in docs/differences.md.
"""

from __future__ import annotations

import ast
import functools
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, SOURCE, Run, Target
from tests.empty_root import alone

HERE = Path(__file__).resolve().parent
_LINKS = {
    "static": ROOT / ".cache" / "tests" / "fn-idioms",
    "portable": ROOT / ".cache" / "tests" / "fn-idioms-portable",
}
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}
_FROM_SOURCE = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
# CPython imports a module once, and each of its idioms runs in a process of its own, forked then; one alone is not.
_JUDGE = """
import importlib, json, os, sys
place, module, *names = sys.argv[1:]
idiom = importlib.import_module(f"handlers.{module}").idiom
for name in names:
    if not (child := len(names) > 1 and os.fork()):
        with open(f"{place}/{name}", "w") as file:
            json.dump(idiom.run(name), file)
        break
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{name} has failed")
"""


def _names() -> list[tuple[str, str]]:
    """The idioms, by what is written: importing them here would run what they do at import."""
    return [
        (path.stem, node.name)
        for path in sorted((HERE / "handlers").glob("[!_]*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(each, ast.Name) and each.id == "idiom" for each in node.decorator_list)
    ]


IDIOMS = _names()

# By idiom and target: what is given there, in place of what CPython gives. A function makes it of CPython's.
Change = Callable[[Any], Any]
_ALL, _FILES = ("source", "cold", "portable", "warm"), ("cold", "portable", "warm")
_ALONE = "warm in an empty root"


def _differences(rows: dict[tuple[str, ...], dict[str, Change]]) -> dict[tuple[str, str], Change]:
    return {(name, how): change for hows, changes in rows.items() for how in hows for name, change in changes.items()}


DIFFERENCES = _differences(
    {
        _ALL: {
            # standard output is the log, which takes any text
            "words_of_the_command": lambda value: [*value[:3], "backslashreplace", *value[4:]],
        },
        _FILES: {
            # no variable chooses a locale: it is C, with UTF-8 for texts
            "locale_by_default": lambda value: ["C", *value[1:]],
            "locale_encoding": lambda value: ["utf-8", "ANSI_X3.4-1968", "utf-8"],
            # byte code, no source, but for handlers
            "lines_of_the_library": lambda value: "",
            # there is no prompt
            "builtins_of_old": lambda value: ["copyright", "credits", "license", "help"],
        },
        ("cold", "warm"): {
            # no table of symbols in a static link
            "functions_of_c": lambda value: "AttributeError: fn-idioms: undefined symbol: strlen",
        },
        (_ALONE,): {"functions_of_c": lambda value: "AttributeError: fn: undefined symbol: strlen"},
        ("portable", "warm"): {
            # what imports made is never looked at by the collector
            "frozen_garbage": lambda value: not value,
        },
    }
)

# They want programs of the machine, or its users, terminals, time zones or /dev/null: an empty root has none.
OF_THE_MACHINE = {
    "programs", "programs_in_a_pipe", "programs_that_take_too_long", "programs_that_are_killed", "programs_of_tasks",
    "environment_of_programs", "spawned_programs", "system_calls_of_old", "users_and_groups", "terminals",
    "zone_with_summer", "zone_in_use", "zones_of_the_machine", "errors_of_files",
}  # fmt: skip
CASES = [
    (how, module, name)
    for how in (*_ALL, _ALONE)
    for module, name in IDIOMS
    if how != _ALONE or name not in OF_THE_MACHINE
]


def _under_cpython(module: str, name: str) -> Any:
    """What CPython gives for an idiom; asked for all of its module at once, but where they look at forks."""
    together = [name] if module == "processes" else [own for each, own in IDIOMS if each == module]
    return _values(module, *together)[name]


@functools.cache
def _values(module: str, *names: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(
            [sys.executable, "-c", _JUDGE, place, module, *names],
            cwd=HERE,
            env={**_ENVIRONMENT, **_FROM_SOURCE},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return {name: json.loads(Path(place, name).read_text()) for name in names}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of all idioms, static and portable, each with a snapshot."""
    handlers = tmp_path_factory.mktemp("idioms") / "handlers"
    shutil.copytree(HERE / "handlers", handlers, ignore=shutil.ignore_patterns("__pycache__"))
    for link, output in _LINKS.items():
        command = [sys.executable, str(ROOT / "build"), "--handlers", str(handlers), "--link", link]
        command += ["--snapshot", "required", "--output", str(output)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return _LINKS


@pytest.mark.parametrize(("how", "module", "name"), CASES)
def test_as_under_cpython(request: pytest.FixtureRequest, run: Run, how: str, module: str, name: str) -> None:
    files = {} if how == "source" else request.getfixturevalue("files")
    result = run(_target(how, files), module, given=name)
    result.assert_announced()
    expected = _under_cpython(module, name)
    change = DIFFERENCES.get((name, how)) or DIFFERENCES.get((name, how.partition(" ")[0]))
    if change is not None:
        assert change(expected) != expected, "no difference: take it out of the list, and out of docs/differences.md"
        expected = change(expected)
    given = result.error["message"] if result.error else json.loads(result.output or b"")
    assert given == expected, result.log


def _target(how: str, files: dict[str, Path]) -> Target:
    if how == "source":
        return Target(how, SOURCE, {**_ENVIRONMENT, **_FROM_SOURCE}, HERE)
    how, is_alone, _ = how.partition(" in an empty root")
    file = files["portable" if how == "portable" else "static"]
    variables = {**_ENVIRONMENT, **({"FN_COLD": "1"} if how == "cold" else {})}
    found = Target(how, (str(file),), variables, Path("/"))  # away from the source
    return replace(alone(found), environment={**variables, "TMPDIR": "/dev/shm"}) if is_alone else found


def test_there_are_enough_idioms() -> None:
    assert len(IDIOMS) >= 150
    assert len(set(IDIOMS)) == len(IDIOMS)
    assert {name for name, _ in DIFFERENCES} | OF_THE_MACHINE <= {name for _, name in IDIOMS}
