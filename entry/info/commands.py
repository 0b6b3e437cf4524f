"""Answer the questions about the file (build/boot/shared/settings.c lists them). Run no handler."""

from __future__ import annotations

import posix
import sys

from ..frozen import IS_FILE

DESCRIPTION = "description.json"  # in the archive: the answer to --describe
SBOM = "fn.cdx.json"  # the data of the file that holds the SBOM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..runtime.settings import Settings

_HELPS = ("--help", "-h")
_HELP = """\
usage: fn [HANDLER] [--data DIR] [--timeout S] [--linger S] [--settle S]
       fn call [HANDLER] [--input FILE|-|JSON] [--output FILE|-] [--log FILE] [--error FILE] [--timeout S] [--quiet]
       fn serve [HANDLER] [--port N] [--address A] [--workers N] [--spares N] [--queue N] [--max-body SIZE]
                [--timeout S] [--drain S] [--log-format F] [--access-log] [--metrics-port N] [--private-tmp]
       fn --list | --describe [--workflow] [HANDLER] | --doctor | --sbom | --version | --help

Runs one handler: reads input.json in the exchange directory, writes out.log and output.json or error.json there,
creates `done`, and exits with 0.

  HANDLER         FN_HANDLER     the handler to run; may be left out if there is only one
  --data DIR      FN_DATA_DIR    the exchange directory (default /direktiv-data)
  --timeout S     FN_TIMEOUT     seconds for the handler, then the error fn.timeout (default: no limit)
  --linger S      FN_LINGER      after announcing, announce again for S seconds, for a late sidecar (default 0)
  --settle S      FN_SETTLE      pause between the last log line and the announcement (default 0)
                  FN_LOG_LEVEL   debug, info, warning or error (default info)
                  FN_LOG_TEE     1: also copy log lines to stderr
                  FN_COLD        1: never restore the snapshot
                  FN_TMP_DIR     where a portable file puts its libraries if they cannot be kept in memory
  --list          the names of the handlers, one a line
  --describe      what the handlers do, as JSON: documentation, JSON Schemas of input and output, error codes
  --workflow      with --describe: a workflow of Direktiv that calls them, to start from
  --doctor        what this container offers a run, and the fix for what is missing
  --sbom          what the file is made of, with versions and licences: CycloneDX in JSON
  --version       the version

fn call runs one handler as a command: the input comes from stdin, the result goes to stdout, the log to stderr; an
error is the last line there. The status is 0 for a result, 1 for an error, 2 for a wrong call, 124 after the timeout,
128 + N after signal N.

  --input X                      a file, `-` for stdin, or the JSON itself
  --output FILE                  where the result goes, whole or not at all
  --log FILE                     where the log goes
  --error FILE                   where an error goes as well, as {"code": ..., "message": ...}
  --quiet                        no log

fn serve is an HTTP server; each request is a run in a process of its own. After POST /HANDLER the body is the input,
and the result is the answer. The log goes to stdout.

  HANDLER         FN_HANDLER     the handler for every path; without it the path names one
                  FN_HOST        http: the same as the word `serve`
  --port N        FN_PORT        the port to listen on (default PORT, else 8080)
  --address A     FN_ADDRESS     the address to listen on (default: all)
  --workers N     FN_WORKERS     requests at once (default 32)
  --spares N      FN_SPARES      the fewest processes that wait for a request (default 2)
  --queue N       FN_QUEUE       requests that wait when all workers are busy (default 256)
  --max-body SIZE FN_MAX_BODY    the size of a request, such as 500K or 32M (default 128M)
  --drain S       FN_DRAIN       seconds for runs under way when the server is asked to end (default 15)
  --log-format F  FN_LOG_FORMAT  json, or text for people (default json)
  --access-log    FN_ACCESS_LOG  1: a line for each answer
  --metrics-port  FN_METRICS_PORT  GET /metrics there, in the format of Prometheus (default: none)
  --private-tmp   FN_PRIVATE_TMP 1: each request has a /tmp of its own
                  FN_SIDECAR     address and port of Direktiv's sidecar (default localhost:8889)
                  FN_SHARED_DIR  the folder that the sidecar and this container share (default /mnt/shared)

On AWS Lambda (AWS_LAMBDA_RUNTIME_API is set) the file is a custom runtime; FN_HANDLER or _HANDLER names the handler.

An argument wins over its variable.
"""


