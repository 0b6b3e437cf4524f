"""Imports that no statement shows, an author's own hooks and switches, packages without their compiled parts."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.build.contents.wheels import make_wheel
from tests.built import built
from tests.conftest import ROOT, Run, Target

# An extension module that imports another module from C; `@` is its own name, `$` the other's.
_C = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "@", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_@(void)
{
    PyObject *other = PyImport_ImportModule("$");
    if (!other)
        return NULL;
    Py_DECREF(other);
    return PyModule_Create(&module);
}
"""
_ARROWY = {
    "arrowy/__init__.py": "",
    "arrowy/inner.py": "",  # imported by the extension module
    "arrowy/by_hook.py": "",
    "arrowy/by_name.py": "",
    "arrowy/readable.py": "HERE = __file__\n",
    "quick/__init__.py": "from quick import twin\n"
    "try:\n    from quick import _speed\nexcept ImportError:\n    _speed = None\n",
    "quick/twin.py": "",  # beside an extension module of the same name
    "quick/_hidden.py": "",
    "seeker/__init__.py": """\
import importlib, os, sys

if hasattr(sys, "seeking"):
    raise ImportError("the package has found itself")
sys.seeking = True
sys.path.insert(1, os.path.dirname(os.path.abspath(__file__)))
package = sys.modules.pop("seeker")
FOUND = importlib.import_module("seeker").__file__
sys.modules["seeker"] = package
""",  # as that of OpenCV: the shared object beside it goes by the same name
}
_HOOKS = {
    # as those for packages whose extension module is called lib: its own file is among the libraries
    "hook-arrowy.py": "from PyInstaller.utils.hooks import collect_dynamic_libs\n"
    "binaries = collect_dynamic_libs('arrowy')\nmodule_collection_mode = {'arrowy.readable': 'pyz+py'}\n"
    "hiddenimports = ['arrowy.readable']\n",
    "hook-seeker.py": "module_collection_mode = 'py'\nhiddenimports = ['seeker.seeker']\n",
    "hook-arrowy.lib.py": "hiddenimports = ['arrowy.by_hook']\n",
}
_HANDLER = """
from entry import handler

def named(name):
    import importlib
    return importlib.import_module(name)

def problem(name):
    try:
        named(name)
    except ImportError as error:
        return type(error).__name__, error.name, str(error)

@handler
def use(data: str) -> object:
    import sys
    match data:
        case "quick":
            import quick
            return [quick._speed is not None, "quick._hidden" in sys.modules]
        case "arrowy":
            ARROWY
            return sorted(name for name in sys.modules if name.startswith("arrowy"))
        case "by hook" | "by name" | "readable":
            return named(f"arrowy.{data.replace(' ', '_')}").__name__
        case "seeker":
            import seeker
            return seeker.FOUND
        case "source":
            with open(named("arrowy.readable").HERE) as file:
                return file.read()
        case _:
            return problem(data)
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A requirements file with three packages, each with an extension module."""
    folder = tmp_path_factory.mktemp("packages")
    suffix, include = sysconfig.get_config_var("EXT_SUFFIX"), f"-I{sysconfig.get_path('include')}"
    made: dict[str, bytes] = {name: text.encode() for name, text in _ARROWY.items()}
    for name, other in {
        "arrowy/lib": "arrowy.inner",
        "quick/_speed": "quick._hidden",
        "quick/twin": "sys",
        "seeker/seeker": "sys",
    }.items():
        own = name.rpartition("/")[2]
        (folder / f"{own}.c").write_text(_C.replace("@", own).replace("$", other))
        target = folder / f"{own}.so"
        subprocess.run(["gcc", "-shared", "-fPIC", include, folder / f"{own}.c", "-o", target], check=True)
        made[f"{name}{suffix}"] = target.read_bytes()
    for package in ("arrowy", "quick", "seeker"):
        make_wheel(folder, package, {name: content for name, content in made.items() if name.startswith(package)})
    requirements = folder / "requirements.txt"
    requirements.write_text(f"--no-index\n--find-links {folder}\narrowy\nquick\nseeker\n")
    return requirements


