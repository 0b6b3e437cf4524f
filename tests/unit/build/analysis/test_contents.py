"""Which modules a file holds: on graphs that are made up, with the standard library that is here."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from build.analysis.graph import Graph, extension_name
from build.analysis.imports import stdlib
from build.analysis.policy import LARGE, LEFT_OUT, NEVER, NOT_FOR_OPENSSL, ON_REQUEST
from build.analysis.sources import Modules, modules, refuse_absent
from build.analysis.staging.pure import without_extensions
from build.analysis.static import needs_time_zones, orjson_is_shared, speed_ups
from build.analysis.substitutions import substitutions
from build.core.configuration import Contents
from build.core.errors import BuildError

_OURS = "handlers.ours"


def _graph(**imports: str) -> Graph:
    """Modules outside of the standard library, with what each imports; `__` in a name is a dot."""
    names = {user.replace("__", "."): found.split() for user, found in imports.items()}
    users: dict[str, list[str]] = {name: [] for name in names}
    for user, found in names.items():
        for name in found:
            users.setdefault(name, []).append(user)
    missing = {name: found for name, found in users.items() if stdlib.is_standard(name)}
    importers = {name: found for name, found in users.items() if name not in missing}
    return Graph(importers, missing, {name: Path(f"/x/{name}.py") for name in importers}, [], [])


def _modules(*, contents: Contents | None = None, **imports: str) -> Modules:
    return modules(_graph(**imports), Path("/x/__init__.py"), contents or Contents())


def test_all_of_the_standard_library_is_there() -> None:
    found = _modules(handlers__ours="sys")
    for name in ("pprint", "dataclasses", "importlib.metadata", "importlib.resources", "encodings.cp1252", "pydoc"):
        assert name in found.sources
    names = {path.stem for path in (stdlib.FOLDER / "encodings").glob("*.py")} - {"__init__"}
    assert {f"encodings.{name}" for name in names} <= found.sources.keys()
    tops = {path.stem for path in stdlib.FOLDER.iterdir()} & sys.stdlib_module_names
    tops = {
        top for top in tops if (stdlib.FOLDER / f"{top}.py").exists() or (stdlib.FOLDER / top / "__init__.py").exists()
    }
    assert tops - {name.partition(".")[0] for name in found.sources} <= LEFT_OUT | NEVER
    assert "_codecs_jp" in found.extensions
    assert not any(".test." in f".{name}." for name in found.sources)


@pytest.mark.parametrize(
    ("imports", "is_there"),
    [
        ("sys", False),
        ("random uuid secrets tempfile zipfile email multiprocessing concurrent.futures", False),
        ("ssl", True),
        ("hashlib", True),
        ("hmac", True),
        ("asyncio", True),
        ("urllib.request", True),
        ("logging", False),
        ("logging.handlers", True),
        ("smtplib", True),
    ],
)
def test_openssl_where_imports_lead_to_it(imports: str, is_there: bool) -> None:
    found = _modules(handlers__ours=imports)
    assert ({"_ssl", "_hashlib"} <= found.extensions) == is_there
    assert found.extensions.isdisjoint({"_ssl", "_hashlib"}) != is_there


def test_what_a_package_imports_counts() -> None:
    assert "_sqlite3" in _modules(handlers__ours="package", package="sqlite3").extensions
    assert "_sqlite3" not in _modules(handlers__ours="package", package="json").extensions
    assert "_ssl" not in _modules(handlers__ours="jinja2.loaders", jinja2__loaders="hashlib").extensions


def test_rare_ones_when_they_are_imported_or_asked_for() -> None:
    assert {*ON_REQUEST}.isdisjoint(_modules(handlers__ours="cmd pdb code").extensions)
    assert "_curses" in _modules(handlers__ours="curses").extensions
    assert "readline" in _modules(contents=Contents(included=["readline"]), handlers__ours="sys").extensions
    assert "_ssl" in _modules(contents=Contents(included=["ssl"]), handlers__ours="sys").extensions
    assert "lib2to3.pytree" in _modules(handlers__ours="lib2to3").sources
    assert "lib2to3.pytree" not in _modules(handlers__ours="sys").sources


def test_what_an_author_does_without() -> None:
    found = _modules(contents=Contents(excluded=["email", "_hashlib"]), handlers__ours="email hashlib")
    assert not any(name.startswith("email") for name in found.sources)
    assert "_hashlib" not in found.extensions
    assert "_ssl" in found.extensions


@pytest.mark.parametrize(
    "name", ["lib2to3", "readline", "_json", "sys", "csv", "handlers.ours", "package", "package.part", "orjson"]
)
def test_what_is_included_is_there(name: str) -> None:
    graph, contents = _graph(handlers__ours="package", package="", package__part="", orjson=""), Contents([name])
    refuse_absent(contents, graph, modules(graph, Path("/x/__init__.py"), contents))


@pytest.mark.parametrize(
    ("name", "excluded", "said"),
    [
        ("pakage", [], "--include pakage: there is no such module; did you mean package?"),
        ("package.none", [], "--include package.none: there is no such module"),
        ("email.mim", [], "--include email.mim: there is no such module; did you mean email.mime"),
        ("tkinter", [], "--include tkinter: no file holds this module of the standard library"),
        ("package", ["package"], "--include package: --exclude leaves it out"),
        ("email.charset", ["email"], "--include email.charset: --exclude leaves it out"),
    ],
)
def test_what_is_included_and_not_there_is_refused(name: str, excluded: list[str], said: str) -> None:
    graph, contents = _graph(handlers__ours="package", package=""), Contents([name], excluded)
    with pytest.raises(BuildError, match=re.escape(said)) as raised:
        refuse_absent(contents, graph, modules(graph, Path("/x/__init__.py"), contents))
    assert raised.value.advice


def test_what_is_not_there_is_named_with_the_switch_to_have_it() -> None:
    found = _modules(handlers__ours="sys")
    left_out = stdlib.left_out([*found.sources, *found.extensions])
    assert left_out["_ssl"] == "python3 build --include _ssl"
    assert "lib2to3" in left_out
    assert left_out.keys() <= LEFT_OUT | ON_REQUEST.keys() | LARGE.keys()


def test_each_row_of_the_policy_is_about_something() -> None:
    """Else an upgrade has made it void."""
    known = stdlib.imports()
    for user, name in NOT_FOR_OPENSSL:
        if stdlib.is_standard(user):
            assert name in known[user], (user, name)
    assert LEFT_OUT - {"__phello__"} <= sys.stdlib_module_names
    assert sys.stdlib_module_names >= NEVER


def test_what_more_handlers_reach_comes_first() -> None:
    found = _modules(handlers__one="a b", handlers__two="b", a="wave", b="shelve")
    assert found.reached.index("b") < found.reached.index("a")
    assert found.reached.index("shelve") < found.reached.index("wave")
    assert "colorsys" not in found.reached
    assert "colorsys" in found.sources


def test_a_package_is_replaced_when_none_but_known_users_import_it() -> None:
    graph = _graph(handlers__ours="jsonschema", jsonschema="referencing", referencing="rpds", rpds="")
    assert substitutions(graph, []).keys() == {"rpds"}
    assert substitutions(graph, ["rpds"]) == substitutions(graph, ["rpds.rpds"]) == {}
    assert substitutions(_graph(handlers__ours="rpds"), []) == {}
    assert "rpds" not in graph.without(["rpds"]).pure


def test_time_zones_and_shared_types() -> None:
    assert needs_time_zones(_graph(handlers__ours="zoneinfo"))
    assert not needs_time_zones(_graph(handlers__ours="msgspec", msgspec="zoneinfo"))
    assert orjson_is_shared(_graph(handlers__ours="orjson"))
    assert not orjson_is_shared(_graph(entry__codec__orjson="orjson"))


def test_speed_ups() -> None:
    graph = Graph({}, {}, {}, [], [], frozenset({"yaml._yaml", "both.a"}))
    assert speed_ups({"yaml": ["yaml._yaml"], "both": ["both.a", "both.b"]}, graph) == ["yaml"]


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("pyarrow/lib.cpython-311-x86_64-linux-gnu.so", "pyarrow.lib"),
        ("python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", "_json"),
        ("cv2/cv2.abi3.so", "cv2.cv2"),
        ("package/plain.so", "package.plain"),
    ],
)
def test_names_of_extension_modules(place: str, name: str) -> None:
    assert extension_name(place) == name


def test_pure_without_packages_is_a_mistake() -> None:
    with pytest.raises(BuildError, match="--pure numpy: there are no packages"):
        without_extensions(None, ["numpy"])
