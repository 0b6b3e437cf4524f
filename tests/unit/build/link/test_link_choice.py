"""Which link a file gets, why, and what is linked into it: on graphs that are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.analysis import static
from build.analysis.graph import LIBRARY, Entry, Graph
from build.core.configuration import BuildConfig, Contents
from build.link import inputs, portable
from build.link.portable import Bundled
from build.toolchain.c_packages import read_pin
from build.toolchain.extensions import EXTENSIONS

_NUMPY: list[Entry] = [
    ("numpy/core/one.cpython-311-x86_64-linux-gnu.so", "/x/numpy/core/one.so", "EXTENSION"),
    ("numpy/core/two.cpython-311-x86_64-linux-gnu.so", "/x/numpy/core/two.so", "EXTENSION"),
]


def _config(folder: Path) -> BuildConfig:
    return BuildConfig(folder, folder, folder / "fn", None, [], [], [], [], "auto", False, Contents())


def _choice(folder: Path, binaries: list[Entry], optional: frozenset[str] = frozenset()) -> tuple[str, str]:
    importers = {"numpy.core.one": ["handlers.ours", "numpy"], "numpy": ["handlers.ours", "/x/start.py"]}
    return inputs.choose(_config(folder), Graph(importers, {}, {}, binaries, [], optional))


@pytest.mark.parametrize(
    "entry",
    [
        ("lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", "/x/_json.so", "EXTENSION"),
        ("orjson/orjson.cpython-311-x86_64-linux-gnu.so", "/x/orjson.so", "EXTENSION"),
        ("libssl.so.3", "/x/libssl.so.3", "BINARY"),
    ],
)
def test_static_is_what_there_is_an_object_file_for(tmp_path: Path, entry: Entry) -> None:
    assert _choice(tmp_path, [entry]) == ("static", "")


def test_portable_for_compiled_wheels_and_for_libraries_of_packages(tmp_path: Path) -> None:
    link, why = _choice(tmp_path, [*_NUMPY, ("torch/libtorch.so", "/x/torch/libtorch.so", LIBRARY)])
    assert link == "portable"
    assert why.startswith("numpy.core.one and 1 more of numpy, torch/libtorch.so cannot be linked statically; ")
    assert "--pure" not in why


def test_speed_ups_are_named_with_the_option_to_leave_them_out(tmp_path: Path) -> None:
    optional = frozenset({"numpy.core.one", "numpy.core.two"})
    assert "--pure numpy makes the link static" in _choice(tmp_path, _NUMPY, optional)[1]
    both = [*_NUMPY, ("torch/libtorch.so", "/x/torch/libtorch.so", LIBRARY)]
    assert "--pure" not in _choice(tmp_path, both, optional)[1]  # it would not be static with that


def test_a_refusal_names_who_imports_it() -> None:
    importers = {"numpy": ["handlers.ours", "pandas", "/x/start.py"], "numpy.core.one": ["numpy"]}
    with pytest.raises(static.NotStaticError) as refused:
        static.extensions(_NUMPY, Graph(importers, {}, {}, [], []))
    text = str(refused.value)
    assert "numpy: a compiled wheel (numpy.core.one and 1 more); imported by handlers.ours, pandas" in text
    assert "start.py" not in text


def test_a_package_is_linked_from_its_source_in_the_version_of_the_pin_alone(tmp_path: Path) -> None:
    module = (
        "markupsafe/_speedups.cpython-311-x86_64-linux-gnu.so",
        f"{tmp_path}/markupsafe/_speedups.so",
        "EXTENSION",
    )
    empty = Graph({}, {}, {}, [], [])
    with pytest.raises(static.NotStaticError, match="another version than"):
        static.extensions([module], empty)
    (tmp_path / f"markupsafe-{read_pin('markupsafe').version}.dist-info").mkdir()
    assert static.extensions([module], empty) == {"markupsafe._speedups"}


def test_modules_come_with_those_that_they_reach_in_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def objects(names: list[str]) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
        asked.extend(names)
        return {}, {}

    monkeypatch.setattr(inputs, "extension_objects", objects)
    gathered = inputs.gather("static", "", [], ["_codecs_jp"], Graph({}, {}, {}, [], []))
    assert gathered.bundled == []
    assert {"_codecs_jp", *EXTENSIONS["_codecs_jp"].needs} <= {*asked}
    assert "_codecs_kr" not in asked


def test_a_portable_file_carries_the_shared_objects_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Entry] = []

    def gather(entries: list[Entry]) -> list[Bundled]:
        found.extend(entries)
        return []

    monkeypatch.setattr(portable, "gather", gather)
    gathered = inputs.gather("portable", "why", _NUMPY, ["_json"], Graph({}, {}, {}, [], []))
    assert (gathered.link, gathered.why, gathered.extensions, gathered.packaged) == ("portable", "why", {}, {})
    assert found[1:] == _NUMPY
    assert found[0][0].startswith("lib-dynload/_json.")
    assert Path(found[0][1]).is_file()
