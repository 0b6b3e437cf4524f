"""What depends on which of two processes comes first: strace holds a system call of one of them back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import TARGETS, Run
from tests.seccomp import MEMFD_CREATE, forbid

_PORTABLE = next(target for target in TARGETS if target.name == "portable")
_SLOW_SUPERVISOR = ("strace", "-o", "/dev/null", "-e", "inject=openat,newfstatat:delay_enter=100000")


@pytest.mark.parametrize("place", ["finished", "missing"])
def test_a_run_that_is_called_off_leaves_nothing_unpacked(run: Run, exchange: Path, tmp_path: Path, place: str) -> None:
    """However far the function has come by then: without files in memory it wants a folder for its libraries."""
    (exchange / "done").touch()
    chosen = str(exchange if place == "finished" else tmp_path / "none")
    result = run(
        _PORTABLE, "value", prefix=_SLOW_SUPERVISOR, preexec_fn=forbid(MEMFD_CREATE),
        environment={"FN_DATA_DIR": chosen, "TMPDIR": str(exchange) if place == "missing" else ""},
    )  # fmt: skip
    assert result.status == (place == "missing")
    assert [path.name for path in exchange.iterdir()] == ["done"]
