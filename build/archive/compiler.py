"""Compile modules in a process of its own: `python -m build.archive.compiler`, tasks in JSON on its standard input.

The bytes of marshalled code depend on which names are in memory elsewhere, so this process imports the same few modules
each time, and forgets a module before it takes the next one.
"""

from __future__ import annotations

import ast
import json
import marshal
import os
import sys
from pathlib import Path
from types import CodeType


def compile_module(source: Path, place: str, target: Path, *, is_bare: bool) -> None:
    """Write the module's code; `place` is the name of its file in tracebacks, `is_bare`: without docstrings."""
    text = source.read_bytes()
    tree = _without_docstrings(ast.parse(text)) if is_bare else None
    code: CodeType = compile(tree or text, place, "exec", dont_inherit=True, optimize=0)
    del tree
    marshalled = marshal.dumps(code)
    del code
    unfinished = target.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(marshal.dumps(marshal.loads(marshalled)))  # noqa: S302  # of this build
    unfinished.rename(target)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body[:1] = [] if node.body[1:] else [ast.copy_location(ast.Pass(), first)]
    return tree


if __name__ == "__main__":
    for source, place, target, is_bare in json.load(sys.stdin):
        compile_module(Path(source), place, Path(target), is_bare=is_bare)
