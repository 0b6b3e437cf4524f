"""Judge handlers' error codes: whether they have the right form, and whether those declared are those raised. Pure.

Sees the codes that stand in the source; one that is put together when it runs is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from build.analysis.staging.handler_source import Module
from build.core.paths import shown
from entry.api import errors

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_OURS = {value for value in vars(errors).values() if isinstance(value, str) and value.startswith("fn.")}
_FORM = "a code is words joined by dots, the first of them yours: greet.badInput"


@dataclass(frozen=True, order=True, slots=True)
class Diagnostic:
    """A place, what is wrong there, and what to do.

    `severity` is "error" for what would fail in production or stop the build, else "warning".
    """

    file: str
    line: int
    severity: str
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.problem}\n    {self.fix}"


@dataclass(frozen=True, slots=True)
class Handler:
    """What importing told of a handler: `module` below the package, the codes that it raises, those of exceptions."""

    name: str
    module: str
    line: int
    codes: list[str]
    mapped: list[str]
    documented: bool


def closure(name: str, modules: Mapping[str, Module]) -> set[str]:
    """Return the names of a module and of those that it imports from the folder of handlers."""
    found, left = set[str](), {name} & modules.keys()
    while left:
        found |= left
        left = {other for each in left for other in modules[each].siblings if other in modules} - found
    return found


def judge(handlers: Iterable[Handler], modules: Mapping[str, Module]) -> Iterator[Diagnostic]:
    """Yield all that is wrong with the codes of these handlers, and of the modules that they import."""
    users: dict[str, list[Handler]] = {}
    for handler in handlers:
        reached = closure(handler.module, modules)
        for name in reached:
            users.setdefault(name, []).append(handler)
        if reached:
            yield from _declared(handler, {text for name in reached for text in modules[name].texts}, modules)
    for name, those in users.items():
        own = [handler for handler in those if handler.module == name]
        yield from _raised(modules[name], own or those)


def _declared(handler: Handler, texts: set[str], modules: Mapping[str, Module]) -> Iterator[Diagnostic]:
    place = shown(modules[handler.module].path)
    for code in (*handler.codes, *handler.mapped):
        yield from _form(code, place, handler.line)
    for code in handler.codes:
        if code not in texts:
            problem = f"{handler.name} declares the code {code!r}, and nothing raises it"
            yield Diagnostic(place, handler.line, "warning", problem, "raise it, or do not declare it")


def _raised(module: Module, users: list[Handler]) -> Iterator[Diagnostic]:
    declared = {code for handler in users for code in (*handler.codes, *handler.mapped)} | _OURS
    for raised in module.raised():
        if raised.code is not None and raised.code not in declared:
            yield from _form(raised.code, shown(module.path), raised.line)
            problem = f"the code {raised.code!r} is raised, and {users[0].name} does not declare it"
            fix = f'declare it, so that authors of workflows learn of it: @handler(codes=("{raised.code}",))'
            yield Diagnostic(shown(module.path), raised.line, "warning", problem, fix)


def _form(code: str, place: str, line: int) -> Iterator[Diagnostic]:
    if not _CODE.fullmatch(code):
        yield Diagnostic(place, line, "error", f"{code!r} has not the form of a code", _FORM)
    elif code.startswith(("fn.", "direktiv.")) and code not in _OURS:
        yield Diagnostic(place, line, "error", f"codes such as {code!r} are fn's or Direktiv's own", _FORM)
    elif "." not in code:
        problem = f"the code {code!r} has no dot: a workflow that catches it may catch others"
        yield Diagnostic(place, line, "warning", problem, _FORM)
