"""What is in a file: all that the standard library can import, packages' own parts, and nothing of the build's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from build.analysis import analyse
from build.analysis.imports import stdlib
from build.analysis.imports.plain import plain_imports
from build.analysis.sources import modules
from build.analysis.staging.stage import stage
from build.core.configuration import Contents
from tests.built import built, built_saying
from tests.conftest import ROOT, Run, Target

# Each case: a handler's code, which no statement of another helps, and its result.
_CASES = {
    "a name of a host": ('[a[4][0] for a in socket.getaddrinfo("127.0.0.1", 80)][:1]', ["127.0.0.1"]),
    "punycode": ('"bücher.example".encode("idna").decode()', "xn--bcher-kva.example"),
    "punycode itself": ('"bücher".encode("punycode").decode()', "bcher-kva"),
    "a byte order mark": ('b"\\xef\\xbb\\xbftext".decode("utf-8-sig")', "text"),
    "a code page": ('"€".encode("cp1252").hex()', "80"),
    "Latin 2": ("xml(b\"<?xml version='1.0' encoding='iso-8859-2'?><a>\\xb1</a>\")", "ą"),
    "Windows": ("xml(b\"<?xml version='1.0' encoding='windows-1252'?><a>\\x80</a>\")", "€"),
    "Japanese": ('"日本".encode("shift_jis").hex()', "93fa967b"),
    "Chinese": ('"中文".encode("gb18030").hex()', "d6d0cec4"),
    "Korean": ('"한".encode("cp949").hex()', "c7d1"),
    "a stateful codec": ('"日".encode("iso2022_jp").hex()', "1b2442467c1b2842"),
    "a codec of bytes": ('codecs.decode("68656c6c6f", "hex").decode()', "hello"),
    "a header of a mail": ('str(email.header.make_header(email.header.decode_header("=?iso-8859-2?q?=B1?=")))', "ą"),
    "a name of a character": ('named("unicodedata").name("☃")', "SNOWMAN"),
    "a module by its name": ('named("colorsys").rgb_to_hsv(0, 0, 0)', [0.0, 0.0, 0.0]),
    "a part of a package by its name": ('named("xml.dom.minidom").parseString("<a/>").documentElement.tagName', "a"),
    "metadata": ('named("importlib.metadata").PackageNotFoundError.__name__', "PackageNotFoundError"),
    "resources": ('callable(named("importlib.resources").files)', True),
    "decimal": ('str(named("decimal").Decimal("0.1") * 3)', "0.3"),
    "ctypes": ('named("ctypes").sizeof(named("ctypes").c_long)', 8),
    "docstrings of the standard library": ('named("colorsys").__doc__', None),
    "docstrings of entry": ('[named("entry").__doc__, named("entry.api.errors").FunctionError.__doc__]', [None, None]),
    "docstrings of an author": ("everything.__doc__.split()[-1]", "has."),
    "all of it": ("sorted(everything())", []),
}
_HANDLER = """
import codecs, email.header, socket
from entry import handler

def named(name):
    import importlib
    return importlib.import_module(name)

def xml(data):
    return named("xml.etree.ElementTree").fromstring(data).text

def everything():
    "What cannot be imported of all that the standard library of the build has."
    import contextlib, io
    for name in {NAMES}:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                named(name)
        except ImportError as error:
            yield f"{name}: {error}"

@handler
def use(data: str) -> object:
    return {"CASES"}
