"""The Debian packages that the build wants: another user than root is told all of them at once."""

from __future__ import annotations

import os
import shutil

import pytest

from build.toolchain import debian, environment


def test_another_user_is_told_all_packages_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65532)
    monkeypatch.setattr(debian, "_installed", lambda names: {"gcc", "dpkg-dev"})
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "cargo" else f"/usr/bin/{name}")
    with pytest.raises(debian.PackagesMissingError, match="this installs them") as caught:
        environment.prepare()
    line = caught.value.advice
    assert line.startswith("sudo apt-get update && sudo apt-get install -y --no-install-recommends ")
    named = line.split()
    assert {"libc6-dev", "zlib1g-dev", "cargo-web", "libssl-dev", "libsqlite3-dev"} <= set(named)
    assert not {"gcc", "dpkg-dev"} & set(named)
    assert all(named.count(name) == 1 for name in ("libc6-dev", "zlib1g-dev", "libssl-dev"))


def test_nothing_is_said_of_later_packages_while_what_is_needed_now_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65532)
    monkeypatch.setattr(debian, "_installed", lambda names: {"gcc"})
    assert debian.require_packages(["gcc"], ["zlib1g-dev"]) == []
