"""Find modules that no statement imports: `pkgutil.iter_modules(PACKAGE.__path__)` lists them, or a text names them.

Whoever lists the modules of a package gets all of them. A package that holds data alone is one of these, too: code gets
at it by its name or by its path, and both are often put together at run time, so it belongs to the package around it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from build.analysis.data.data_files import says_something
from build.analysis.imports.statements import parsed
from build.core.paths import module_name

_LISTING = (b"iter_modules", b"walk_packages")
_WITH_OBJECT = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_][\w.]*")  # "celery.loaders.app:AppLoader", as entry points are
_WITH_OBJECT_IN_SOURCE = re.compile(rb"[\"'][A-Za-z_]\w*\.[\w.]*:[A-Za-z_]")
_BY_NAME = ("import_module", "resources", "importlib.resources", "importlib_resources", "pkg_resources")


def unseen(paths: Sequence[Path]) -> dict[str, set[str]]:
    """Return the modules in `paths`, folders of packages, that others there list or name, by the one that does."""
    found: dict[str, set[str]] = {}
    for place in paths:
        for path in sorted(place.rglob("*.py")):
            text = path.read_bytes()
            if any(word in text for word in (b"import_module", b"resources", *_LISTING)) or (
                _WITH_OBJECT_IN_SOURCE.search(text)
            ):
                name = module_name(path.relative_to(place))
                tree = parsed(text)
                own = name if path.name == "__init__.py" else name.rpartition(".")[0]
                found[name] = {*_listed(paths, path, own, tree), *_named(place, name, own, tree)}
        for package, around in _of_data(place):
            found.setdefault(around, set()).add(package)
    return {name: modules for name, modules in found.items() if modules}


def _listed(paths: Sequence[Path], path: Path, own: str, tree: ast.Module) -> set[str]:
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


def _named(place: Path, name: str, own: str, tree: ast.Module) -> set[str]:
    """Return the modules that code imports by a text: of the package that the module with the text is in.

    As in `importlib.import_module(BACKENDS[kind])`, where BACKENDS has whole names, or names in the package `own` if
    that is given, too; in `resources.files("x.fonts")`; and wherever a text names an object of a module, `"x.y:Z"`.
    """
    inside = f"{name.partition('.')[0]}."
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names = {found[1] for text in texts if (found := _WITH_OBJECT.fullmatch(text))}
    if any(_name_of(node) in _BY_NAME for node in ast.walk(tree)):
        names |= texts
    if any(map(_is_relative, ast.walk(tree))):
        names |= {f"{own}.{text.lstrip('.')}" for text in texts}
    return {each for each in names if each.startswith(inside) and _is_module(place, each)}


def _is_relative(node: ast.AST) -> bool:
    """Tell whether this is `import_module(name, package)`."""
    return isinstance(node, ast.Call) and _name_of(node.func) == "import_module" and len(node.args + node.keywords) == 2


def _name_of(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) | ast.ImportFrom(module=name):
            return name
    return None


def _is_module(place: Path, name: str) -> bool:
    path = place / name.replace(".", "/")
    return all(part.isidentifier() for part in name.split(".")) and (
        path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
    )


def _of_data(place: Path) -> Iterator[tuple[str, str]]:
    """Yield packages in packages that have files to read and no module but `__init__.py`, with the package around."""
    for source in place.rglob("*/__init__.py"):
        folder = source.parent
        is_inside = folder.parent != place and (folder.parent / "__init__.py").is_file()
        if is_inside and not _has_modules(folder) and any(map(says_something, folder.rglob("*"))):
            yield module_name(source.relative_to(place)), module_name(folder.parent.relative_to(place) / "__init__.py")


def _has_modules(folder: Path) -> bool:
    return any(each.suffix in (".py", ".so") and each.name != "__init__.py" for each in folder.iterdir())
