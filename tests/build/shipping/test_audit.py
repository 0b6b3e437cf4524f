"""`python3 build audit` against a database of its own: what it asks, what it says, and how it ends."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from build.cli import parser, shipping
from build.core.errors import BuildError
from tests.conftest import ROOT, TARGETS

Audit = Callable[..., tuple[int, str]]
_OPENSSL = "pkg:deb/debian/libssl-dev@3.0.19-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl%403.0.19-1~deb12u2"
_PARTS = {
    "jinja2": "pkg:pypi/jinja2@3.1.2",
    "libc": "pkg:cargo/libc@0.2.190",
    "libssl-dev": _OPENSSL,
    "libmpdec": "pkg:generic/mpdecimal@2.5.1",
}
_SANDBOX = {"id": "GHSA-1", "aliases": ["CVE-2024-2"], "summary": "A template leaves its sandbox", "affected": [
    {"package": {"name": "jinja2", "ecosystem": "PyPI"}, "ranges": [{"events": [{"fixed": "3.1.5"}]}]},
    {"package": {"name": "other", "ecosystem": "PyPI"}, "ranges": [{"events": [{"fixed": "9.9"}]}]},
]}  # fmt: skip
_AGAIN = {"id": "PYSEC-1", "aliases": ["CVE-2024-2"], "summary": "The same by somebody else"}
_PADDING = {"id": "DSA-7-1", "upstream": ["CVE-2025-3"], "details": "Padding tells.\nMore of it."}
_TAKEN_BACK = {"id": "CVE-2025-4", "withdrawn": "2025-01-01T00:00:00Z"}


class Database(ThreadingHTTPServer):
    """Answers as OSV does: with the records of a package by its name, one a page; `status` and `answer` spoil it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.records: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, str, str]] = []
        self.status, self.answer = 200, b""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        database = self.server
        assert isinstance(database, Database)
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        package = question["package"]
        page = int(question.get("page_token", 0))
        database.asked.append((package["ecosystem"], package["name"], question["version"]))
        answer: dict[str, Any] = {}
        if known := database.records.get(package["name"]):
            answer = {"vulns": [known[page]], **({"next_page_token": str(page + 1)} if known[page + 1 :] else {})}
        self.send_response(database.status if self.path == "/v1/query" else 404)
        self.end_headers()
        self.wfile.write(database.answer or json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def database() -> Iterator[Database]:
    with Database() as served:
        threading.Thread(target=served.serve_forever, args=[0.02], daemon=True).start()
        yield served
        served.shutdown()


@pytest.fixture
def sbom(tmp_path: Path) -> Path:
    path = tmp_path / "fn.cdx.json"
    parts = [{"name": name, "version": purl.partition("@")[2], "purl": purl} for name, purl in _PARTS.items()]
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "components": parts}))
    return path


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str]) -> Audit:
    """The command in this process: its status and what it printed."""

    def run(file: Path | str, address: str, *words: str) -> tuple[int, str]:
        status = parser.execute(parser.parse(["audit", "--file", str(file), "--database", address, *words]))
        return status, capsys.readouterr().out

    return run


def test_what_is_known_is_told(sbom: Path, database: Database, audit: Audit) -> None:
    database.records = {"jinja2": [_SANDBOX, _AGAIN], "openssl": [_TAKEN_BACK, _PADDING]}
    status, done = audit(sbom, database.address)
    assert status == 3, done
    lines = [" ".join(line.split()) for line in done.splitlines()]
    assert lines[1:] == [
        "",
        "Debian:12: openssl 3.0.19-1~deb12u2 (here: libssl-dev)",
        "DSA-7-1 no version with a fix Padding tells.",
        "",
        "PyPI: jinja2 3.1.2 (here: jinja2)",
        "CVE-2024-2 fixed in 3.1.5 A template leaves its sandbox",
        "",
        "not in the database, look after them yourself: libmpdec 2.5.1",
        "known vulnerabilities: 2",
    ]
    assert sorted(set(database.asked)) == [
        ("Debian:12", "openssl", "3.0.19-1~deb12u2"), ("PyPI", "jinja2", "3.1.2"), ("crates.io", "libc", "0.2.190"),
    ]  # fmt: skip


def test_what_was_judged_is_left_out(sbom: Path, database: Database, audit: Audit) -> None:
    database.records = {"jinja2": [_SANDBOX], "openssl": [_PADDING]}
    status_some, some = audit(sbom, database.address, "--ignore", "GHSA-1")
    assert status_some == 3
    assert "jinja2" not in some
    assert "known vulnerabilities: 1, and 1 ignored" in some
    status_rest, rest = audit(
        sbom, database.address, "--ignore", "GHSA-1", "--ignore", "CVE-2025-3", "--ignore", "CVE-1999-1"
    )
    assert status_rest == 0, rest
    assert "no longer needed: --ignore CVE-1999-1\n" in rest


def test_all_parts_of_a_file_are_asked_for(database: Database, audit: Audit) -> None:
    status, done = audit(TARGETS[-1].command[0], database.address)
    assert status == 0, done
    assert "known vulnerabilities: 0" in done
    names = {(ecosystem.partition(":")[0], name) for ecosystem, name, _ in database.asked}
    assert {("Debian", "glibc"), ("Debian", "zlib"), ("crates.io", "pyo3-ffi"), ("PyPI", "orjson")} < names
    assert all(version and version[0].isdigit() for _, _, version in database.asked)
    assert len(database.asked) == len(set(database.asked))


def test_the_file_that_is_there_is_audited_as_it_is(
    sbom: Path, database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it was built from: another one in its place would say nothing about it."""
    file = sbom.parent / "dist" / "fn"
    file.parent.mkdir()
    file.write_text(f"#!/bin/sh\nexec cat {sbom}\n")
    file.chmod(0o755)
    before = file.read_bytes()
    monkeypatch.setattr(shipping, "ROOT", sbom.parent)
    status = parser.execute(parser.parse(["audit", "--database", database.address]))
    assert (status, file.read_bytes()) == (0, before)
    said = capsys.readouterr().out
    assert "asked for 3 packages" in said
    assert "building" not in said


def test_a_database_that_is_not_there_is_no_clean_bill(sbom: Path, audit: Audit) -> None:
    with socket.socket() as taken:  # so that nobody else listens there
        taken.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{taken.getsockname()[1]}"
        status, done = audit(sbom, gone)
    assert status == 4
    assert f"the database {gone} cannot be asked: " in done
    assert "Nothing was audited" in done
    assert "known vulnerabilities" not in done


@pytest.mark.parametrize(
    ("answered", "answer", "said"),
    [(503, b"later", "Service Unavailable"), (200, b"<html>", "did not answer with JSON"), (200, b"[]", "else than")],
)
def test_an_answer_that_is_none_is_no_clean_bill(
    answered: int, answer: bytes, said: str, sbom: Path, database: Database, audit: Audit
) -> None:
    database.status, database.answer = answered, answer
    status, done = audit(sbom, database.address)
    assert status == 4
    assert said in done
    assert "known vulnerabilities" not in done


@pytest.mark.parametrize(
    ("file", "words"),
    [("README.md", "README.md has no SBOM"), ("nothing.json", "--file: .*nothing.json is not a file")],
)
def test_what_has_no_bill_is_refused(file: str, words: str, audit: Audit) -> None:
    with pytest.raises(BuildError, match=words):
        audit(ROOT / file, "http://127.0.0.1:1")


def test_an_address_that_is_none_is_refused(sbom: Path, audit: Audit) -> None:
    with pytest.raises(BuildError, match="--database: expected an address"):
        audit(sbom, "osv")
