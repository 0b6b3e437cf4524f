"""Find modules that no statement imports: `pkgutil.iter_modules(PACKAGE.__path__)` lists them, or a text names them.

Whoever lists the modules of a package gets all of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from build.core.paths import module_name

_LISTING = (b"iter_modules", b"walk_packages")
_BY_NAME = b"import_module"


def unseen(paths: Sequence[Path]) -> dict[str, set[str]]:
    """Return the modules in `paths`, folders of packages, that others there list or name, by the one that does."""
    found: dict[str, set[str]] = {}
    for place in paths:
        for path in sorted(place.rglob("*.py")):
            text = path.read_bytes()
            if _BY_NAME in text or any(word in text for word in _LISTING):
                name = module_name(path.relative_to(place))
                tree = _parsed(text)
                found[name] = {*_listed(paths, path, name, tree), *_named(place, name, tree)}
    return {name: modules for name, modules in found.items() if modules}


def _parsed(text: bytes) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):  # for another version of Python, or a template: nobody can import it
        return ast.Module([], [])


def _listed(paths: Sequence[Path], path: Path, name: str, tree: ast.Module) -> set[str]:
    own = name if path.name == "__init__.py" else name.rpartition(".")[0]
    if not any(word in path.read_bytes() for word in _LISTING):
        return set()
    return {module for place in paths for package in set(_packages(tree, own)) for module in _modules(place, package)}


def _packages(tree: ast.Module, own: str) -> Iterator[str]:
    """Yield the packages of whose `__path__` a module speaks; `own` is that in which it lies."""
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
        yield module_name(source.relative_to(place))


def _named(place: Path, name: str, tree: ast.Module) -> set[str]:
    """Return the modules that code imports by a text: of the package that the module with the text is in.

    As in `importlib.import_module(BACKENDS[kind])`, where BACKENDS has whole names.
    """
    inside = f"{name.partition('.')[0]}."
    if not any(isinstance(node, ast.Name | ast.Attribute | ast.alias) and _name_of(node) == "import_module"
               for node in ast.walk(tree)):  # fmt: skip
        return set()
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and text.startswith(inside) and _is_module(place, text)}


def _name_of(node: ast.Name | ast.Attribute | ast.alias) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else node.name


def _is_module(place: Path, name: str) -> bool:
    path = place / name.replace(".", "/")
    return name.replace(".", "").isidentifier() and (
        path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
    )
