"""Which files go in beside modules: of a package that is made up, as pip would install it."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.analysis.data.data_files import data_files, shared_objects, time_zones
from build.analysis.graph import LIBRARY

_FILES = {
    "pack/__init__.py": "", "pack/table.txt": "data", "pack/stub.pyi": "", "pack/py.typed": "", "pack/core.c": "",
    "pack/fast.cpython-311-x86_64-linux-gnu.so": "", "pack/any.abi3.so": "", "pack/libown.so.3": "",
    "pack.libs/libdep-1234.so.2": "", "pack/other/__init__.py": "", "pack/other/more.txt": "data",
    "pack-1.0.dist-info/METADATA": "Name: pack\nVersion: 1.0\n\nA long README.\n",
    "pack-1.0.dist-info/entry_points.txt": "", "pack-1.0.dist-info/WHEEL": "",
    "apart/__init__.py": "", "apart/table.txt": "data", "apart/libapart.so": "",
    "apart-2.0.dist-info/METADATA": "Name: apart\nVersion: 2.0\n\n",
}  # fmt: skip


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "packages"
    for name, content in _FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    for record in ("pack-1.0", "apart-2.0"):
        names = [name for name in _FILES if name.startswith(record.partition("-")[0])]
        rows = "".join(f"{name},,\n" for name in [*names, f"{record}.dist-info/RECORD"])
        (folder / f"{record}.dist-info" / "RECORD").write_text(rows)
    return folder


@pytest.fixture
def handlers(tmp_path: Path) -> Path:
    folder = tmp_path / "handlers"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "__pycache__" / "greet.pyc").touch()
    (folder / "greet.py").touch()
    (folder / "letter.html").touch()
    return folder


def test_data_of_packages_that_are_reached(packages: Path, handlers: Path, tmp_path: Path) -> None:
    found = {
        name: source
        for name, source, _ in data_files([], {packages / "pack" / "__init__.py"}, handlers, packages, tmp_path)
    }
    own = {"handlers/greet.py", "handlers/letter.html"}
    described = {"pack-1.0.dist-info/METADATA", "pack-1.0.dist-info/entry_points.txt"}
    assert found.keys() == {"pack/table.txt", *own, *described}
    assert Path(found["pack-1.0.dist-info/METADATA"]).read_text() == "Name: pack\nVersion: 1.0\n\n"


def test_data_that_a_hook_names(packages: Path, handlers: Path, tmp_path: Path) -> None:
    """It may name those of a package that nobody reaches, and licences."""
    (packages / "apart-2.0.dist-info" / "LICENSE.txt").touch()
    names = ("apart/table.txt", "pack/table.txt", "apart-2.0.dist-info/LICENSE.txt", "apart-2.0.dist-info/RECORD")
    datas = [(name, str(packages / name), "DATA") for name in names]
    datas.append(("base_library.zip", "/x/base_library.zip", "DATA"))
    found = data_files(datas, {packages / "pack" / "__init__.py"}, handlers, None, tmp_path)
    assert {name for name, _, _ in found if not name.startswith("handlers/")} == {
        "pack/table.txt", "apart-2.0.dist-info/LICENSE.txt",
    }  # fmt: skip


def test_an_extension_module_that_no_import_loads_is_a_library(packages: Path) -> None:
    """PyCryptodome opens its own by their paths; a hook names them."""
    opened, other = str(packages / "pack" / "_raw.abi3.so"), "/usr/lib/python3/dist-packages/_raw.abi3.so"
    binaries = [("pack/_raw.abi3.so", opened, "BINARY"), ("_raw.abi3.so", other, "BINARY")]
    found = shared_objects(binaries, {packages / "pack" / "__init__.py"}, packages)
    assert {source: kind for _, source, kind in found if source in (opened, other)} == {
        opened: LIBRARY, other: "BINARY",
    }  # fmt: skip


def test_libraries_of_packages_lie_where_the_package_has_them(packages: Path) -> None:
    fast = "pack/fast.cpython-311-x86_64-linux-gnu.so"
    binaries = [
        ("fast.so", str(packages / fast), "BINARY"), (fast, str(packages / fast), "EXTENSION"),
        ("libown.so.3", str(packages / "pack/libown.so.3"), "BINARY"), ("libz.so.1", "/lib/libz.so.1", "BINARY"),
    ]  # fmt: skip
    assert sorted(shared_objects(binaries, {packages / "pack" / "__init__.py"}, packages)) == [
        ("libz.so.1", "/lib/libz.so.1", "BINARY"),
        ("pack.libs/libdep-1234.so.2", str(packages / "pack.libs/libdep-1234.so.2"), LIBRARY),
        (fast, str(packages / fast), "EXTENSION"),
        ("pack/libown.so.3", str(packages / "pack/libown.so.3"), "BINARY"),
    ]


def test_time_zones_are_a_package_of_the_author_s(tmp_path: Path) -> None:
    (tmp_path / "tzdata" / "zoneinfo").mkdir(parents=True)
    for folder in ("tzdata", "tzdata/zoneinfo"):
        (tmp_path / folder / "__init__.py").touch()
    assert time_zones(tmp_path).keys() == {"tzdata", "tzdata.zoneinfo"}
    assert time_zones(None) == {}
