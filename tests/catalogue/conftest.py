"""Every case runs twice: the handler in this process, and dist/fn in a root that holds nothing else (needs root).

There it is a user without any right, but in cases with variables.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from entry.testing import Sidecar, invoke
from tests.catalogue.http import servers
from tests.catalogue.http.certificates import Certificates
from tests.catalogue.http.servers import Server
from tests.conftest import ROOT

_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_OF_THE_MACHINE = ("SSL_CERT_FILE", *_PROXIES, *map(str.upper, _PROXIES))  # the file gets none of its variables
FILE = ROOT / "dist" / "fn"
_NOBODY, _ROOT = "65532:65532", "0:0"  # to whom nothing belongs, and to whom variables do
_NAMES_VARIABLES = re.compile(rb'"(archive|scope|variable)":')  # in an input


@dataclass(frozen=True)
class Seen:
    """What one run came to: a value, or a code and a message; what was logged and set."""

    value: Any
    code: str | None
    message: str
    log: list[str]
    variables: Mapping[str, Mapping[str, bytes]]

    def failed(self, code: str, *words: str) -> None:
        """Asserts that the run ended in this error, with these words in its message."""
        assert self.code == code, self
        for each in words:
            assert each in self.message


def _in_process(name: str, given: object, files: Mapping[str, bytes], timeout: float | None) -> Seen:
    handler = getattr(importlib.import_module(f"handlers.{name}"), name)
    outcome = invoke(handler, given, files=files, timeout=timeout)
    error = outcome.error
    value = None if error else outcome.value
    return Seen(value, error.code if error else None, error.message if error else "", outcome.log, outcome.variables)


class Root:
    """Roots for dist/fn: each holds the file, an exchange, and what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.files: dict[str, bytes] = {}  # by path in the root
        shutil.copy(FILE, folder / "fn")

    def run(
        self, name: str, given: bytes, files: Mapping[str, bytes], environment: Mapping[str, str], words: list[str]
    ) -> Seen:
        self._count += 1
        root = self._folder / f"root-{self._count}"
        exchange = root / "direktiv-data"
        exchange.mkdir(parents=True)
        os.link(self._folder / "fn", root / "fn")
        for path, data in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)

        user = _ROOT if files or _NAMES_VARIABLES.search(given) else _NOBODY

        def start(directory: Path) -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                ["/usr/sbin/chroot", f"--userspec={user}", root, "/fn", name, *words], env=dict(environment),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
            )  # fmt: skip

        report = Sidecar([], start=start, files=files, timeout=120).run(given, exchange)
        shutil.rmtree(root)
        assert report.decision is not None, report
        assert report.warnings == []
        decision = report.decision
        value = decision.value if decision.kind == "success" else None
        code = None if decision.kind == "success" else decision.code
        return Seen(value, code, decision.raw_message, report.log, report.variables)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """The roots, made of the file once."""
    return Root(tmp_path_factory.mktemp("roots"))


Run = Callable[..., Seen]


@pytest.fixture(params=["in process", "file"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a handler of the catalogue with an input and files passed in."""

    def once(
        name: str,
        given: Any,
        files: Mapping[str, bytes] | None = None,
        environment: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Seen:
        document = given if isinstance(given, bytes) else json.dumps(given).encode()
        if request.param == "file":
            words = [f"--timeout={timeout:g}"] if timeout else []
            roots: Root = request.getfixturevalue("root")
            return roots.run(name, document, files or {}, environment or {}, words)
        with monkeypatch.context() as patch:
            for variable in _OF_THE_MACHINE:
                patch.delenv(variable, raising=False)
            for variable, value in (environment or {}).items():
                patch.setenv(variable, value)
            return _in_process(name, document, files or {}, timeout)

    return once


def out_of_time(run: Run, name: str, given: Any) -> Seen:
    """A run whose time ends in its handler, which has half a second to say so: more may pass on a busy machine."""
    for seconds in (2, 4, 8):
        seen = run(name, given, timeout=seconds)
        if seen.code != "fn.timeout":
            break
    return seen


# ---- for http-request ----


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server() -> Iterator[Server]:
    with servers.serving() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Server]:
    with servers.serving() as running:
        yield running


@pytest.fixture
def secure(certificates: Certificates) -> Iterator[Server]:
    with servers.serving(certificates.context()) as running:
        yield running


def body_of(seen: Seen) -> Any:
    assert seen.code is None, seen
    return seen.value["body"]
