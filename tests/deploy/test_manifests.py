"""deploy/: each manifest by the published schemas, by its security profile, and by what this repository knows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.deploy.conftest import DEPLOY, PINS, Judged, documents, handlers, judge

_JUDGED = ("job.yaml", "job-root.yaml", "fan-out.yaml", "argo.yaml", "argo-call.yaml", "deployment.yaml")
_READ = (
    "direktiv.yaml",
    "knative.yaml",
    "tekton.yaml",
    "github-actions.yaml",
    "openfaas.yaml",
    "lambda.yaml",
    "direktiv-service.yaml",
)
_DURATION = re.compile(r"P(?!$)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")

# What Direktiv 0.3.4 to 0.6.0 takes, and refuses all else. No schema of it is published that knows isolated functions.
_WORKFLOW = {"id", "name", "description", "version", "singular", "functions", "schemas", "states", "timeouts", "start"}
_FUNCTION = {"id", "type", "image", "size", "cmd", "files"}
_STATE = {"id", "type", "log", "transform", "transition", "catch"}
_STATES = {"action": {"action", "async", "timeout"}, "noop": set[str](), "error": {"error", "message", "args"}}


def test_no_file_is_left_out(judged: dict[str, Any]) -> None:
    assert set(judged) == {*_JUDGED, *_READ}


@pytest.mark.parametrize("name", _JUDGED)
def test_the_schemas_have_nothing_to_say(judged: Judged, name: str) -> None:
    assert [problem for each in judged[name] for problem in each["problems"]] == []


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("job.yaml", "backoffLimit: 0", "backoffLimits: 0", "backoffLimits"),
        ("fan-out.yaml", "completions: 1000", "completions: many", "many"),
        ("argo.yaml", "optional: true", "optinal: true", "optinal"),
        ("argo.yaml", "emptyDir: {}", "emptyDir: here", "here"),
    ],
)
def test_a_slip_would_be_found(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    text = (DEPLOY / name).read_text()
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new))
    (found,) = judge(tmp_path / name).values()
    assert any(said in problem for each in found for problem in each["problems"]), found


def _pods(judged: Judged, name: str) -> list[dict[str, Any]]:
    return [each["spec"]["template"]["spec"] for each in documents(judged, name) if each["kind"] == "Job"]


@pytest.mark.parametrize("name", ["job.yaml", "fan-out.yaml", "job-root.yaml"])
def test_the_security_profile(judged: Judged, name: str) -> None:
    """Source: the Pod Security Standards. The root one is "restricted" in all but the user."""
    (pod,) = _pods(judged, name)
    assert {key for key in pod if key.startswith("host")} == set()
    assert all({"emptyDir", "configMap", "persistentVolumeClaim"} & set(volume) for volume in pod["volumes"])
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    user = 0 if name == "job-root.yaml" else 65532
    assert pod["securityContext"]["runAsUser"] == user
    assert pod["securityContext"].get("runAsNonRoot", False) == (user != 0)
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@pytest.mark.parametrize("name", ["job.yaml", "fan-out.yaml", "job-root.yaml"])
def test_function_and_sidecar_share_the_exchange_alone(judged: Judged, name: str) -> None:
    (pod,) = _pods(judged, name)
    function, sidecar = pod["containers"]
    assert (function["name"], sidecar["name"]) == ("function", "sidecar")
    assert function["volumeMounts"] == [{"name": "exchange", "mountPath": "/direktiv-data"}]
    assert function["volumeMounts"][0] in sidecar["volumeMounts"]
    assert function["args"][0] in handlers()


def test_a_thousand_inputs(judged: Judged) -> None:
    (job,) = [each for each in documents(judged, "fan-out.yaml") if each["kind"] == "Job"]
    assert (job["spec"]["completionMode"], job["spec"]["completions"]) == ("Indexed", 1000)


@pytest.mark.parametrize(
    ("name", "kind"), [("direktiv.yaml", "isolated"), ("direktiv-service.yaml", "knative-workflow")]
)
def test_the_workflow_of_direktiv(judged: Judged, name: str, kind: str) -> None:
    (workflow,) = documents(judged, name)
    assert set(workflow) <= _WORKFLOW
    assert re.fullmatch(r"[a-z][a-z0-9._-]{1,34}[a-z0-9]", workflow["id"])
    for function in workflow["functions"]:
        assert set(function) <= _FUNCTION
        assert (function["type"], function["size"] in ("small", "medium", "large")) == (kind, True)
        program, *serve, handler = shlex.split(function["cmd"].partition(" --")[0])
        assert (program, serve) == ("/fn", ["serve"] if kind != "isolated" else [])
        assert handler in handlers()
    states = {state["id"]: state for state in workflow["states"]}
    assert len(states) == len(workflow["states"])
    for state in states.values():
        assert set(state) <= _STATE | _STATES[state["type"]]
        assert {caught["transition"] for caught in state.get("catch", ())} <= set(states)
        assert _DURATION.fullmatch(state.get("timeout", "PT1S"))
        if state["type"] == "action":
            assert state["action"]["function"] in {function["id"] for function in workflow["functions"]}


def test_every_pin_of_the_schemas_has_its_reason() -> None:
    rows = [line for line in (ROOT / "docs" / "dependencies.md").read_text().splitlines() if line.startswith("|")]
    names = re.findall(r"^([\w.-]+)==", (PINS).read_text(), re.MULTILINE)
    assert [
        name for name in names if not any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", row) for row in rows)
    ] == []
