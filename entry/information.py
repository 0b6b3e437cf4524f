"""Answers to the questions about the file (settings.QUESTIONS). Runs no handler."""

from __future__ import annotations

import sys

from .settings import QUESTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .registry import Handler

SBOM = "fn.cdx.json"  # the data of the file that holds the bill of materials

_HELP = """\
usage: fn [HANDLER] [--data DIR] [--timeout S] [--linger S] [--settle S]
       fn --list | --describe [HANDLER] | --doctor | --sbom | --version | --help

Runs one handler: reads input.json in the exchange directory, writes out.log and output.json or error.json there,
creates `done`, and exits with 0.

  HANDLER         FN_HANDLER     the handler to run; may be left out when there is only one
  --data DIR      FN_DATA_DIR    the exchange directory (default /direktiv-data)
  --timeout S     FN_TIMEOUT     seconds for the handler, then the error fn.timeout (default: no limit)
  --linger S      FN_LINGER      after announcing, announce again for S seconds, for a late sidecar (default 0)
  --settle S      FN_SETTLE      pause between the last log line and the announcement (default 0)
                  FN_LOG_LEVEL   debug, info, warning or error (default info)
                  FN_LOG_TEE     1: also copy log lines to stderr
                  FN_COLD        1: never restore the snapshot
                  FN_TMP_DIR     where a portable file puts its libraries if they cannot be kept in memory
  --list          the names of the handlers, one a line
  --describe      what the handlers do, as JSON
  --doctor        what this container offers a run, and the fix for what is missing
  --sbom          what the file is made of, with versions and licences: CycloneDX in JSON
  --version       the version
An argument wins over its variable.
"""


def show(arguments: Sequence[str]) -> int:
    """Prints the answer to the first question among the arguments; the exit status."""
    question = next(argument for argument in arguments if argument in QUESTIONS)
    named = [argument for argument in arguments if not argument.startswith("-")]
    if question == "--doctor":
        from . import doctor

        status = doctor.show(arguments)
        sys.stdout.flush()
        return status
    try:
        sys.stdout.write(_answer(question, named))
        sys.stdout.flush()
    except Exception as error:  # whatever a handler's module does when it is imported
        from .log import write_traceback

        if error.__cause__ is not None:
            write_traceback(error.__cause__)
        sys.stderr.write(f"fn: {error}\n")
        return 1
    return 0


def _answer(question: str, named: Sequence[str]) -> str:
    from . import __version__, registry

    if question in ("--help", "-h"):
        return _HELP
    if question == "--sbom":
        return _bill()
    if question == "--version":
        return f"fn {__version__} (Python {sys.version.split()[0]})\n"
    handlers = registry.load_all()
    if question == "--list":
        return "".join(f"{name}\n" for name in sorted(handlers))
    if question == "--index":
        index = {name: found.module for name, found in sorted(handlers.items())}
        typed = [name for name, found in sorted(handlers.items()) if found.signature.is_typed]
        return _json({"handlers": index, "typed": typed})
    wanted = [registry.find(name) for name in named] or [handlers[name] for name in sorted(handlers)]
    return _json({"version": __version__, "handlers": [_description(found) for found in wanted]})


def _bill() -> str:
    if "_fn" not in sys.builtin_module_names:
        raise LookupError("--sbom: this is the source; ask the built file what it is made of")
    import _fn

    found = _fn.data(SBOM)
    if found is None:
        raise LookupError("--sbom: the file was packed without it")
    return str(found, "utf-8") + "\n"


def _description(found: Handler) -> dict[str, object]:
    return {
        "name": found.name,
        "module": found.module,
        "documentation": _documentation(found),
        "errors": found.codes,
    }


def _documentation(found: Handler) -> str:
    own = found.function.__doc__ or getattr(sys.modules.get(found.module), "__doc__", None) or ""
    lines = [line.strip() for line in own.strip().splitlines()]
    return "\n".join(lines)


def _json(value: object) -> str:
    from json import dumps

    return dumps(value, indent=2, ensure_ascii=False) + "\n"
