"""Limits, ends and neighbours of containers: memory, processes, users, a stop, a sidecar beside it, many at once."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entry.testing import Sidecar
from entry.testing.inotify import Watch
from tests.conftest import Run, Start, finish, wait_for_log
from tests.container.conftest import BUILD_STAGE, Container
from tests.container.engine import CONFINED, Engine

_BESIDE = Path(__file__).with_name("beside.py")


def _with(target: Container, *options: str) -> Container:
    return replace(target, options=(*target.options, *options))


@pytest.mark.parametrize("user", ["12345:54321", "0:0"])
def test_any_user(target: Container, run: Run, exchange: Path, user: str) -> None:
    """As clusters do that draw a user for each namespace: no line of passwd has it."""
    result = run(_with(target, f"--user={user}"), "value", given=[1])
    result.assert_announced()
    assert (exchange / "output.json").stat().st_uid == int(user.partition(":")[0])


def test_memory_that_runs_out_is_announced(target: Container, run: Run) -> None:
    """The kernel kills the handler, not its supervisor."""
    result = run(_with(target, "--memory=64m", "--memory-swap=64m"), "fault", given={"do": "hoard"})
    result.assert_failed("fn.memory")


def test_64_megabytes_are_enough(target: Container, run: Run) -> None:
    document = json.dumps(["x" * 1000] * 5000).encode()
    result = run(_with(target, "--memory=64m", "--memory-swap=64m"), "value", given=document)
    result.assert_announced()
    assert json.loads(result.output or b"") == json.loads(document)


def test_no_more_processes(target: Container, run: Run) -> None:
    result = run(_with(target, "--pids-limit=32"), "fault", given={"do": "fork bomb"})
    message = result.assert_failed("fn.exception")
    assert message.startswith("BlockingIOError")


def test_not_even_one_process(target: Container, run: Run) -> None:
    """Room for the supervisor alone: the outcome says so."""
    result = run(_with(target, "--ulimit=nproc=1:1", "--user=65533"), "value", given=[1])
    result.assert_failed("fn.boot")


def test_a_stop_in_the_middle_of_a_run(engine: Engine, target: Container, start: Start, exchange: Path) -> None:
    """`docker stop`, as a cluster does that cancels a job: SIGTERM to process 1, and SIGKILL only after a grace."""
    process = start(_with(target, "--name=stopped"), "fault", given={"do": "tidy up"})
    wait_for_log(exchange, process, "waiting")
    engine.ask("stop", "--time=60", "stopped")
    result = finish(process, exchange)
    result.assert_failed("fn.terminated")
    assert "tidied up" in result.log


def test_a_sidecar_that_starts_the_container(target: Container, exchange: Path) -> None:
    """The emulator of the sidecar watches from outside, and finds nothing to warn about."""

    def begin(directory: Path) -> subprocess.Popen[bytes]:
        words = _with(target, f"--volume={directory}:/direktiv-data").words({})
        return subprocess.Popen([*words, "talk"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    # What ends some time after the function is the engine's client, which takes the container away first.
    report = Sidecar([], start=begin, linger_warning=300).run(b'{"lines": 2000}')
    assert report.warnings == []
    assert report.log == [f"line {number}" for number in range(2000)]


@pytest.mark.parametrize(("user", "outcome"), [("65532:65532", "fn.variable.unwritable"), ("0:0", None)])
def test_two_containers_of_a_pod(
    engine: Engine, target: Container, exchange: Path, tmp_path: Path, user: str, outcome: str | None
) -> None:
    """The emulated sidecar, as root, and the function share the exchange and nothing else; only root sets variables."""
    document = json.dumps({"set": [["workflow", "answer", "text", ""]]})
    sidecar = subprocess.Popen(
        engine.words(
            "run", "--rm", *CONFINED, f"--volume={tmp_path}:/pod", f"--volume={_BESIDE}:/beside.py:ro",
            "--workdir=/source", "--entrypoint=python3", BUILD_STAGE, "/beside.py", document,
        ),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    with sidecar, Watch(tmp_path) as watch:
        while not (tmp_path / "ready").exists():
            assert sidecar.poll() is None
            list(watch.events(1))
        function = (*CONFINED, f"--user={user}", f"--volume={exchange}:/direktiv-data", *target.command)
        engine.ask("run", "--rm", *function, "variables")
        report: dict[str, Any] = json.loads(sidecar.communicate(timeout=60)[0])
    assert report["warnings"] == []
    if outcome:
        assert (report["kind"], report["code"]) == ("error", outcome)
        assert report["variables"] == {}
    else:
        assert report["kind"] == "success"
        assert report["variables"] == {"workflow": {"answer": "ä"}}
