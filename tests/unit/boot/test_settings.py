"""Arguments and variables: the one parser of them (build/boot/shared/settings.c), and what Python gets of it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from build.core.paths import BOOT
from build.link.static import COMPILE
from entry.runtime.settings import Settings, read
from tests.boot.building import SANITIZERS

_PROGRAM = """
#include "shared/settings.h"
#include <stdio.h>
#include <stdlib.h>
/* What Python gets, and a line of what only the supervisor wants. */
int main(int argc, char **argv)
{
    static struct settings settings;
    settings_read(&settings, argv + !!argc, getenv("HOSTED") != NULL);
    size_t length = settings_write(&settings, NULL, 0);
    char *text = malloc(length);
    fwrite(text, 1, settings_write(&settings, text, length), stdout);
    printf("%g %g %d", settings.linger, settings.drain_delay, settings.tee);
    free(text);
    return 0;
}
"""
_WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
_KNOWN = st.sampled_from(["--data", "--timeout=1", "--settle", "--", "--describe", "--workflow", "--help", "-", "a"])


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("settings")
    source, program = folder / "main.c", folder / "settings"
    source.write_text(_PROGRAM)
    sources = [source, BOOT / "shared" / "settings.c", BOOT / "shared" / "absolute_path.c"]
    subprocess.run(["gcc", *COMPILE, *SANITIZERS, f"-I{BOOT}", *sources, "-o", program], check=True)
    return program


def _read(parser: Path, words: Sequence[str | bytes], variables: Mapping[str, str] | None = None) -> Settings:
    return _read_all(parser, words, variables)[0]


def _read_all(
    parser: Path, words: Sequence[str | bytes], variables: Mapping[str, str] | None = None
) -> tuple[Settings, str]:
    written = subprocess.run([parser, *words], env=dict(variables or {}), capture_output=True, check=True).stdout
    text, _, own = written.rpartition(b"\0")
    return read(text + b"\0"), own.decode()


def test_defaults(parser: Path) -> None:
    found, own = _read_all(parser, [])
    assert (found.question, found.handler, found.data_dir, found.timeout) == (None, None, "/direktiv-data", None)
    assert (found.level, found.problem, found.names, own) == ("info", None, [], "0 0 0")


def test_an_argument_wins_over_its_variable(parser: Path) -> None:
    variables = {"FN_HANDLER": "a", "FN_DATA_DIR": "/a", "FN_TIMEOUT": "1", "FN_LINGER": "1", "FN_SETTLE": "1"}
    words = ["b", "--data=/b", "--timeout", "2", "--linger=3", "--settle", "4"]
    found, own = _read_all(parser, words, {**variables, "FN_LOG_TEE": "1"})
    assert (found.handler, found.data_dir, found.timeout, own) == ("b", "/b", 2.0, "3 4 1")
    found, own = _read_all(parser, [], {**variables, "FN_LOG_LEVEL": "debug", "FN_TIMEOUT": "0.1"})
    assert (found.handler, found.data_dir, found.timeout, found.level, own) == ("a", "/a", 0.1, "debug", "1 1 0")


@pytest.mark.parametrize(("named", "meant"), [("data", "data"), ("./data", "data"), ("../data", "../data"), (".", ".")])
def test_a_relative_data_directory_is_made_absolute(parser: Path, named: str, meant: str) -> None:
    assert _read(parser, ["--data", named]).data_dir == f"{Path.cwd()}/{meant}"
    assert _read(parser, [], {"FN_DATA_DIR": named}).data_dir == f"{Path.cwd()}/{meant}"
    long = "d" * 5000  # no path
    assert _read(parser, ["--data", long]).data_dir == long


@pytest.mark.parametrize(
    ("words", "variables", "complaint"),
    [
        (["--timeout", "soon"], {}, "--timeout: expected seconds such as 30 or 0.5, got 'soon'"),
        (["--timeout"], {}, "--timeout: a value is missing"),
        (["--data="], {}, "--data: the value is empty"),
        (["--verbose"], {}, "--verbose: no such option; see --help"),
        (["a", "--workflow"], {}, "--workflow: no such option; see --help"),
        (["a", "b"], {}, "one handler can be named, not 2: a b"),
        (["a", "--", "--b", "c"], {}, "one handler can be named, not 3: a --b c"),
        ([], {"FN_TIMEOUT": "1e3"}, "FN_TIMEOUT: expected seconds such as 30 or 0.5, got '1e3'"),
        ([], {"FN_TIMEOUT": "-1"}, "FN_TIMEOUT: expected seconds such as 30 or 0.5, got '-1'"),
        ([], {"FN_LINGER": "99999999999"}, "FN_LINGER: expected seconds such as 30 or 0.5, got '99999999999'"),
        ([], {"FN_LOG_LEVEL": "loud"}, "FN_LOG_LEVEL: expected one of debug, info, warning, error, got 'loud'"),
        ([], {"FN_COLD": "yes"}, "FN_COLD: expected 0 or 1, got 'yes'"),
        (["--what"], {"FN_COLD": "2"}, "--what: no such option; see --help; FN_COLD: expected 0 or 1, got '2'"),
    ],
)
def test_complaints(parser: Path, words: list[str], variables: dict[str, str], complaint: str) -> None:
    problem = _read(parser, words, variables).problem
    assert problem is not None
    assert (problem.code, problem.message) == ("fn.usage", complaint)


@pytest.mark.parametrize(
    ("words", "question", "names", "complaint"),
    [
        (["--list"], "--list", [], None),
        (["a", "--describe", "b"], "--describe", ["a", "b"], None),
        (["--describe", "--workflow", "a"], "--workflow", ["a"], None),
        (["--list", "--workflow"], "--list", [], "--workflow: no such option; see --help"),
        (["--data", "--help", "--list"], "--help", [], "--data: a value is missing"),
        (["--doctor", "a", "b"], "--doctor", ["a", "b"], "one handler can be named, not 2: a b"),
        (["call", "a", "--version"], "--version", ["call", "a"], None),
    ],
)
def test_questions(parser: Path, words: list[str], question: str, names: list[str], complaint: str | None) -> None:
    found = _read(parser, words, {"HOSTED": "1"})
    assert (found.question, found.names) == (question, names)
    assert (found.problem and found.problem.message) == complaint


def test_settings_of_a_run_do_not_keep_a_question_from_its_answer(parser: Path) -> None:
    assert _read(parser, ["--list"], {"FN_TIMEOUT": "soon"}).problem is None
    assert _read(parser, ["--doctor"], {"FN_TIMEOUT": "soon"}).problem is not None


def test_a_question_knows_the_exchange_too(parser: Path) -> None:
    """Where no file can be in memory its libraries are unpacked there."""
    found = _read(parser, ["--list"], {"FN_DATA_DIR": "/elsewhere"})
    assert (found.question, found.data_dir) == ("--list", "/elsewhere")


def test_words_of_other_hosts_are_theirs(parser: Path) -> None:
    found = _read(parser, ["call", "a", "--quiet"], {"HOSTED": "1", "FN_LOG_LEVEL": "error"})
    assert (found.handler, found.names, found.problem, found.level) == (None, [], None, "error")
    assert _read(parser, ["call", "a"], {"HOSTED": "1", "FN_LINGER": "x"}).problem is not None


def test_words_that_are_no_text(parser: Path) -> None:
    found = _read(parser, ["grün".encode(), b"--data=/\xff", b"--\xff"])
    assert (found.handler, found.data_dir) == ("grün", "/\udcff")
    assert found.problem is not None
    assert found.problem.message == "--\\xff: no such option; see --help"


@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_WORDS | _KNOWN, max_size=40), st.dictionaries(st.sampled_from(["FN_TIMEOUT", "FN_COLD"]), _WORDS))
def test_no_words_are_too_odd(parser: Path, words: list[str], variables: dict[str, str]) -> None:
    found = _read(parser, words, variables)
    assert found.question or len(found.names) < 2 or found.problem
