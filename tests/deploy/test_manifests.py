"""deploy/: each manifest by the published schemas, by its security profile, and by what this repository knows."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from build.core.cache import digest
from build.core.paths import CACHE
from entry.info import commands
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
_HERE = Path(__file__).parent
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


def judge(*files: Path) -> dict[str, list[dict[str, Any]]]:
    """What judge.py says, run with packages of its own."""
    packages = CACHE / "schemas" / digest([_HERE / "pins.txt", sys.version])[:16]
    if not packages.exists():
        unfinished = packages.with_suffix(f".{os.getpid()}")
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"]
        words = [
            "--require-hashes",
            "--only-binary",
            ":all:",
            "--target",
            str(unfinished),
            "-r",
            str(_HERE / "pins.txt"),
        ]
        subprocess.run([sys.executable, *install, *words], check=True)
        unfinished.rename(packages)
    command = [sys.executable, "-P", str(_HERE / "judge.py"), *map(str, files)]
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    found: dict[str, list[dict[str, Any]]] = json.loads(
        subprocess.run(command, capture_output=True, check=True, env=environment).stdout
    )
    return found


@pytest.fixture(scope="module")
def judged() -> dict[str, list[dict[str, Any]]]:
    """All of deploy/."""
    return judge(*sorted(DEPLOY.glob("*.yaml")))


def _documents(judged: dict[str, list[dict[str, Any]]], name: str) -> list[dict[str, Any]]:
    return [each["document"] for each in judged[name]]


def test_no_file_is_left_out(judged: dict[str, Any]) -> None:
    assert set(judged) == {*_JUDGED, *_READ}


@pytest.mark.parametrize("name", _JUDGED)
def test_the_schemas_have_nothing_to_say(judged: dict[str, list[dict[str, Any]]], name: str) -> None:
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


def _pods(judged: dict[str, list[dict[str, Any]]], name: str) -> list[dict[str, Any]]:
    return [each["spec"]["template"]["spec"] for each in _documents(judged, name) if each["kind"] == "Job"]


@pytest.mark.parametrize("name", ["job.yaml", "fan-out.yaml", "job-root.yaml"])
def test_the_security_profile(judged: dict[str, list[dict[str, Any]]], name: str) -> None:
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
def test_function_and_sidecar_share_the_exchange_alone(judged: dict[str, list[dict[str, Any]]], name: str) -> None:
    (pod,) = _pods(judged, name)
    function, sidecar = pod["containers"]
    assert (function["name"], sidecar["name"]) == ("function", "sidecar")
    assert function["volumeMounts"] == [{"name": "exchange", "mountPath": "/direktiv-data"}]
    assert function["volumeMounts"][0] in sidecar["volumeMounts"]
    assert function["args"][0] in _handlers()


def test_a_thousand_inputs(judged: dict[str, list[dict[str, Any]]]) -> None:
    (job,) = [each for each in _documents(judged, "fan-out.yaml") if each["kind"] == "Job"]
    assert (job["spec"]["completionMode"], job["spec"]["completions"]) == ("Indexed", 1000)


@pytest.mark.parametrize(
    ("name", "kind"), [("direktiv.yaml", "isolated"), ("direktiv-service.yaml", "knative-workflow")]
)
def test_the_workflow_of_direktiv(judged: dict[str, list[dict[str, Any]]], name: str, kind: str) -> None:
    (workflow,) = _documents(judged, name)
    assert set(workflow) <= _WORKFLOW
    assert re.fullmatch(r"[a-z][a-z0-9._-]{1,34}[a-z0-9]", workflow["id"])
    for function in workflow["functions"]:
        assert set(function) <= _FUNCTION
        assert (function["type"], function["size"] in ("small", "medium", "large")) == (kind, True)
        program, *serve, handler = shlex.split(function["cmd"].partition(" --")[0])
        assert (program, serve) == ("/fn", ["serve"] if kind != "isolated" else [])
        assert handler in _handlers()
    states = {state["id"]: state for state in workflow["states"]}
    assert len(states) == len(workflow["states"])
    for state in states.values():
        assert set(state) <= _STATE | _STATES[state["type"]]
        assert {caught["transition"] for caught in state.get("catch", ())} <= set(states)
        assert _DURATION.fullmatch(state.get("timeout", "PT1S"))
        if state["type"] == "action":
            assert state["action"]["function"] in {function["id"] for function in workflow["functions"]}


# ---- steps with `fn call` (docs/hosts.md) ----

# What Tekton and OpenFaaS take of what is used here; both refuse all else.
_TASK = {"params", "results", "steps"}
_STEP = {"name", "image", "command", "args", "securityContext"}
_OPENFAAS = {"image", "environment", "readonly_root_filesystem", "limits"}


def _assert_is_a_call(words: list[str]) -> None:
    """Each option is one of `fn call`, and the handler there."""
    program, call, handler, *options = words
    assert (Path(program).name, call) == ("fn", "call")
    assert handler in _handlers() or handler.startswith("{{")
    usage = next(line for line in commands._HELP.splitlines() if "fn call" in line)
    assert [word for word in options if word.startswith("--") and f"[{word} " not in usage] == []


def test_a_call_in_a_step_of_argo(judged: dict[str, list[dict[str, Any]]]) -> None:
    (workflow,) = _documents(judged, "argo-call.yaml")
    templates = {each["name"]: each for each in workflow["spec"]["templates"]}
    step = templates["call"]
    _assert_is_a_call([*step["container"]["command"], *step["container"]["args"]])
    assert step["outputs"]["parameters"][0]["valueFrom"]["path"] in step["container"]["args"]
    for each in templates["greet-and-echo"]["steps"]:
        named = {given["name"]: given["value"] for given in each[0]["arguments"]["parameters"]}
        assert named["handler"] in _handlers()


def test_a_call_in_a_task_of_tekton(judged: dict[str, list[dict[str, Any]]]) -> None:
    (task,) = _documents(judged, "tekton.yaml")
    assert set(task["spec"]) <= _TASK
    (step,) = task["spec"]["steps"]
    assert set(step) <= _STEP
    _assert_is_a_call([*step["command"], *step["args"]])
    assert f"$(results.{task['spec']['results'][0]['name']}.path)" in step["args"]


def test_a_call_in_a_job_of_github(judged: dict[str, list[dict[str, Any]]]) -> None:
    (workflow,) = _documents(judged, "github-actions.yaml")
    last = workflow["jobs"]["greet"]["steps"][-1]
    _assert_is_a_call(shlex.split(last["run"].splitlines()[0]))
    assert f"steps.{last['id']}.outputs.greeting" in workflow["jobs"]["greet"]["outputs"]["greeting"]


def test_a_call_for_the_watchdog_of_openfaas(judged: dict[str, list[dict[str, Any]]]) -> None:
    (stack,) = _documents(judged, "openfaas.yaml")
    (function,) = stack["functions"].values()
    assert set(function) <= _OPENFAAS
    assert function["environment"]["combine_output"] == "false"
    _assert_is_a_call(function["environment"]["fprocess"].split())


# ---- services with `fn serve` ----


def _assert_serves(container: dict[str, Any]) -> None:
    """Each option is one of `fn serve`, the handler and the paths of probes are there."""
    word, handler, *options = container["args"]
    assert (word, handler in _handlers()) == ("serve", True)
    usage = commands._HELP.partition("fn serve [HANDLER]")[2].partition("fn --list")[0]
    assert [each for each in options if each.startswith("--") and f"[{each}" not in usage] == []
    health = (ROOT / "docs" / "hosts.md").read_text()
    for probe in ("readinessProbe", "livenessProbe"):
        assert f"`{container.get(probe, container['readinessProbe'])['httpGet']['path']}`" in health


def test_a_deployment(judged: dict[str, list[dict[str, Any]]]) -> None:
    deployment, service, scaler = _documents(judged, "deployment.yaml")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    _assert_serves(container)
    drain = float(container["args"][container["args"].index("--drain") + 1])
    assert drain < pod["terminationGracePeriodSeconds"]
    assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]


def test_a_service_of_knative(judged: dict[str, list[dict[str, Any]]]) -> None:
    """No schema of Knative is published that works without a cluster: the words that it takes of those used here."""
    (service,) = _documents(judged, "knative.yaml")
    spec = service["spec"]["template"]["spec"]
    assert set(spec) <= {"containerConcurrency", "timeoutSeconds", "containers"}
    (container,) = spec["containers"]
    assert set(container) <= {"image", "args", "readinessProbe", "securityContext", "resources"}
    _assert_serves(container)


# What SAM takes of a function, of what is used here; it refuses all else.
_SAM_FUNCTION = {"CodeUri", "Handler", "Runtime", "Architectures", "MemorySize", "Timeout", "FunctionUrlConfig"}


def test_a_function_of_lambda(judged: dict[str, list[dict[str, Any]]]) -> None:
    (template,) = _documents(judged, "lambda.yaml")
    assert template["Transform"] == "AWS::Serverless-2016-10-31"
    (function,) = template["Resources"].values()
    assert (function["Type"], set(function["Properties"]) <= _SAM_FUNCTION) == ("AWS::Serverless::Function", True)
    properties = function["Properties"]
    assert properties["Handler"] in _handlers()
    assert (properties["Runtime"], properties["Architectures"]) == ("provided.al2023", ["x86_64"])
    assert (DEPLOY / properties["CodeUri"]).resolve() == ROOT / "dist" / "lambda.zip"


def _handlers() -> list[str]:
    listed = subprocess.run(
        [sys.executable, "-m", "entry", "--list"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


def test_every_pin_of_the_schemas_has_its_reason() -> None:
    rows = [line for line in (ROOT / "docs" / "dependencies.md").read_text().splitlines() if line.startswith("|")]
    names = re.findall(r"^([\w.-]+)==", (_HERE / "pins.txt").read_text(), re.MULTILINE)
    assert [
        name for name in names if not any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", row) for row in rows)
    ] == []
