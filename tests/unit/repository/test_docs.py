"""What README and docs/ say exists: commands, options, variables, codes, files, pins, packages."""

from __future__ import annotations

import re
import sys
import types
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from build import bench
from build.bench.figures import curves, plot
from build.cli import parser
from build.core.errors import BuildError
from build.dev.test import PACKAGES
from build.toolchain import environment
from build.toolchain.extensions import EXTENSIONS
from entry.api import errors, registry
from entry.info import commands
from entry.testing import Function, invoke
from tests.conftest import ROOT, handlers_of_the_repository

SETTINGS = ROOT / "docs" / "settings.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += [ROOT / "build" / "README.md", ROOT / "build" / "boot" / "README.md", ROOT / "entry" / "README.md"]
CODES = {value for value in vars(errors).values() if isinstance(value, str) and value.startswith("fn.")}
VARIABLES = set(re.findall(r"\bFN_[A-Z_]+", commands._HELP))
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def test_every_code_has_its_section() -> None:
    sections = re.findall(r"^## `(fn\.[\w.]+)`$", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)
    assert sorted(sections) == sorted(CODES)


@each_page
def test_codes_exist(page: Path) -> None:
    named = set(re.findall(r"`(fn\.[a-z]+(?:\.[a-z]+)*)`", page.read_text()))
    assert named <= CODES | {"fn.spec", "fn.describe"}  # a file, and a label of the image


@each_page
def test_variables_exist(page: Path) -> None:
    assert set(re.findall(r"\bFN_[A-Z_]+", page.read_text())) <= VARIABLES | {"FN_RUN"}  # a mark, and no setting


def test_every_variable_is_on_the_page_of_settings() -> None:
    assert set(re.findall(r"\bFN_[A-Z_]+", SETTINGS.read_text())) == VARIABLES


@each_page
def test_commands_exist(page: Path) -> None:
    lines = re.findall(r"python3 build\b([^`#\n]*)", page.read_text())
    for line in lines:
        words = line.split()
        name = words[0] if words and not words[0].startswith("-") else "file"
        assert name in parser.COMMANDS, line
        if name != "test":  # what follows is pytest's
            for option in re.findall(r"(?<!\S)--[a-z-]+", line):
                assert re.search(rf"\s{option}\b", parser.help_of(name)), line


@each_page
def test_options_of_the_file_exist(page: Path) -> None:
    plugin = (ROOT / "entry" / "testing" / "pytest_plugin.py").read_text()
    known = [commands._HELP, plugin, *map(parser.help_of, parser.COMMANDS)]
    for option in re.findall(r"`(?:fn )?(--[a-z-]+)", page.read_text()):
        assert any(option in words for words in known), option


@each_page
def test_files_exist(page: Path) -> None:
    named = re.findall(r"`((?:entry|build|tests|docs)/[\w./-]*)`", page.read_text())
    links = re.findall(r"\]\((?!\w+:)([\w./-]+)[^)]*\)", page.read_text())
    for path in [ROOT / name for name in named] + [page.parent / target for target in links]:
        assert path.exists(), path


@each_page
def test_names_are_in_the_files_that_they_are_said_to_be_in(page: Path) -> None:
    for names, path in re.findall(
        r"((?:`\w+`(?:, | and )?)+) in `((?:entry|build|tests)/[\w./-]*\.\w+)`", page.read_text()
    ):
        for name in re.findall(r"\w+", names.replace(" and ", " ")):
            assert re.search(rf"\b{name}\b", (ROOT / path).read_text()), f"{name} in {path}"


def test_the_map_of_the_boot_program_has_each_of_its_modules() -> None:
    boot, folder = ROOT / "build" / "boot", ""
    listed = set[str]()
    for named, files, _ in re.findall(
        r"^\| (?:(\S+) )?\| (.*?) \|(.*)$", (boot / "README.md").read_text(), re.MULTILINE
    ):
        folder = named.strip("`/") or folder
        listed |= {f"{folder}/{name}" for name in re.findall(r"`([\w.]+)`", files)}
    modules = {str(path.relative_to(boot).with_suffix("")) for suffix in "cS" for path in boot.rglob(f"*.{suffix}")}
    names = {name.removesuffix(".h").removesuffix(".S") for name in listed}
    assert modules - names == set()
    assert {name for name in names if not any((boot / f"{name}.{suffix}").exists() for suffix in "chS")} == set()


@pytest.fixture
def registered() -> Iterator[None]:
    """Whatever a test registers is forgotten after it."""
    yield
    registry.reset()


def _block(page: str, containing: str) -> str:
    """A block of Python in a page."""
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)
    (block,) = [str(block) for block in blocks if containing in block]
    return block


def _code(page: str, containing: str) -> dict[str, object]:
    """What a block of Python in a page defines."""
    defined: dict[str, object] = {"__name__": "handlers.from_docs"}
    exec(_block(page, containing), defined)  # noqa: S102  (our own)
    return defined


