"""Import handlers in a process of its own, and report as JSON what they are and what their imports did.

Started by probe.py with the names of modules, or none for all of them.
Whatever an import prints, and whatever runs as this process ends, on stdout are only the name of each module, before it
is imported, and at last that JSON, each in its line.
entry/snapshot/audit/imports.py does the watching.
"""

from __future__ import annotations

import builtins
import json
import os
import sys
import traceback
from collections.abc import Mapping

from entry.api import registry
from entry.api.errors import FunctionError
from entry.api.handler_modules import PACKAGE
from entry.info.describe import describe
from entry.snapshot.audit import imports


def main(modules: list[str]) -> None:
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]  # as in the file: no module site was loaded
    failed: dict[str, list[str]] = {}  # message and traceback, by module
    with imports.audited() as audit:
        for module in modules or registry.modules():
            answer.write(f"{module}\n")
            answer.flush()
            try:
                registry.load(module)
            except FunctionError as error:
                advice = _advice(error.__cause__, audit.variables)
                failed[module.removeprefix(f"{PACKAGE}.")] = [f"{error.message}{advice}", _trace(error.__cause__)]
    registered = sorted(registry.registered(), key=lambda each: each.name)
    handlers = [
        {
            "name": each.name, "module": each.module.removeprefix(f"{PACKAGE}."), "line": each.line,
            "codes": list(each.own_codes), "mapped": list(each.errors.values()),
            "documented": bool(each.function.__doc__ or _documentation(each.module)),
        }
        for each in registered
    ]  # fmt: skip
    found = {
        "handlers": handlers, "described": [] if failed else describe(registered),
        "typed": [each.name for each in registered if each.signature.is_typed],
        "failed": failed, "reported": audit.reported, "refused": audit.refused,
        "printed": audit.printed, "variables": audit.variables, "generators": sorted(audit.generators),
        "seeded": audit.seeded([each.module for each in registered]), "modules": _of_packages(),
    }  # fmt: skip
    answer.write(json.dumps(found))
    answer.close()


def _documentation(module: str) -> str | None:
    """Return the text at the start of a module; a module whose import has failed is gone, its handlers may be there."""
    return sys.modules[module].__doc__ if module in sys.modules else None


def _advice(cause: BaseException | None, variables: Mapping[str, str]) -> str:
    """Say what to do about a variable that an import needs, and the build's environment has not."""
    name = cause.args[0] if isinstance(cause, KeyError) and cause.args else None
    if name not in variables:
        return ""
    return " (a variable: read it in the handler or under @on_start; or set it for the build, then each run boots cold)"


def _trace(cause: BaseException | None) -> str:
    """Return the traceback without frames of entry/ and of Python's own imports."""
    ours = imports.__file__.removesuffix("snapshot/audit/imports.py")
    trace = traceback.TracebackException.from_exception(cause) if cause else None
    if not trace:
        return ""
    theirs = [frame for frame in trace.stack if not frame.filename.startswith((ours, "<frozen importlib"))]
    trace.stack = traceback.StackSummary.from_list(theirs)
    return "".join(trace.format())


def _of_packages() -> list[str]:
    """Return the modules outside of the standard library that the imports have brought, by their own names."""
    names = {name: getattr(getattr(module, "__spec__", None), "name", None) for name, module in sys.modules.items()}
    return sorted(
        name for name, own in names.items() if name == own and name.partition(".")[0] not in sys.stdlib_module_names
    )


if __name__ == "__main__":
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(sys.argv[1:])
