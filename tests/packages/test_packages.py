"""Packages with the most different mechanisms do their job in a file as under CPython; all others: `--packages`."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.packages.page import PAGE, table
from tests.packages.row import ROWS, read_rows
from tests.packages.subject import COLD, Subject, names, requirements

# Files by link. Static: codecs by name, extensions by text, data files beside metadata, ids that count from a random
# number, a time and the record of a log that are kept, a search for all variables with a prefix. Portable: extension
# modules that are opened as libraries beside the package, modules that are named in it, a namespace package that is
# iterated over, code that is made at import, a library that opens others; in scipy a date that is kept, random numbers
# in docstrings, threads that two libraries start; in pyarrow a thread of jemalloc's, which a fork can do without
# (build/boot/portable/program/threads.c).
_FILES = {
    "static": ("beautifulsoup4", "markdown", "pint", "rich", "loguru", "structlog", "networkx"),
    "portable": ("tiktoken", "protobuf", "scipy", "pyarrow", "pycryptodome"),
}
_JOBS = [(link, job) for link, jobs in _FILES.items() for job in jobs]


@cache
def _file(link: str) -> tuple[Subject, str]:
    subject = Subject(f"ci-{link}", _FILES[link])
    return subject, subject.build()[1]


@pytest.mark.parametrize(("link", "job"), _JOBS)
def test_a_job_is_done_as_under_cpython(link: str, job: str) -> None:
    subject, _ = _file(link)
    expected = subject.plain(job).value
    assert subject.run(COLD, job).value == expected
    assert subject.run({}, job).value == expected
    assert subject.run_in_empty_root(COLD, job).value == expected
    assert subject.run_in_empty_root({}, job).value == expected


@pytest.mark.parametrize("link", _FILES)
def test_the_link_is_the_expected_one(link: str) -> None:
    assert ("portable:" in _file(link)[1]) == (link == "portable")


@pytest.mark.parametrize("link", _FILES)
def test_the_file_boots_warm(link: str) -> None:
    assert "boots cold" not in _file(link)[1]


def test_every_package_has_a_version_and_a_job() -> None:
    assert names() == sorted(requirements())
    assert {*read_rows()} <= {*names()}


def test_the_page_is_made_of_the_rows() -> None:
    assert PAGE.read_text().endswith(table(read_rows()))


def test_no_row_names_a_folder_of_the_machine_that_made_it() -> None:
    assert [line for line in ROWS.read_text().splitlines() if re.search(r"/(root|home|tmp|work)/", line)] == []
