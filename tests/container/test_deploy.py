"""The pods of deploy/, run for real: the function of the image and its sidecar, under the limits of the manifest."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.container.engine import Engine
from tests.container.pod import run_pod
from tests.deploy.conftest import DEPLOY, judge

_JOBS = ("job.yaml", "job-root.yaml", "fan-out.yaml")


@pytest.fixture(scope="module")
def pods(engine: Engine, catalogue: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The pod of each job, with images of the names that it asks for."""
    engine.ask("tag", catalogue, "example/fn:1.0")
    programs = tmp_path_factory.mktemp("busybox") / "bin"
    programs.mkdir()
    shutil.copy("/bin/busybox", programs)
    for name in subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True).stdout.split():
        if name != "busybox":
            (programs / name).symlink_to("busybox")
    packed = subprocess.run(["tar", "-c", "-C", programs.parent, "bin"], capture_output=True, check=True).stdout
    engine.ask("import", "--change=ENV PATH=/bin", "-", "busybox:1.37", given=packed)
    judged = judge(*(DEPLOY / name for name in _JOBS))
    return {
        name: each["document"]["spec"]["template"]["spec"]
        for name, documents in judged.items()
        for each in documents
        if each["document"]["kind"] == "Job"
    }


@pytest.mark.parametrize("name", ["job.yaml", "job-root.yaml"])
@pytest.mark.parametrize(
    ("document", "status", "outcome"),
    [
        ('{"name": "Ada"}', 0, {"greeting": "Hello, Ada!"}),
        ("{}", 1, {"code": "greet.badInput"}),
        ("no JSON", 1, {"code": "fn.input.invalid"}),
    ],
)
def test_a_job(
    engine: Engine, pods: dict[str, Any], tmp_path: Path, name: str, document: str, status: int, outcome: dict[str, str]
) -> None:
    ended = run_pod(engine, pods[name], tmp_path, {"input.json": document}, {})
    assert ended["function"].status == 0
    assert ended["sidecar"].status == status, ended
    assert outcome.items() <= json.loads(ended["sidecar"].message).items()
    if status == 0:
        assert "greeting Ada" in ended["sidecar"].printed


def test_runs_of_many_inputs(engine: Engine, pods: dict[str, Any], tmp_path: Path) -> None:
    inputs = "".join(json.dumps(each) + "\n" for each in ({"name": "one"}, {}, {"name": "three"}))
    statuses = []
    for index in range(3):
        folder = tmp_path / str(index)
        (folder / "volumes").mkdir(parents=True)
        (tmp_path / "outcomes").mkdir(exist_ok=True)
        (folder / "volumes" / "outcomes").symlink_to(tmp_path / "outcomes")
        ended = run_pod(
            engine, pods["fan-out.yaml"], folder, {"inputs.jsonl": inputs}, {"JOB_COMPLETION_INDEX": str(index)}
        )
        statuses.append((ended["function"].status, ended["sidecar"].status))
    assert statuses == [(0, 0), (0, 1), (0, 0)]
    outcomes = {path.name: json.loads(path.read_bytes()) for path in (tmp_path / "outcomes").iterdir()}
    assert set(outcomes) == {"0.output.json", "1.error.json", "2.output.json"}
    assert outcomes["2.output.json"] == {"greeting": "Hello, three!"}
    assert outcomes["1.error.json"]["code"] == "greet.badInput"
