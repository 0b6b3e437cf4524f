"""An update of the machine's packages makes anew what was compiled with the ones before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from build.core.paths import CACHE
from build.link import inputs
from build.toolchain import debian

_STATUS = """\
Package: libssl-dev
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 3.0.17-1~deb12u2
Depends: libssl3 (= 3.0.17-1~deb12u2)
Description: Secure Sockets Layer toolkit
 Version: of the text

Package: zlib1g-dev
Status: install ok installed
Version: 1:1.2.13.dfsg-1

Package: nginx-light
Version: 1.22.1-9
"""


def test_versions_are_read_from_dpkgs_own_list(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text(_STATUS)
    found = debian.versions(["zlib1g-dev", "libssl-dev", "libzstd-dev"], status)
    assert found == {"libssl-dev": "3.0.17-1~deb12u2", "zlib1g-dev": "1:1.2.13.dfsg-1"}


def test_other_systems_have_no_versions(tmp_path: Path) -> None:
    assert debian.versions(["libssl-dev"], tmp_path / "status") == {}


def _folders(monkeypatch: pytest.MonkeyPatch, installed: Mapping[str, str], libc: str = "2.36") -> dict[str, Path]:
    """Where the objects of two modules are kept on a machine with these packages."""
    asked = dict[str, Path]()

    def compiled(names: list[str], source: Path, include: Path, folders: Mapping[str, Path]) -> dict[str, list[Path]]:
        asked.update(folders)
        return {}

    def versions(_packages: object) -> Mapping[str, str]:
        return installed

    monkeypatch.setattr(inputs, "compile_extensions", compiled)
    monkeypatch.setattr(inputs, "headers", lambda: [f"libc6-dev {libc}"])
    monkeypatch.setattr(debian, "versions", versions)
    monkeypatch.setattr(debian, "require_packages", lambda _: [])
    monkeypatch.setattr(debian, "python_source", lambda *_: (CACHE / "python-source" / "1", ""))
    inputs.extension_objects(["_ssl", "_queue"])
    return asked


def test_objects_are_of_the_headers_that_they_were_compiled_with(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _folders(monkeypatch, {"libssl-dev": "3.0.17-1"})
    assert before == _folders(monkeypatch, {"libssl-dev": "3.0.17-1", "libsqlite3-dev": "3.40"})
    after = _folders(monkeypatch, {"libssl-dev": "3.0.18-1"})
    assert after["_ssl"] != before["_ssl"]
    assert after["_queue"] == before["_queue"]
    assert after["_ssl"].name == "_ssl"  # by which the linker's script finds them
    other_libc = _folders(monkeypatch, {"libssl-dev": "3.0.17-1"}, "2.37")
    assert not {*other_libc.values()} & {*before.values()}
