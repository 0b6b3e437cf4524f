"""Data that code gets at by names and paths which it puts together, and the time zones of a machine that has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.build.contents.wheels import make_wheel
from tests.built import built
from tests.conftest import Run, Target
from tests.empty_root import alone

_KEEPER = {
    "keeper/__init__.py": """\
import os
from importlib import resources

def by_name(part, file):
    return resources.files(f"{__package__}.{part}").joinpath(file).read_text()

def by_path(part, file):
    with open(os.path.join(os.path.dirname(__file__), part, file)) as text:
        return text.read()

def far():
    return resources.files("keeper.unused.words").joinpath("far.txt").read_text()

def there(part):
    return os.path.exists(os.path.join(os.path.dirname(__file__), part))
""",
    "keeper/tables/__init__.py": "",  # nobody imports it
    "keeper/tables/one.csv": "1,2\n",
    "keeper/tables/inner/__init__.py": "",
    "keeper/tables/inner/two.csv": "3,4\n",
    "keeper/plain/words.txt": "plain\n",  # a namespace package
    "keeper/unused/__init__.py": "",
    "keeper/unused/code.py": "",  # nobody imports that either: it is no package of data
    "keeper/unused/big.txt": "not needed\n",
    "keeper/unused/words/__init__.py": "",
    "keeper/unused/words/far.txt": "far\n",
    "keeper/tests/__init__.py": "",
    "keeper/tests/test_it.py": "",
    "keeper/tests/data/__init__.py": "",
    "keeper/tests/data/three.csv": "5,6\n",
}
_ZONES = {
    "tzdata/__init__.py": "",
    "tzdata/zoneinfo/__init__.py": "",
    "tzdata/zoneinfo/Area/__init__.py": "",
    "tzdata/zoneinfo/Area/Town": "TZif of the file",
}
_HANDLER = """
import os
import zoneinfo

import keeper
from entry import handler

@handler
def use(what: str) -> object:
    match what:
        case "by name":
            return [keeper.by_name("tables", "one.csv"), keeper.by_name("tables.inner", "two.csv"),
                    keeper.by_name("plain", "words.txt"), keeper.far()]
        case "by path":
            return [keeper.by_path("tables", "one.csv"), keeper.by_path("tables/inner", "two.csv"),
                    keeper.by_path("plain", "words.txt")]
        case "left out":
            return [keeper.there("tests"), keeper.there("unused/code.py"), keeper.there("tables/inner/two.csv")]
        case "zones":
            folder = "/usr/share/zoneinfo"
            own = os.path.exists(f"{folder}/Area")
            with open(f"{folder}/Area/../Area/Town" if own else f"{folder}/UTC", "rb") as file:
                start = file.read(4).decode()
            return [start, "Area" in os.listdir(folder), not own or "Area/Town" in zoneinfo.available_timezones()]
"""
_EXPECTED = {
    "by name": ["1,2\n", "3,4\n", "plain\n", "far\n"],
    "by path": ["1,2\n", "3,4\n", "plain\n"],
    "left out": [False, False, True],
}


@pytest.fixture(scope="module", params=["static", "portable"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """Both packages in a file, by link."""
    folder = tmp_path_factory.mktemp(request.param)
    for name, files in (("keeper", _KEEPER), ("tzdata", _ZONES)):
        make_wheel(folder, name, {place: text.encode() for place, text in files.items()})
    requirements = folder / "requirements.txt"
    requirements.write_text(f"--no-index\n--find-links {folder}\nkeeper\ntzdata\n")
    return built(folder, {"use.py": _HANDLER}, "--requirements", str(requirements), "--link", request.param)


@pytest.mark.parametrize("cold", ["0", "1"])
@pytest.mark.parametrize("what", _EXPECTED)
def test_data_are_found_by_name_and_by_path(what: str, cold: str, target: Target, run: Run) -> None:
    result = run(target, given=what, environment={"FN_COLD": cold})
    assert result.output is not None, result.error
    assert json.loads(result.output) == _EXPECTED[what]


@pytest.mark.parametrize("cold", ["0", "1"])
def test_the_zones_of_the_file_stand_where_a_machine_has_none(cold: str, target: Target, run: Run) -> None:
    result = run(alone(target), given="zones", environment={"FN_COLD": cold})
    assert result.output is not None, result.error
    assert json.loads(result.output) == ["TZif", True, True]


def test_zones_of_the_machine_come_first(target: Target, run: Run) -> None:
    assert Path("/usr/share/zoneinfo/UTC").exists(), "install tzdata"
    result = run(target, given="zones")
    assert json.loads(result.output or b"") == ["TZif", False, True]