@pytest.fixture(scope="module")
def portable(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """All of it, in a file that the compiled parts make portable."""
    folder = tmp_path_factory.mktemp("portable")
    for name, text in _HOOKS.items():
        (folder / name).write_text(text)
    source = {"use.py": _HANDLER.replace("ARROWY", "import arrowy.lib")}
    return built(
        folder, source, "--requirements", str(packages), "--hooks", str(folder), "--include", "arrowy.by_name",
        "--exclude", "colorsys",
    )  # fmt: skip


@pytest.fixture(scope="module")
def pure(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Target:
    """The package that does without its compiled part, without it."""
    source = {"use.py": _HANDLER.replace("ARROWY", "pass")}
    words = ("--requirements", str(packages), "--pure", "Quick", "--link", "static", "--include", "readline")
    return built(tmp_path_factory.mktemp("pure"), source, *words)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("arrowy", ["arrowy", "arrowy.inner", "arrowy.lib"]),
        ("quick", [True, True]),
        ("by hook", "arrowy.by_hook"),
        ("by name", "arrowy.by_name"),
        ("readable", "arrowy.readable"),
        ("source", "HERE = __file__\n"),
        ("seeker", f"/fn-bundle/seeker/seeker{sysconfig.get_config_var('EXT_SUFFIX')}"),
    ],
)
def test_what_compiled_modules_and_hooks_bring(given: str, expected: object, portable: Target, run: Run) -> None:
    result = run(portable, given=given)
    assert result.output is not None, result.error
    assert json.loads(result.output) == expected


@pytest.mark.parametrize("cold", ["0", "1"])
def test_a_package_without_its_compiled_part(cold: str, pure: Target, run: Run) -> None:
    assert run(pure, given="quick", environment={"FN_COLD": cold}).output == b"[false,false]"


@pytest.mark.parametrize("name", ["zstandard", "yaml", "pytest", "attr", "jinja2", "PyInstaller", "build", "tests"])
@pytest.mark.parametrize("kind", ["portable", "pure"])
def test_nothing_of_the_builds_own_environment(name: str, kind: str, run: Run, request: pytest.FixtureRequest) -> None:
    result = run(request.getfixturevalue(kind), given=name)
    assert json.loads(result.output or b"") == ["ModuleNotFoundError", name, f"No module named '{name}'"]


@pytest.mark.parametrize("cold", ["0", "1"])
def test_what_is_left_out_says_how_to_have_it(cold: str, pure: Target, run: Run) -> None:
    result = run(pure, given="sqlite3", environment={"FN_COLD": cold})
    words = "No module named '_sqlite3': the file was built without it (python3 build --include _sqlite3)"
    assert json.loads(result.output or b"") == ["ModuleNotFoundError", "_sqlite3", words]


def test_what_was_excluded_says_so(portable: Target, run: Run) -> None:
    result = run(portable, given="colorsys")
    words = "No module named 'colorsys': the file was built without it (--exclude)"
    assert json.loads(result.output or b"") == ["ModuleNotFoundError", "colorsys", words]


def test_what_was_included_is_there(pure: Target, run: Run) -> None:
    assert run(pure, given="readline").output == b"null"


def test_the_build_says_what_could_be_pure(packages: Path, tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "it.py").write_text(
        "import quick\nfrom entry import handler\n\n@handler\ndef it(): pass\n"
    )
    words = ["--handlers", tmp_path / "handlers", "--requirements", packages, "--output", tmp_path / "fn"]
    command = [sys.executable, str(ROOT / "build"), *map(str, words)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "These are speed-ups that their packages do without: --pure quick makes the link static" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--pure", "nothing"), "--pure nothing: there is no such package with extension modules"),
        (("--hooks", "/nowhere"), "--hooks: /nowhere is not a folder"),
    ],
)
def test_a_switch_that_makes_no_sense(words: tuple[str, ...], said: str, packages: Path, tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "it.py").write_text("from entry import handler\n\n@handler\ndef it(): pass\n")
    command = [sys.executable, str(ROOT / "build"), "--handlers", str(tmp_path / "handlers"), *words]
    done = subprocess.run([*command, "--requirements", str(packages)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said in done.stderr
