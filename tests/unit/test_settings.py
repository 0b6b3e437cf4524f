"""Arguments and variables: the judge in Python, and the same grammar in C."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build.core.paths import BOOT
from entry.runtime import settings
from entry.runtime.settings import QUESTIONS, read


def test_defaults() -> None:
    found = read([], {})
    assert (found.handler, found.data_dir, found.timeout, found.linger, found.settle) == (
        None, "/direktiv-data", None, 0.0, 0.0,
    )  # fmt: skip
    assert (found.level, found.tee, found.cold, found.problem) == ("info", False, False, None)


def test_an_argument_wins_over_its_variable() -> None:
    environment = {"FN_HANDLER": "a", "FN_DATA_DIR": "/a", "FN_TIMEOUT": "1", "FN_LINGER": "1", "FN_SETTLE": "1"}
    found = read(["b", "--data=/b", "--timeout", "2", "--linger=3", "--settle", "4"], environment)
    assert (found.handler, found.data_dir, found.timeout, found.linger, found.settle) == ("b", "/b", 2.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--timeout", "soon"], {}, "--timeout: expected seconds such as 30 or 0.5, got 'soon'"),
        (["--timeout"], {}, "--timeout: a value is missing"),
        (["--data="], {}, "--data: the value is empty"),
        (["--verbose"], {}, "--verbose: no such option"),
        (["a", "b"], {}, "one handler can be named, not 2"),
        ([], {"FN_TIMEOUT": "1e3"}, "FN_TIMEOUT: expected seconds"),
        ([], {"FN_TIMEOUT": "-1"}, "FN_TIMEOUT: expected seconds"),
        ([], {"FN_LINGER": "99999999999"}, "FN_LINGER: expected seconds"),
        ([], {"FN_LOG_LEVEL": "loud"}, "FN_LOG_LEVEL: expected one of debug, info, warning, error, got 'loud'"),
        ([], {"FN_COLD": "yes"}, "FN_COLD: expected 0 or 1, got 'yes'"),
    ],
)
def test_problems_are_named(arguments: list[str], environment: dict[str, str], words: str) -> None:
    problem = read(arguments, environment).problem
    assert problem is not None
    assert problem.code == "fn.usage"
    assert words in problem.message


def test_all_problems_are_named_at_once() -> None:
    problem = read(["--what"], {"FN_COLD": "2"}).problem
    assert problem is not None
    assert "--what" in problem.message
    assert "FN_COLD" in problem.message


@given(
    st.lists(st.text(max_size=12), max_size=6), st.dictionaries(st.sampled_from(["FN_TIMEOUT", "FN_COLD"]), st.text())
)
def test_no_words_are_too_odd(arguments: list[str], environment: dict[str, str]) -> None:
    read(arguments, environment)
    settings.ask_for_information(arguments)


def test_questions_are_the_same_in_c() -> None:
    text = (BOOT / "shared" / "settings.c").read_text()
    listed = re.search(r"switches\[\] = \{([^}]*)\}", text)
    assert listed
    assert re.findall(r'"([^"]+)"', listed[1]) == list(QUESTIONS)


def test_variables_of_the_run_are_those_that_begin_so() -> None:
    environment = {b"FN_HANDLER": b"gr\xc3\xbcn", b"PATH": b"/bin", b"FN_ODD": b"\xff"}
    assert settings.own_variables(environment) == {"FN_HANDLER": "grün", "FN_ODD": "\udcff"}
