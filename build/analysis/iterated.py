"""Modules that no statement imports: those that `pkgutil.iter_modules(PACKAGE.__path__)` lists, or a text names.

Whoever lists the modules of a package gets all of them. Called by fn.spec, for packages of an author's requirements.
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


def named(places: Sequence[Path], pure: Iterable[Entry]) -> set[str]:
    """The modules in `places` that code imports by a text: of the package that the module with the text is in.

    As in `importlib.import_module(BACKENDS[kind])`, where BACKENDS has whole names.
    """
    found = set[str]()
    for name, source, _ in pure:
        path = Path(source or "-")
        place = next((place for place in places if path.is_relative_to(place)), None)
        if place is None or b"import_module" not in path.read_bytes():
            continue
        inside = f"{name.partition('.')[0]}."
        texts = {node.value for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Constant)}
        found.update(
            text for text in texts if isinstance(text, str) and text.startswith(inside) and _is_module(place, text)
        )
    return found


def _is_module(place: Path, name: str) -> bool:
    path = place / name.replace(".", "/")
    return name.replace(".", "").isidentifier() and (
        path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
    )
