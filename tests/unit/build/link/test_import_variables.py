"""The table of variables that imports read, as source in C and as notes of the build."""

from __future__ import annotations

from build.link.import_variables import source
from build.snapshot.warnings import warnings


def test_the_table() -> None:
    read = {"B": 'handlers/"b".py:1', "HOME": "a.py:1", "LC_ALL": "a.py:2", "FN_X": "a.py:3", "A": "päckage/a.py:1"}
    assert source(read).splitlines()[2:] == [
        "const char import_variables[] =",
        '    "A" "\\0" "p?ckage/a.py:1" "\\0"',
        '    "B" "\\0" "handlers/\\"b\\".py:1" "\\0"',
        '    "";',
    ]


def test_no_variables() -> None:
    assert source({}).splitlines()[-2:] == ["const char import_variables[] =", '    "";']


def test_what_packages_read_is_a_line_for_each() -> None:
    reported = [(f"aws/{name}.py:1", f"reads the environment variable AWS_{name} at import: why") for name in "ABCDEF"]
    reported += [("aws/A.py:2", "reads the environment variable AWS_A at import: why")]
    reported += [("one.py:3", "reads the environment variable ONE at import: why")]
    reported += [("handlers/own.py:1", "reads the environment variable OWN at import: why")]
    reported += [("aws/A.py:3", "keeps the time at import: why"), ("aws/A.py:4", "draws a random value at import: why")]
    assert warnings(reported) == [
        "warning: handlers/own.py:1: reads the environment variable OWN at import: why",
        "warning: aws/A.py:3: keeps the time at import: why",
        "note         aws reads AWS_A, AWS_B, AWS_C, AWS_D and 2 more at import: runs in which one is set boot cold",
        "note         one reads ONE at import: runs in which one is set boot cold",
    ]
