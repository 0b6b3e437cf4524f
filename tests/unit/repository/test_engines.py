"""docs/hosts/engines.md and docs/hosts/lambda.md: each rule has a test, and each test that is named exists."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT, TESTS

_PAGE = (ROOT / "docs" / "hosts" / "engines.md").read_text()
_ROWS = [line.split("|")[1:-1] for line in _PAGE.splitlines() if line.startswith("| ") and "| rule |" not in line]


def _tests_in(path: str) -> set[str]:
    tree = ast.parse((TESTS / f"{path}.py").read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0].strip())
def test_a_rule_has_its_tests(row: list[str]) -> None:
    names = re.findall(r"`([\w/]+)::(\w+)`", row[-1])
    assert names
    assert [f"{path}::{name}" for path, name in names if name not in _tests_in(path)] == []


def test_a_rule_of_lambda_has_tests_with_its_number() -> None:
    page = (ROOT / "docs" / "hosts" / "lambda.md").read_text()
    rules = set(re.findall(r"^\| (L\d+) \|", page, re.MULTILINE))
    names = _tests_in("hosts/aws_lambda/test_lambda") | _tests_in("hosts/aws_lambda/test_lambda_ends")
    found = {match[1].upper() for name in names if (match := re.match(r"test_(l\d+)_", name))}
    assert rules == found
