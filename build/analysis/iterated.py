"""Packages whose modules are listed at run time: `pkgutil.iter_modules(PACKAGE.__path__)` and the like.

No statement imports what such code finds, so whoever names a package's `__path__` there gets all modules of it. Called
by fn.spec.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from build.analysis.graph import Entry

_LISTING = ("iter_modules", "walk_packages")


def listed(places: Sequence[Path], pure: Iterable[Entry]) -> set[str]:
    """The modules in `places`, folders of packages, that modules of the analysis from there list."""
    found = set[str]()
    for name, source, _ in pure:
        path = Path(source or "-")
        if not any(path.is_relative_to(place) for place in places):
            continue
        text = path.read_bytes()
        if any(word.encode() in text for word in _LISTING):
            for package in _packages(ast.parse(text), name if path.name == "__init__.py" else name.rpartition(".")[0]):
                found.update(module for place in places for module in _modules(place, package))
    return found


def _packages(tree: ast.Module, own: str) -> Iterator[str]:
    """The packages of whose `__path__` a module speaks; `own` is that in which it lies."""
    meaning = {"__package__": own}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            meaning.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and not node.level:
            meaning.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "__path__":
            name = ast.unparse(node.value)
            yield meaning.get(name, name)
        elif isinstance(node, ast.Name) and node.id == "__path__":
            yield own


def _modules(place: Path, package: str) -> Iterator[str]:
    folder = place / package.replace(".", "/")
    for source in folder.rglob("*.py"):
        yield ".".join(source.relative_to(place).with_suffix("").parts).removesuffix(".__init__")
