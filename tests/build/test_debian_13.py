"""The same sources on Debian 13, with its CPython 3.13: built and examined there, in a root of its own. Needs root.

Here are the groups whose mechanisms each release has its own of; `python3 build test --debian-13` runs all of them.
"""

from __future__ import annotations

import pytest

from tests.debian_13 import build_there, run_there

# What imports leave in the interpreter's memory, what a restore makes of it, what libc and the loader keep.
_GROUPS = (
    "tests/contract", "tests/snapshot/test_freshness.py", "tests/snapshot/test_fallback.py",
    "tests/snapshot/test_kept.py", "tests/snapshot/test_code.py", "tests/portable/test_warm.py",
)  # fmt: skip
# Warm boots, and all of falling back: a run from source or a cold one is CPython's own. No processor is of a release.
_CHOSEN = "not emulated and not source and (not cold or fallback)"


def test_builds_and_keeps_the_contract(capfd: pytest.CaptureFixture[str]) -> None:
    with capfd.disabled():
        print()
        run_there(build_there(), ["-k", _CHOSEN, *_GROUPS])
