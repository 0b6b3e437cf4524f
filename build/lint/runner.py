"""Check handlers without building the file or running one (`python3 build check`).

From their source (error_codes.py) and from importing them in a process of its own
(build/analysis/staging/import_probe.py), which the build does too: so both say the same of what an import does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from build.analysis.staging.handler_source import Module, modules_of
from build.analysis.staging.probe import imported
from build.analysis.staging.source_tree import Source, staged
from build.core.console import counted, step
from build.core.errors import BuildError
from build.core.paths import LIST, found_tests, no_handlers, no_such_handler, shown, tests_of
from build.lint import error_codes
from build.lint.error_codes import Diagnostic, Handler, closure
from entry.api.handler_modules import PACKAGE
from entry.api.registry import canonical

_PLACE = re.compile(r"(?P<file>.+?\.py):(?P<line>\d+): (?P<text>.*)", re.DOTALL)


def check(handlers: Path, requirements: Path | None, names: Sequence[str]) -> int:
    """Print the diagnostics of all handlers, or of the named ones; raise BuildError if there are errors."""
    with step("handlers") as line:
        count, found = examine(handlers, requirements, names)
        if not count and not found:
            raise no_handlers(handlers)
        line.note(f"{count} checked, {counted(len(found), 'finding')}")
    for diagnostic in found:
        print(diagnostic, flush=True)
    errors = sum(diagnostic.severity == "error" for diagnostic in found)
    if errors:
        raise BuildError(f"check: {counted(errors, 'error')}")
    return 0


def examine(handlers: Path, requirements: Path | None, names: Sequence[str]) -> tuple[int, list[Diagnostic]]:
    """Return how many handlers were checked, and the diagnostics in order; raise BuildError for an unknown name."""
    modules, found = _parsed(handlers)
    with staged(handlers, requirements) as source:
        imported = _import(source, [f"{PACKAGE}.{name}" for name in sorted(modules) if _is_imported_by_builds(name)])
        found += _of_import(imported, source, handlers, {(each.file, each.line) for each in found})
    registered = [Handler(**each) for each in imported["handlers"]]
    chosen = [each for each in registered if not names or each.name in map(canonical, names)]
    failed = {*imported["failed"], *(Path(each.file).stem for each in found)}
    for name in map(canonical, names):
        if name not in {each.name for each in chosen} and name.replace("-", "_") not in failed:
            raise no_such_handler(handlers, name, [each.name for each in registered])
    found += error_codes.judge(registered, modules)
    for each in chosen:
        found += _description(each, handlers, modules)
    if names:
        stems = {each.module for each in chosen} | {canonical(name).replace("-", "_") for name in names}
        asked = {shown(modules[name].path) for stem in stems for name in closure(stem, modules)}
        asked |= {shown(handlers / f"{stem}.py") for stem in stems} | {shown(handlers)}  # the folder: of all
        found = [each for each in found if each.file in asked]
    return len(chosen), sorted(set(found))


def _is_imported_by_builds(name: str) -> bool:
    """Tell whether a build imports the module itself; what lies deeper is a handler's to import, or a script."""
    return name != "" and not name.startswith("_") and "." not in name


def _parsed(handlers: Path) -> tuple[dict[str, Module], list[Diagnostic]]:
    """Return the modules by name, and what their source shows."""
    modules, found = {}, []
    for path, name in modules_of(handlers):
        try:
            modules[name] = Module(path, name)
        except (SyntaxError, ValueError) as error:
            line, text = getattr(error, "lineno", None) or 1, getattr(error, "msg", error)
            found.append(Diagnostic(shown(path), line, "error", f"{type(error).__name__}: {text}", "correct it"))
    return modules, found


def _import(source: Source, modules: list[str]) -> dict[str, Any]:
    return imported(source.command(), modules, source.stage, source.environment, source.shown)


def _of_import(
    imported: dict[str, Any], source: Source, handlers: Path, known: set[tuple[str, int]]
) -> Iterator[Diagnostic]:
    """Yield what importing showed, except at lines that are known to be wrong already."""
    for message, _ in imported["failed"].values():
        diagnostic = _at(source.shown(message), handlers, "error", "correct it: the build imports every handler")
        if "ModuleNotFoundError" in message:
            diagnostic = _at(source.shown(message), handlers, "error", "name its package in a file for --requirements")
        if (diagnostic.file, diagnostic.line) not in known:
            yield diagnostic
    for severity, listed in (("warning", imported["reported"]), ("error", imported["refused"])):
        for place, text in listed:
            what, _, fix = text.partition(": ")
            diagnostic = _at(f"{source.shown(place)}: {what}", handlers, severity, fix)
            if (diagnostic.file, diagnostic.line) not in known:
                yield diagnostic


def _at(message: str, handlers: Path, severity: str, fix: str) -> Diagnostic:
    """Return a diagnostic from a message that begins with its place, or with the name of a module."""
    match = _PLACE.fullmatch(message)
    if match is None:
        return Diagnostic(shown(handlers), 1, severity, message, fix)
    file = match["file"]
    if file.startswith(f"{PACKAGE}/"):
        file = shown(handlers / file.removeprefix(f"{PACKAGE}/"))
    return Diagnostic(file, int(match["line"]), severity, match["text"], fix)


def _description(handler: Handler, handlers: Path, modules: dict[str, Module]) -> Iterator[Diagnostic]:
    """Check the docstring, the tests, and the line in the list."""
    module = modules.get(handler.module)
    place = shown(module.path) if module else shown(handlers)
    if not handler.documented:
        fix = 'begin the module or the function with """What it does: `{...}` gives `{...}`."""'
        yield Diagnostic(place, handler.line, "warning", f"{handler.name} has no description for fn --describe", fix)
    if module and handler.name == canonical(handler.module) and not found_tests(handlers, handler.name):
        fix = f"write them into {shown(tests_of(handlers))}/test_{handler.module}.py (docs/testing.md)"
        yield Diagnostic(place, handler.line, "warning", f"{handler.name} has no tests", fix)
    listed = handlers / LIST
    if listed.is_file() and f"`{handler.name}`" not in listed.read_text(encoding="utf-8"):
        fix = f"add one: | `{handler.name}` | What it does. |"
        yield Diagnostic(place, handler.line, "warning", f"{handler.name} has no line in {shown(listed)}", fix)
