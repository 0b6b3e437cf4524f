"""Judges manifests by published schemas: prints, as JSON, what each document of the given files is and what is wrong.

Runs apart from the tests, with the packages of pins.txt: Kubernetes' own schemas, strictly; those of Argo Workflows
from its models, made as strict. What is of neither, such as a workflow of Direktiv or a task of Tekton, is only read.
"""

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped, import-not-found, unused-ignore]
import kubernetes_validate  # type: ignore[import-not-found]
import yaml  # type: ignore[import-untyped, import-not-found, unused-ignore]
from hera.workflows.models import Workflow  # type: ignore[import-not-found]

KUBERNETES = "1.31"  # the oldest that the manifests are for


def _strict(schema: Any) -> Any:
    """The same schema, by which unknown keys are wrong."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            _strict(value)
    elif isinstance(schema, list):
        for value in schema:
            _strict(value)
    return schema


def _problems(document: dict[str, Any]) -> list[str]:
    kind = document.get("apiVersion", "")
    if kind.startswith("argoproj.io/"):
        found = jsonschema.Draft202012Validator(_strict(Workflow.model_json_schema(by_alias=True))).iter_errors(
            document
        )
        return [f"{error.json_path}: {error.message}" for error in found]
    if not kind or kind.startswith(("tekton.dev/", "serving.knative.dev/")):
        return []
    try:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{error.json_path}: {error.message}"]
    return []


judged: dict[str, list[dict[str, Any]]] = {}
for name in sys.argv[1:]:
    documents = list(yaml.safe_load_all(Path(name).read_text()))
    judged[Path(name).name] = [{"document": document, "problems": _problems(document)} for document in documents]
print(json.dumps(judged))