def show(question: str, settings: Settings) -> int:
    """Print the answer to a question; return the exit status."""
    if question == "--doctor":
        from . import doctor

        status = doctor.show(settings)
        sys.stdout.flush()
        return status
    if settings.problem and question not in _HELPS:
        sys.stderr.write(f"fn: {settings.problem.message}\n")
        return 1
    try:
        apart = _kept_apart()
        _print(_answer(question, settings.names), apart)
    except Exception as error:  # whatever a handler's module does when it is imported
        from ..runtime.log import write_traceback

        if error.__cause__ is not None:
            write_traceback(error.__cause__)
        sys.stderr.write(f"fn: {error}\n")
        return 1
    return 0


def _kept_apart() -> int:
    """Send all that imports print, now and as the process ends, to stderr; return the descriptor that stdout was."""
    apart = posix.dup(1)
    try:
        posix.dup2(2, 1)
    except OSError:  # there is no stderr: nobody wants to see it
        posix.dup2(posix.open("/dev/null", posix.O_WRONLY), 1)
    return apart


def _print(text: str, descriptor: int) -> None:
    left = text.encode("utf-8", "backslashreplace")
    while left:
        left = left[posix.write(descriptor, left) :]


def _answer(question: str, named: Sequence[str]) -> str:
    from .. import __version__
    from ..api import registry

    if question in _HELPS:
        return _HELP
    if question == "--sbom":
        return _sbom()
    if question == "--version":
        return f"fn {__version__} (Python {sys.version.split()[0]})\n"
    if question == "--workflow":
        from .workflow import stub

        return stub(_described(named))
    if question == "--describe":
        described = _described(named)
        return _json({"version": __version__, "python": sys.version.split()[0], "handlers": described})
    if question == "--list":
        return "".join(f"{name}\n" for name in registry.names())
    handlers = registry.load_all()
    typed = [name for name, found in sorted(handlers.items()) if found.signature.is_typed]
    return _json({"handlers": _described(()), "typed": typed})  # for the build


def _sbom() -> str:
    if not IS_FILE:
        raise LookupError("--sbom: this is the source; ask the built file what it is made of")
    import _fn

    found = _fn.data(SBOM)
    if found is None:
        raise LookupError("--sbom: the file was packed without it")
    return str(found, "utf-8") + "\n"


def _described(named: Sequence[str]) -> list[dict[str, object]]:
    """Return the descriptions of the named handlers, or of all: stored by the build, or from source made now."""
    from ..api import registry

    stored = _stored()
    if stored is None:
        from .describe import describe

        if named:
            return describe(map(registry.find, named))
        return describe(handler for _, handler in sorted(registry.load_all().items()))
    if not named:
        return stored
    known = {str(each["name"]): each for each in stored}
    for name in named:
        if registry.canonical(name) not in known:
            registry.find(name)  # says which there are
    return [known[registry.canonical(name)] for name in named]


def _stored() -> list[dict[str, object]] | None:
    if not IS_FILE:
        return None
    from json import loads

    from ..frozen import FILES_ROOT
    from ..frozen.importer import ArchiveFinder

    stored: list[dict[str, object]] = loads(ArchiveFinder.get_data(f"{FILES_ROOT}{DESCRIPTION}"))
    return stored


def _json(value: object) -> str:
    from json import dumps

    return dumps(value, indent=2, ensure_ascii=False) + "\n"
