"""What several functions have in common is in the snapshot once; each is still what its author wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.built import built
from tests.conftest import Run, Target

# Two files that are the same but for a name, with a function inside the handler's at the same line.
_TWIN = """
from entry import handler


@handler
def {name}(data: object) -> object:
    def inner() -> object:
        return [][0]

    return inner.__qualname__ if data else inner()
"""
# Functions whose constants, names and variables are equal, or equal but for the types of the former.
_ALIKE = """
from entry import handler


def one(): return [1]
def true(): return [True]
def real(): return [1.0]
def zero(): return [0.0]
def negative(): return [-0.0]
def text(): return ["a"]
def other(): return ["a"]
def inside(): return [(1, (1.0,))]
def inside_true(): return [(True, (1,))]


@handler
def alike(data: object) -> object:
    return [repr(function()) for function in (one, true, real, zero, negative, text, other, inside, inside_true)]
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Target:
    twins = {f"{name}.py": _TWIN.format(name=name) for name in ("first", "second")}
    return built(tmp_path_factory.mktemp("code"), {**twins, "alike.py": _ALIKE})


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_function_knows_its_file_and_its_name(name: str, file: Target, run: Run, exchange: Path) -> None:
    assert run(file, name, given=True).output == f'"{name}.<locals>.inner"'.encode()
    for left in exchange.iterdir():
        left.unlink()
    failed = run(file, name, given=0)
    assert f'File "handlers/{name}.py", line 8, in inner' in failed.log


def test_constants_keep_their_types(file: Target, run: Run) -> None:
    expected = ["[1]", "[True]", "[1.0]", "[0.0]", "[-0.0]", "['a']", "['a']", "[(1, (1.0,))]", "[(True, (1,))]"]
    assert run(file, "alike", given={}).output == json.dumps(expected, separators=(",", ":")).encode()
