"""What no run reaches is left out, and what anybody may want is not. On graphs that are made up: who imports whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.analysis.pragmas import wanted_in_part
from build.analysis.pruning import names_of_characters, needed

_OURS = "handlers.ours"


def _graph(**imports: str) -> dict[str, list[str]]:
    """Importers by module, from imports by module; `__` in a name is a dot."""
    importers: dict[str, list[str]] = {_OURS: []}
    for user, names in imports.items():
        for name in names.split():
            importers.setdefault(name, []).append(user.replace("__", "."))
            importers.setdefault(user.replace("__", "."), [])
    return importers


def _left_out(graph: dict[str, list[str]], **in_part: str) -> set[str]:
    remarked = {name: set(users.split()) for name, users in in_part.items()}
    return graph.keys() - needed(graph, [_OURS], remarked).keys()


_HASHES = {"hashlib": "_hashlib _sha2", "hmac": "_hashlib hashlib"}


@pytest.mark.parametrize(
    ("imports", "in_part", "left_out"),
    [
        pytest.param("hashlib", {}, set(), id="a handler wants all hashes"),
        pytest.param("hashlib", {"hashlib": _OURS}, {"_hashlib"}, id="a handler wants the usual ones"),
        pytest.param("hashlib other", {"hashlib": _OURS}, set(), id="another wants all"),
        pytest.param("random", {}, {"_hashlib"}, id="random"),
        pytest.param("random hashlib", {}, set(), id="random, and a handler wants all"),
        pytest.param("secrets", {}, {"_hashlib"}, id="secrets, through hmac"),
        pytest.param("hmac hashlib", {"hashlib": _OURS}, set(), id="hmac wants all of them"),
        pytest.param("hmac hashlib", {"hashlib": _OURS, "hmac": _OURS}, {"_hashlib"}, id="hmac with the usual ones"),
        pytest.param("hashlib ssl", {"hashlib": _OURS}, {"_hashlib"}, id="ssl uses OpenSSL, hashlib does not"),
    ],
)
def test_hashes(imports: str, in_part: dict[str, str], left_out: set[str]) -> None:
    graph = _graph(
        handlers__ours=imports, handlers__other="hashlib", other="hashlib", random="hashlib", secrets="hmac random",
        ssl="_ssl", **_HASHES,
    )  # fmt: skip
    reached = set(imports.split()) | {"hashlib"}
    assert _left_out(graph, **in_part) & {"_hashlib", *reached} == left_out


def test_archives_of_a_temporary_folder() -> None:
    imports = {
        "tempfile": "shutil",
        "shutil": "bz2 lzma tarfile zipfile",
        "tarfile": "shutil bz2",
        "zipfile": "shutil bz2",
    }
    assert _left_out(_graph(handlers__ours="tempfile", **imports)) == {"bz2", "lzma", "tarfile", "zipfile"}
    assert _left_out(_graph(handlers__ours="tempfile shutil", **imports)) == set()
    assert _left_out(_graph(handlers__ours="tempfile tarfile", **imports)) == {"zipfile"}


def test_codecs_are_there_when_they_are_named() -> None:
    codecs = {"encodings": "encodings.bz2_codec encodings.cp1252 encodings.idna encodings.utf_8"}
    graph = _graph(handlers__ours="encodings", encodings__bz2_codec="bz2", encodings__idna="stringprep", **codecs)
    assert _left_out(graph) == {"encodings.bz2_codec", "encodings.cp1252", "encodings.idna", "bz2", "stringprep"}
    graph = _graph(handlers__ours="encodings encodings.cp1252 socket", encodings__idna="stringprep", **codecs)
    assert _left_out(graph) == {"encodings.bz2_codec"}


def test_a_package_that_fetches() -> None:
    imports = {
        "jsonschema": "jsonschema.validators", "jsonschema__validators": "urllib.request",
        "urllib__request": "http.cookiejar ssl", "http__cookiejar": "urllib.request",
    }  # fmt: skip
    graph = _graph(handlers__ours="jsonschema jsonschema.validators", **imports)
    assert _left_out(graph) == set()
    assert _left_out(graph, jsonschema=_OURS) == {"http.cookiejar", "ssl", "urllib.request"}
    graph["urllib.request"].append(_OURS)
    assert _left_out(graph, jsonschema=_OURS) == set()


def test_headers_of_http_are_messages_of_the_older_kind() -> None:
    imports = {
        "http__client": "email.message email.parser", "email__parser": "email.message",
        "email__message": "email.policy", "email__policy": "email.headerregistry",
        "email__headerregistry": "email.policy",
    }  # fmt: skip
    newer = {"email.headerregistry", "email.policy"}
    assert _left_out(_graph(handlers__ours="http.client", **imports)) == newer
    assert _left_out(_graph(handlers__ours="http.client email.message", **imports)) == set()
    assert _left_out(_graph(handlers__ours="email.message", **imports), email=_OURS) == {
        *newer, "http.client", "email.parser",
    }  # fmt: skip


@pytest.mark.parametrize(("user", "wanted"), [("stringprep", False), ("attr._make", False), (_OURS, True)])
def test_names_of_characters(user: str, wanted: bool) -> None:
    assert names_of_characters({"unicodedata": ["encodings.idna", user]}) == wanted


def test_remarks_of_handlers(tmp_path: Path) -> None:
    handlers = tmp_path / "handlers"
    (handlers / "lib").mkdir(parents=True)
    (handlers / "ours.py").write_text("def f():\n    import hashlib  # fn: in part\n    import hmac\n")
    (handlers / "lib" / "__init__.py").write_text("from jsonschema.validators import a, b  #fn: in part\n")
    assert wanted_in_part(handlers) == {
        "hashlib": {"handlers.ours"},
        "jsonschema": {"handlers.lib"},
        "jsonschema.validators": {"handlers.lib"},
    }