"""
# What acts when it is imported; and what is in a file only when it is imported by a statement, or asked for.
_NOT_TRIED = {"antigravity", "this"}
_ON_REQUEST = {"curses", "dbm.gnu", "dbm.ndbm", "readline", "rlcompleter", "sqlite3", "ssl"}
# Prints which of the modules that are named can be imported where nothing but the standard library is.
_IMPORTABLE = """
import contextlib, importlib, io, json, sys
found = []
for name in json.load(sys.stdin):
    with contextlib.suppress(ImportError), contextlib.redirect_stdout(io.StringIO()):
        importlib.import_module(name)
        found.append(name)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def source() -> str:
    left_out = _NOT_TRIED | _ON_REQUEST
    tried = [
        name
        for name in stdlib.sources()
        if not name.endswith("__main__") and not any(f"{name}.".startswith(f"{each}.") for each in left_out)
    ]
    printed = subprocess.run(
        [sys.executable, "-S", "-W", "ignore", "-c", _IMPORTABLE],
        input=json.dumps(tried), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = json.loads(printed)
    assert len(names) > 450
    cases = ", ".join(f"{name!r}: lambda: {code}" for name, (code, _) in _CASES.items())
    return _HANDLER.replace("{NAMES}", repr(names)).replace('{"CASES"}', f"{{{cases}}}[data]()")


@pytest.fixture(scope="module", params=["static", "portable"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, source: str) -> Target:
    return built(tmp_path_factory.mktemp(request.param), {"use.py": source}, "--link", request.param)


@pytest.mark.parametrize("cold", ["0", "1"])
@pytest.mark.parametrize("case", _CASES)
def test_the_standard_library(case: str, cold: str, file: Target, run: Run) -> None:
    result = run(file, given=case, environment={"FN_COLD": cold})
    result.assert_announced()
    assert result.output is not None, result.error
    assert json.loads(result.output) == _CASES[case][1]


# A part of a package is all that the statements name; OpenSSL is what it leads to.
_CLIENTS = {
    "opener": """
import urllib.request
from entry import handler

OPENER = urllib.request.build_opener()

@handler
def opener(data):
    return "HTTPSHandler" in [type(each).__name__ for each in OPENER.handlers]
""",
    "client": """
import http.client
from entry import handler

CLIENT = http.client.HTTPSConnection("host.invalid")

@handler
def client(data):
    return CLIENT.port
""",
}


@pytest.mark.parametrize(("name", "expected"), [("opener", b"true"), ("client", b"443")])
def test_clients_made_at_import(tmp_path: Path, run: Run, name: str, expected: bytes) -> None:
    """Where one keeps an SSL context there is no snapshot, and the line is named; the file is there, and right."""
    file, said = built_saying(tmp_path, {f"{name}.py": _CLIENTS[name]}, "--link", "static")
    assert name == "opener" or "each run boots cold: handlers/client.py:5: keeps an SSL context" in said
    result = run(file, given={})
    result.assert_announced()
    assert result.output == expected, result.error


_PLAIN = """
import http.client, multiprocessing.pool, os.path, pickle, platform, sqlite3, xml.dom.minidom
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo
from entry import Context, handler
from .lib import part

@handler
def plain(data: str) -> str:
    import curses
    return data
"""


def test_what_pyinstaller_need_not_see_is_what_it_would_find(tmp_path: Path) -> None:
    """Handlers that import nothing of packages: their graph is read from their statements (imports/plain.py)."""
    sources = {"plain.py": _PLAIN, "lib/__init__.py": "", "lib/part.py": "import csv, ssl"}
    for name, text in sources.items():
        (tmp_path / "handlers" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "handlers" / name).write_text(text)
    config, _ = stage(tmp_path / "handlers", None, tmp_path / "work", "auto", preload=False)
    assert plain_imports(config.stage)
    (tmp_path / "__init__.py").touch()
    read, found = analyse.analyse(config), analyse.analysed(config)
    assert modules(read, tmp_path / "__init__.py", Contents()) == modules(found, tmp_path / "__init__.py", Contents())
    assert (read.binaries, read.datas, read.optional) == (found.binaries, found.datas, found.optional)


def test_the_file_is_static_and_small() -> None:
    told = subprocess.run(["file", ROOT / "dist" / "fn"], capture_output=True, text=True, check=True).stdout
    assert "statically linked" in told
    assert (ROOT / "dist" / "fn").stat().st_size <= (22e6 if sys.version_info < (3, 13) else 26e6)  # all handlers
