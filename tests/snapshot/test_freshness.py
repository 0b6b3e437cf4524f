"""Nothing of the build's process is in a run. Runs as process 1 of a namespace, as in a container: needs root."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

from tests.conftest import Run, Target

_NAMESPACE = ("unshare", "--pid", "--fork", "--kill-child")


def _fresh(run: Run, target: Target, exchange: Path, **options: Any) -> dict[str, Any]:
    shutil.rmtree(exchange)
    exchange.mkdir()
    result = run(target, "fresh", given={}, **options)
    assert result.error is None, (result.error, result.log)
    found: dict[str, Any] = json.loads(result.output or b"")
    return found


def test_no_two_runs_draw_the_same(target: Target, run: Run, exchange: Path) -> None:
    runs = [_fresh(run, target, exchange, prefix=_NAMESPACE)["draws"] for _ in range(3)]
    for name in runs[0]:
        drawn = [draws[name] for draws in runs]
        assert len(set(drawn)) == len(drawn), name


def test_what_is_current_is_of_this_run(target: Target, run: Run, exchange: Path) -> None:
    before = time.time()
    found = _fresh(run, target, exchange, environment={"FRESH": "grün", "TZ": "JST-9"}, umask=0o027)["current"]
    times = found.pop("times")
    assert before - 1 <= times[0] <= times[1] <= time.time() + 1
    assert abs(found.pop("year") - time.gmtime().tm_year) <= 1
    assert found.pop("process") != os.getpid()
    assert found == {
        "variable": "grün", "variable as bytes": "grün", "variable of a child": "now", "arguments": ["fresh"],
        "zone": ["JST", "JST"], "hour": "09", "directory": str(target.directory), "main thread": True,
        "native id": True, "log start": True, "umask": 0o027, "streams": ["utf-8", "backslashreplace", ""],
        "broken pipe": "1",
    }  # fmt: skip


def test_the_zone_of_the_machine(target: Target, run: Run, exchange: Path) -> None:
    """Without TZ the zone is that of /etc/localtime where there is one, as libc says."""
    found = _fresh(run, target, exchange)["current"]
    time.tzset()
    assert found["zone"] == list(time.tzname)


def test_what_a_program_can_do_works(target: Target, run: Run, exchange: Path) -> None:
    found = _fresh(run, target, exchange)["works"]
    assert found == {
        "threads": 8, "callback": 42, "fork": 7, "recursion": "refused", "signal": True, "collect": True, "lock": True,
        "sockets": "hello", "names": "127.0.0.1", "TLS": "TLSv1.2", "asyncio": [1, 2], "sqlite": 6,
        "faulthandler": True,
    }  # fmt: skip
