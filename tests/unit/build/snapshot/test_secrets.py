"""Which values of the build's environment no snapshot may hold."""

from __future__ import annotations

import os

import pytest

from build.snapshot.suitability import UnsuitableError, refuse_secrets

_VALUE = "Jane Miller"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("name", ["API_KEY", "GH_TOKEN", "DB_PASSWORD", "AUTH", "BASIC_AUTH", "HTTP_AUTHORIZATION"])
def test_a_secret_is_refused_by_its_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, _VALUE)
    with pytest.raises(UnsuitableError, match=f"the environment variable {name} is in the snapshot"):
        refuse_secrets(f"before {_VALUE} after".encode())
    refuse_secrets(b"others")


@pytest.mark.parametrize("name", ["GIT_AUTHOR_NAME", "CI_COMMIT_AUTHOR", "HOME"])
def test_an_author_is_no_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, _VALUE)
    refuse_secrets(_VALUE.encode())


def test_a_secret_of_any_bytes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", os.fsdecode(b"pass\xe9word"))
    with pytest.raises(UnsuitableError, match="API_KEY"):
        refuse_secrets(b"it has pass\xe9word")
