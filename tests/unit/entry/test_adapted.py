"""What is adapted right after its import, by the table that does it and the names that the importer looks for."""

from __future__ import annotations

import ast
from types import ModuleType

from entry.frozen.adapted import ADAPTED, adapt
from tests.conftest import ROOT


def test_the_importer_knows_every_row() -> None:
    tree = ast.parse((ROOT / "entry" / "frozen" / "importer.py").read_bytes())
    names = [
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("_ADAPTED")
        for name in ast.literal_eval(node.value)
    ]
    assert names == list(ADAPTED)


def test_keys_of_a_context_are_unique_and_the_same_each_time() -> None:
    found = []
    for uuid in ("0e37df36-f698-11e6-8dd4-cb9ced3df976", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"):
        context = ModuleType("opentelemetry.context")
        context._SUPPRESS_KEY = f"suppress-{uuid}"  # type: ignore[attr-defined]
        context._OTHER_KEY = f"suppress-{uuid}"  # type: ignore[attr-defined]
        context.create_key = None  # type: ignore[attr-defined]
        adapt(context)
        found.append([context._SUPPRESS_KEY, context._OTHER_KEY, *(context.create_key("span") for _ in range(2))])
    assert found[0] == found[1] == ["suppress-0", "suppress-1", "span-2", "span-3"]


def test_docstrings_of_distributions_hold_no_random_numbers() -> None:
    distributions = ModuleType("scipy.stats._distribution_infrastructure")
    adapt(distributions)
    assert distributions._generate_example(object()) == ""
