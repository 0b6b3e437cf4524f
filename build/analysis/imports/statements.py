"""Read import statements: what they may mean, and what of a source the analysis depends on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from importlib.util import resolve_name
from pathlib import Path

# Whoever has these words may import by other means than statements, or load libraries.
_OTHER_MEANS = re.compile(rb"__import__|importlib|ctypes|cffi|pkg_resources|pkgutil|runpy|__path__|\beval\b|\bexec\b")

_COMMAND_LINES = {"_main", "_test", "main", "test"}  # functions of a module that it calls itself, when it is a script


def parsed(content: bytes) -> ast.Module:
    """Return the tree of a source; an empty one for what no import can read: another Python's, or a template."""
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def imported_by(source: Path, name: str, *, inside_functions: bool = False, as_library: bool = False) -> set[str]:
    """Return what the import statements of a module, or of its functions only, may mean: modules, names in modules.

    `as_library`: but those for its own command line.
    """
    nodes = list(_nodes(parsed(source.read_bytes()), as_library=as_library))
    if inside_functions:
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        nodes = [node for function in functions for node in ast.walk(function)]
    return _meant(nodes, source, name)


def all_imports(source: Path, name: str) -> set[str] | None:
    """Return what all import statements of a module may mean, or None if it may import by other means."""
    content = source.read_bytes()
    return None if _OTHER_MEANS.search(content) else _meant(ast.walk(parsed(content)), source, name)


def _meant(nodes: Iterable[ast.AST], source: Path, name: str) -> set[str]:
    package = name if source.name == "__init__.py" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            try:
                base = resolve_name("." * node.level + (node.module or ""), package)
            except ImportError:  # it leads out of the package around all: whoever tries it goes on with another
                continue
            found |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return found


def _nodes(tree: ast.AST, *, as_library: bool) -> Iterator[ast.AST]:
    left = [tree]
    while left:
        node = left.pop()
        if not (as_library and _is_command_line(node)):
            yield node
            left += ast.iter_child_nodes(node)


def _is_command_line(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in _COMMAND_LINES
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def signature(source: Path) -> str:
    """Return what an analysis can depend on of a source: its import statements, each with the `try` around it, or all.

    Names that a package's own module defines count, too: `from package import name` may mean one, or a module.
    """
    content = source.read_bytes()
    if source.name == "__init__.py" or _OTHER_MEANS.search(content):
        return content.hex()
    signed: list[str] = []
    left: list[tuple[ast.AST, str]] = [(parsed(content), "")]
    while left:
        node, around = left.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            signed.append(f"{around}{ast.unparse(node)}")
        inside = f"try {around}" if isinstance(node, ast.Try | ast.TryStar) else around
        left += [(child, inside) for child in ast.iter_child_nodes(node)]
    return "\n".join(signed)
