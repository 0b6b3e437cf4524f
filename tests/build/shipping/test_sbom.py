"""The SBOM: valid CycloneDX, whole by the linker's own word, the same in the file and beside it."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from license_expression import get_spdx_licensing
from packageurl import PackageURL
from referencing import Registry, Resource

from build.core.component import Component
from build.core.errors import BuildError
from build.core.paths import CACHE
from build.finished import Request
from build.pipeline import build
from build.sbom import document, licences
from build.sbom.components import of_machine
from build.toolchain.extensions import EXTENSIONS
from tests.conftest import ROOT, TARGETS, TESTS, Target

FILES = [target for target in TARGETS if target.name in ("portable", "warm")]
each_file = pytest.mark.parametrize("file", FILES, ids=lambda target: target.name)


def _sbom(file: Path | str) -> dict[str, Any]:
    shown = subprocess.run([file, "--sbom"], capture_output=True, check=True, env={})
    sbom: dict[str, Any] = json.loads(shown.stdout)
    return sbom


def _names(sbom: dict[str, Any]) -> set[str]:
    return {each["value"] for part in sbom["components"] for each in part.get("properties", ())}


@each_file
def test_it_is_valid(file: Target) -> None:
    schemas = files("cyclonedx.schema") / "_res"
    read = {name: json.loads((schemas / name).read_text()) for name in ("bom-1.6.SNAPSHOT.schema.json",
            "spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")}  # fmt: skip
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in read.values()
    )
    sbom = _sbom(file.command[0])
    validator = Draft7Validator(read["bom-1.6.SNAPSHOT.schema.json"], registry=registry)
    assert [error.message for error in validator.iter_errors(sbom)] == []
    sbom["components"][0]["type"] = "no such type"
    assert not validator.is_valid(sbom)


@each_file
def test_licences_and_addresses_have_their_form(file: Target) -> None:
    licensing, known = get_spdx_licensing(), set(get_spdx_licensing().known_symbols)
    for part in _sbom(file.command[0])["components"]:
        (licence,) = part["licenses"]
        assert "expression" in licence, part
        keys = licensing.license_keys(licence["expression"])
        assert {key for key in keys if not key.startswith("LicenseRef-")} <= known, part
        assert PackageURL.from_string(part["purl"]).version, part


@pytest.mark.parametrize(
    ("link", "some"),
    [
        ("auto", {"libc.a", "libexpat.a", "libz.a", "liborjson.a", "libpython3.11.a", "libgcc.a", "crt1.o"}),
        ("portable", {"libc.a", "libgcc.a", "crt1.o"}),  # of the supervisor; the rest is carried
    ],
)
def test_it_names_every_library_that_the_linker_took(link: str, some: set[str]) -> None:
    made = build(Request(TESTS / "handlers", link=link), CACHE / "tests" / f"sbom-{link}")
    own = CACHE / "work"
    taken = {path.name for path in document.linked(made.link_map) if not path.is_relative_to(own)}
    assert some <= taken
    assert taken <= _names(_sbom(made.file))


def test_it_is_the_same_in_the_file_and_beside_it() -> None:
    assert (ROOT / "dist" / "fn.cdx.json").read_text() + "\n" == subprocess.run(
        [ROOT / "dist" / "fn", "--sbom"], capture_output=True, text=True, check=True, env={}
    ).stdout


def test_what_the_tests_use_is_in_it() -> None:
    sbom = _sbom(FILES[-1].command[0])
    found = {part["name"]: part for part in sbom["components"]}
    assert found["orjson"]["version"] == metadata.version("orjson")
    assert len(found["orjson"]["hashes"][0]["content"]) == 64
    assert found["zmij"]["hashes"]
    libraries = {"libssl.a", "libcrypto.a", "libsqlite3.a", "libpython3.11.a"}
    assert libraries <= _names(sbom)


def test_every_object_that_a_portable_file_carries_is_in_it() -> None:
    names = _names(_sbom(FILES[0].command[0]))
    assert {"ld-linux-x86-64.so.2", "libc.so.6", "libc.a"} <= names
    assert any(name.startswith("orjson.cpython-") for name in names)
    assert any(name.startswith("_ssl.cpython-") for name in names)


def test_a_library_that_nobody_named_stops_the_build(tmp_path: Path) -> None:
    (tmp_path / "map").write_text(f"LOAD {tmp_path}/own.o\nLOAD /usr/lib/libforeign.a\nLOAD /usr/lib/libc.a\n")
    sbom = document.document([Component("libc", "1", "pkg:generic/libc@1", "MIT", ("libc.a",))], [], "static")
    with pytest.raises(BuildError, match=r"/usr/lib/libforeign\.a$"):
        document.check(sbom, tmp_path / "map", own=tmp_path)


def test_a_file_of_no_package_stops_the_build(tmp_path: Path) -> None:
    foreign = tmp_path / "libforeign.so"
    foreign.touch()
    with pytest.raises(BuildError, match="libforeign"):
        of_machine([foreign])


def test_from_source_there_is_none() -> None:
    source = TARGETS[0]
    asked = subprocess.run([*source.command, "--sbom"], cwd=source.directory, env=dict(source.environment),
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert asked.returncode == 1
    assert "ask the built file" in asked.stderr


def test_licences_of_all_that_can_be_linked_are_known() -> None:
    packages = sorted({package for row in EXTENSIONS.values() for package in row.packages})
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${source:Package}\n", *packages],
        capture_output=True,
        text=True,
        check=False,
    )  # those that are installed
    rows = [line.split() for line in asked.stdout.splitlines()]
    assert rows
    headers_only = {"libbluetooth-dev"}
    assert [row for row in rows if row[0] not in headers_only and " " in licences.of_debian(row[1], row[0])] == []


def test_a_time_only_where_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert "timestamp" not in json.loads(document.document([], [], "static"))["metadata"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    given = json.loads(document.document([], [], "static"))["metadata"]["timestamp"]
    assert datetime.fromisoformat(given) == datetime(1970, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("given", ["yesterday", "-1", "1.5", "99999999999999999999"])
def test_a_date_that_is_none_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
    with pytest.raises(BuildError, match="SOURCE_DATE_EPOCH: expected seconds since 1970"):
        document.document([], [], "static")
