"""Each reason for a cold boot that the boot program knows leads to a next step."""

from __future__ import annotations

import re

import pytest

from entry.info.boot_advice import _BY_REASON, _OTHER, advice
from tests.conftest import ROOT

_BOOT = ROOT / "build" / "boot"
_SOURCES = (
    _BOOT / "snapshot" / "boot_mode.c", _BOOT / "portable" / "launcher" / "compatibility.c",
    _BOOT / "portable" / "launcher" / "restore.c", _BOOT / "shared" / "import_variables.c",
)  # fmt: skip
_TEXT = re.compile(r'(?:return|problem =|\?|:|parts\[\] = \{)\s*"([a-z][a-z ][^"]+)"')
# Expected by whoever caused them: the build, the user.
_EXPECTED = ("FN_COLD is set", "the file was built without a snapshot", "the arguments are those of an interpreter")


def _reasons() -> set[str]:
    return {reason for path in _SOURCES for reason in _TEXT.findall(path.read_text())} - {*_EXPECTED}


def test_all_reasons_are_found() -> None:
    assert len(_reasons()) >= 10


@pytest.mark.parametrize("beginning", [row[0] for row in _BY_REASON])
def test_a_row_is_about_a_reason(beginning: str) -> None:
    assert any(reason.startswith(beginning) for reason in _reasons())


@pytest.mark.parametrize("reason", sorted(_reasons()))
def test_a_reason_has_advice_of_its_own(reason: str) -> None:
    general = reason in {"the addresses of the snapshot are in use", "the snapshot cannot be mapped here"}
    assert (advice(reason) == _OTHER) == general
