"""deploy/: who starts the file otherwise: calls in steps of engines, services, a function of Lambda."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from entry.info import commands
from tests.conftest import ROOT
from tests.deploy.conftest import DEPLOY, Judged, documents, handlers

# ---- steps with `fn call` (docs/hosts.md) ----

# What Tekton and OpenFaaS take of what is used here; both refuse all else.
_TASK = {"params", "results", "steps"}
_STEP = {"name", "image", "command", "args", "securityContext"}
_OPENFAAS = {"image", "environment", "readonly_root_filesystem", "limits"}


def _assert_is_a_call(words: list[str]) -> None:
    """Each option is one of `fn call`, and the handler there."""
    program, call, handler, *options = words
    assert (Path(program).name, call) == ("fn", "call")
    assert handler in handlers() or handler.startswith("{{")
    usage = next(line for line in commands._HELP.splitlines() if "fn call" in line)
    assert [word for word in options if word.startswith("--") and f"[{word} " not in usage] == []


def test_a_call_in_a_step_of_argo(judged: Judged) -> None:
    (workflow,) = documents(judged, "argo-call.yaml")
    templates = {each["name"]: each for each in workflow["spec"]["templates"]}
    step = templates["call"]
    _assert_is_a_call([*step["container"]["command"], *step["container"]["args"]])
    assert step["outputs"]["parameters"][0]["valueFrom"]["path"] in step["container"]["args"]
    for each in templates["greet-and-echo"]["steps"]:
        named = {given["name"]: given["value"] for given in each[0]["arguments"]["parameters"]}
        assert named["handler"] in handlers()


def test_a_call_in_a_task_of_tekton(judged: Judged) -> None:
    (task,) = documents(judged, "tekton.yaml")
    assert set(task["spec"]) <= _TASK
    (step,) = task["spec"]["steps"]
    assert set(step) <= _STEP
    _assert_is_a_call([*step["command"], *step["args"]])
    assert f"$(results.{task['spec']['results'][0]['name']}.path)" in step["args"]


def test_a_call_in_a_job_of_github(judged: Judged) -> None:
    (workflow,) = documents(judged, "github-actions.yaml")
    last = workflow["jobs"]["greet"]["steps"][-1]
    _assert_is_a_call(shlex.split(last["run"].splitlines()[0]))
    assert f"steps.{last['id']}.outputs.greeting" in workflow["jobs"]["greet"]["outputs"]["greeting"]


def test_a_call_for_the_watchdog_of_openfaas(judged: Judged) -> None:
    (stack,) = documents(judged, "openfaas.yaml")
    (function,) = stack["functions"].values()
    assert set(function) <= _OPENFAAS
    assert function["environment"]["combine_output"] == "false"
    _assert_is_a_call(function["environment"]["fprocess"].split())


# ---- services with `fn serve` ----


def _assert_serves(container: dict[str, Any]) -> None:
    """Each option is one of `fn serve`, the handler and the paths of probes are there."""
    word, handler, *options = container["args"]
    assert (word, handler in handlers()) == ("serve", True)
    usage = commands._HELP.partition("fn serve [HANDLER]")[2].partition("fn --list")[0]
    assert [each for each in options if each.startswith("--") and f"[{each}" not in usage] == []
    health = (ROOT / "docs" / "hosts.md").read_text()
    for probe in ("readinessProbe", "livenessProbe"):
        assert f"`{container.get(probe, container['readinessProbe'])['httpGet']['path']}`" in health


def test_a_deployment(judged: Judged) -> None:
    deployment, service, scaler = documents(judged, "deployment.yaml")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    _assert_serves(container)
    drain = float(container["args"][container["args"].index("--drain") + 1])
    assert drain < pod["terminationGracePeriodSeconds"]
    assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]


def test_a_service_of_knative(judged: Judged) -> None:
    """No schema of Knative is published that works without a cluster: the words that it takes of those used here."""
    (service,) = documents(judged, "knative.yaml")
    spec = service["spec"]["template"]["spec"]
    assert set(spec) <= {"containerConcurrency", "timeoutSeconds", "containers"}
    (container,) = spec["containers"]
    assert set(container) <= {"image", "args", "readinessProbe", "securityContext", "resources"}
    _assert_serves(container)


# What SAM takes of a function, of what is used here; it refuses all else.
_SAM_FUNCTION = {"CodeUri", "Handler", "Runtime", "Architectures", "MemorySize", "Timeout", "FunctionUrlConfig"}


def test_a_function_of_lambda(judged: Judged) -> None:
    (template,) = documents(judged, "lambda.yaml")
    assert template["Transform"] == "AWS::Serverless-2016-10-31"
    (function,) = template["Resources"].values()
    assert (function["Type"], set(function["Properties"]) <= _SAM_FUNCTION) == ("AWS::Serverless::Function", True)
    properties = function["Properties"]
    assert properties["Handler"] in handlers()
    assert (properties["Runtime"], properties["Architectures"]) == ("provided.al2023", ["x86_64"])
    assert (DEPLOY / properties["CodeUri"]).resolve() == ROOT / "dist" / "lambda.zip"