@pytest.mark.usefixtures("registered")
def test_the_handler_of_the_readme_works() -> None:
    shout = _code("README.md", "def shout")["shout"]
    assert callable(shout)
    outcome = invoke(shout, {"text": "hello"})
    assert outcome.value == {"text": "HELLO!"}
    assert outcome.log == ["shouting 5 characters"]
    error = invoke(shout, {}).error
    assert error is not None
    assert error.code == "shout.badInput"


def _assert_two_pass(made: dict[str, object], *given: object) -> None:
    tests = [each for name, each in made.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        assert callable(test)
        test(*given)


@pytest.mark.usefixtures("registered")
def test_the_tests_of_the_page_on_testing_pass() -> None:
    _assert_two_pass(_code("docs/testing.md", "import invoke"))


@pytest.mark.usefixtures("registered")
def test_the_tests_with_the_fixture_pass() -> None:
    _assert_two_pass(_code("docs/testing.md", "test_greets(fn)"), Function())


@pytest.mark.usefixtures("registered")
def test_the_handler_of_the_guide_passes_its_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("handlers.word_count")
    monkeypatch.setitem(sys.modules, module.__name__, module)  # where dataclasses look their annotations up
    exec(_block("docs/guide.md", "def word_count("), vars(module))  # noqa: S102  (our own)
    unfit = Function()("word-count", {"name": "Ada"}).error
    assert f"error    {unfit}    (the workflow can catch it)" in (ROOT / "docs" / "guide.md").read_text()
    _assert_two_pass(_code("docs/guide.md", "def test_no_words"), Function())


@pytest.mark.usefixtures("registered")
def test_the_handler_of_the_page_on_errors_raises_what_it_says() -> None:
    stock = _code("docs/errors.md", "def stock")["stock"]
    assert callable(stock)
    assert invoke(stock, {"pen": 1}).value == 3
    codes = [error.code for error in (invoke(stock, {"ink": 1}).error, invoke(stock, {"gold": 1}).error) if error]
    assert codes == ["stock.soldOut", "stock.unknownItem"]


def test_the_list_of_handlers_has_all_of_them() -> None:
    page = (ROOT / "handlers" / "README.md").read_text()
    listed = re.findall(r"^\| \[?`([^`]+)`", page, re.MULTILINE)
    own = handlers_of_the_repository()
    assert [name for name in listed if name in own] == own
    assert all((ROOT / "handlers" / f"{name.replace('-', '_')}.py").exists() for name in listed)


def test_every_pin_and_package_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    pins = re.findall(r"^([\w.-]+)==", environment.PINS.read_text(), re.MULTILINE)
    packages = [*environment.PACKAGES, *environment.STATIC, *environment.RUST, *PACKAGES]
    packages += [package for row in EXTENSIONS.values() for package in row.packages]
    rows = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    assert [name for name in [*pins, *packages] if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", rows)] == []


@pytest.mark.parametrize("page", bench.PAGES, ids=lambda page: page.name)
def test_figures_have_their_place(page: Path) -> None:
    changed = bench.put_between_marks(page.read_text(), r"new \1 figures")
    assert "new \\1 figures" in changed
    assert bench.put_between_marks(changed, "newer") == bench.put_between_marks(page.read_text(), "newer")


def test_a_page_without_a_place_for_figures_is_refused() -> None:
    with pytest.raises(BuildError):
        bench.put_between_marks("no marks", "figures")


def test_the_plot_shows_every_value() -> None:
    values = [("a < b", 0.7), ("dist/fn", 7.0), ("slow", 350.0)]
    root = ET.fromstring(plot.bars("A & B", "ms", values, "dist/fn"))  # noqa: S314  (our own)
    texts = [element.text for element in root.iter() if element.text and element.text.strip()]
    assert {"A & B", "a < b", "dist/fn", "slow", "0.7", "7.0", "350.0"} <= set(texts)
    widths = [float(element.attrib["width"]) for element in root.iter() if element.tag.endswith("rect")][1:]
    assert widths == sorted(widths)
    assert widths[2] - widths[1] > widths[1] - widths[0]  # a factor of 50, after one of 10


def test_the_curves_show_every_point_and_name() -> None:
    lines = {"fn serve": [(500.0, 0.9), (1600.0, 9.0)], "a < b": [(80.0, 25.0), (82.0, 190.0)]}
    root = ET.fromstring(curves.curves("A & B", "a second", "ms", lines, "fn serve"))  # noqa: S314  (our own)
    texts = {element.text for element in root.iter() if element.text and element.text.strip()}
    assert {"A & B", "a second", "ms", "fn serve", "a < b", "10", "10000", "0.1", "1000"} <= texts
    own, other = (
        [_place(point) for point in line.attrib["points"].split()]
        for line in root.iter()
        if line.tag.endswith("polyline")
    )
    assert own[0][0] < own[1][0], "more requests lie to the right"
    assert own[0][1] > own[1][1] > other[1][1], "a longer time lies higher"
    circles = {
        (round(float(each.attrib["cx"])), round(float(each.attrib["cy"])))
        for each in root.iter()
        if each.tag.endswith("circle")
    }
    assert {(round(x), round(y)) for x, y in (*own, *other)} <= circles


def _place(point: str) -> tuple[float, float]:
    across, down = point.split(",")
    return float(across), float(down)
