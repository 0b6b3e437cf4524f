"""Read a handler's source without running it: what names stand for, and which codes it raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from build.core.paths import module_name
from entry.api.handler_modules import PACKAGE

_ERRORS = {"entry.FunctionError", "entry.api.errors.FunctionError"}


class Raised(NamedTuple):
    """The code of one `FunctionError(...)`, as far as it can be seen; None: it is put together when it runs."""

    code: str | None
    line: int


class Module:
    """One module: `name` is its name below the package, `greet` or `folder._part`. Raises SyntaxError."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self.tree = ast.parse(path.read_bytes(), str(path))

    @cached_property
    def names(self) -> dict[str, str]:
        """What imported names stand for: `environ` for `os.environ`."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name if alias.asname else alias.name.partition(".")[0]
                    found[alias.asname or root] = root
            elif isinstance(node, ast.ImportFrom):
                package = self._package(node)
                found.update({alias.asname or alias.name: f"{package}.{alias.name}" for alias in node.names})
        return found

    def _package(self, node: ast.ImportFrom) -> str:
        above = [PACKAGE, *self.name.split(".")][: -node.level] if node.level else []
        return ".".join([*above, *([node.module] if node.module else [])])

    @cached_property
    def siblings(self) -> set[str]:
        """The modules of handlers that it imports, by their names below the package, and names in them."""
        whole = {alias.name for node in ast.walk(self.tree) if isinstance(node, ast.Import) for alias in node.names}
        found = {name[len(PACKAGE) + 1 :] for name in whole | {*self.names.values()} if name.startswith(f"{PACKAGE}.")}
        return found | {name.rpartition(".")[0] for name in found if "." in name}

    def dotted(self, node: ast.expr) -> str:
        """Return the full name that an expression stands for, `os.environ`; `builtins.` what is not imported."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, f"builtins.{node.id}")
        if isinstance(node, ast.Attribute):
            inner = self.dotted(node.value)
            return f"{inner}.{node.attr}" if inner else ""
        return ""

    def raised(self) -> Iterator[Raised]:
        """Yield the codes of all its `FunctionError(...)`; an error without a code is left out."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and self.dotted(node.func) in _ERRORS:
                given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "code")]
                for code in given:
                    yield from (Raised(text, node.lineno) for text in self._texts_of(code))

    def _texts_of(self, node: ast.expr) -> Iterator[str | None]:
        if isinstance(node, ast.IfExp):
            yield from self._texts_of(node.body)
            yield from self._texts_of(node.orelse)
        elif not isinstance(node, ast.Constant):
            yield self._constants.get(node.id) if isinstance(node, ast.Name) else None
        elif node.value is not None:
            yield str(node.value)

    @cached_property
    def _constants(self) -> dict[str, str]:
        """Texts with a name: `CODE = "greet.badInput"`."""
        found = {}
        for node in self.tree.body:
            text = node.value.value if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) else None
            if isinstance(node, ast.Assign) and isinstance(text, str):
                found.update({each.id: text for each in node.targets if isinstance(each, ast.Name)})
        return found

    @cached_property
    def texts(self) -> set[str]:
        """Every text in it but those in decorators, which declare codes."""
        functions = [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        declaring = {
            id(part) for each in functions for decorator in each.decorator_list for part in ast.walk(decorator)
        }
        return {
            node.value
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in declaring
        }


def modules_of(handlers: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files of all modules in a folder of handlers, with their names below the package."""
    for path in sorted(handlers.rglob("*.py")):
        own = path.relative_to(handlers)
        if not any(part.startswith(".") for part in own.parts):
            yield path, module_name(own)
