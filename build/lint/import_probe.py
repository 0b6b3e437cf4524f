"""Imports handlers in a process of its own and tells, as JSON, what they are and what their imports did.

Started by build/lint/runner.py with the names of modules; writes nothing else to stdout. entry/snapshot/import_audit.py
does the watching.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from pathlib import Path

from entry.api import registry
from entry.api.errors import FunctionError
from entry.snapshot import import_audit


def main(modules: list[str]) -> None:
    heard: list[tuple[str, str]] = []  # by place
    refused: list[tuple[str, str]] = []  # generators of random numbers, by name
    failed: dict[str, str] = {}
    before, descriptors = threading.active_count(), _descriptors()
    with (
        contextlib.redirect_stdout(sys.stderr),
        contextlib.suppress(SystemExit),  # what the watch refuses by it has been heard
        import_audit.imports(lambda place, what: (heard if ".py:" in place else refused).append((place, what))),
    ):
        for module in modules:
            try:
                registry.load(f"{registry.PACKAGE}.{module}")
            except FunctionError as error:
                failed[module] = error.message
    left = {"threads": threading.active_count() - before, "files": len(_descriptors() - descriptors)}
    handlers = [
        {
            "name": each.name, "module": each.module.removeprefix(f"{registry.PACKAGE}."), "line": each.line,
            "codes": list(each.own_codes), "mapped": list(each.errors.values()),
            "documented": bool(each.function.__doc__ or sys.modules[each.module].__doc__),
        }
        for each in registry.registered()
    ]  # fmt: skip
    json.dump({"handlers": handlers, "failed": failed, "heard": heard, "refused": refused, "left": left}, sys.stdout)


def _descriptors() -> set[str]:
    """The open ones, but that of the look itself."""
    return {path.name for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}


if __name__ == "__main__":
    main(sys.argv[1:])
