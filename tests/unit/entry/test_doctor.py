"""What `--doctor` reads from the kernel's files: limits, servers, certificates."""

from __future__ import annotations

from pathlib import Path

import pytest

from entry.info import doctor
from entry.runtime import settings


def _found(topic: str, environment: dict[str, str] | None = None) -> doctor.Diagnostic:
    (found,) = (each for each in doctor.examine(settings.Settings(), environment or {}) if each.topic == topic)
    return found


@pytest.mark.parametrize(
    ("limit", "words", "note"),
    [
        ("268435456\n", "256 MiB at most", ""),
        ("33554432\n", "32 MiB at most", "a function of size small has 256 MiB"),
        ("max\n", "no limit", ""),
        ("9223372036854771712\n", "no limit", ""),  # what version 1 of cgroups says
        (None, "its limit cannot be seen from here", ""),
    ],
)
def test_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str | None, words: str, note: str) -> None:
    if limit is not None:
        (tmp_path / "limit").write_text(limit)
    monkeypatch.setattr(doctor, "_MEMORY_LIMITS", (str(tmp_path / "none"), str(tmp_path / "limit")))
    found = _found("memory")
    assert (found.text, found.note, found.fix) == (words, note, "")


@pytest.mark.parametrize(("limit", "words"), [("150000 100000\n", ", 1.5 of them at most"), ("max 100000\n", "")])
def test_processors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str) -> None:
    (tmp_path / "limit").write_text(limit)
    monkeypatch.setattr(doctor, "_PROCESSOR_LIMIT", str(tmp_path / "limit"))
    assert _found("processors").text.lstrip("0123456789") == words


@pytest.mark.parametrize(
    ("text", "words", "note"),
    [
        ("nameserver 127.0.0.1\n", "names a server", ""),
        ("search example.com\n", "names no server", "for handlers that look up hosts: add `nameserver IP`"),
    ],
)
def test_resolver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str, note: str) -> None:
    (tmp_path / "resolv.conf").write_text(text)
    monkeypatch.setattr(doctor, "_RESOLVER", str(tmp_path / "resolv.conf"))
    found = _found("DNS")
    assert (found.text, found.note) == (f"{tmp_path}/resolv.conf {words}", note)


def test_certificates_are_those_that_tls_would_use(tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    found = _found("TLS", {"SSL_CERT_FILE": str(tmp_path / "own.pem")})
    assert (found.text, found.note) == (f"certificates in {tmp_path}/own.pem", "")
