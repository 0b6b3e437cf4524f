"""What imports have looked up is in nobody's way: a run that looks up other attributes writes to no name of theirs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.built import built
from tests.conftest import Run

_LOOKED_UP = 4096  # as many as the interpreter's cache of attributes has places for (MCACHE_SIZE_EXP)
_MOST = 500  # page faults of a run that looks up as many, all of whose names lie together
_NAMES = f"""
NAMES, BETWEEN = [], []
for number in range({_LOOKED_UP}):  # each on a page of its own
    NAMES.append(f"imported_{{number}}")
    BETWEEN.append(bytes([1]) * 4000)
OTHERS = [f"in_the_run_{{number}}" for number in range({_LOOKED_UP})]
Imported = type("Imported", (), dict.fromkeys(NAMES))
Other = type("Other", (), dict.fromkeys(OTHERS))
for name in NAMES:
    getattr(Imported, name)
"""
_HANDLER = """
import resource

from entry import handler
from handlers._names import OTHERS, Other


@handler
def look_up(data):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for name in OTHERS:
        getattr(Other, name)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
"""


@pytest.mark.parametrize("link", ["static", "portable"])
def test_a_run_writes_to_no_name_that_an_import_has_looked_up(link: str, run: Run, tmp_path: Path) -> None:
    file = built(tmp_path, {"_names.py": _NAMES, "look_up.py": _HANDLER}, "--link", link, "--snapshot", "required")
    assert json.loads(run(file, "look_up", given={}).output or b"null") < _MOST
