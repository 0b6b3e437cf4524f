"""One run of a handler of our own before the snapshot: what the interpreter learns in a first run is then in the image.

CPython 3.11 and later rewrite code as it runs (PEP 659) and fill caches of attributes; in an image that has seen a run,
fewer pages are written, and so copied, in the runs to come. The exchange is a folder that the build provides.
"""

from __future__ import annotations

import os

from . import errors, lifecycle, registry, settings
from .context import Context
from .exchange import BRIEF_MAX, Exchange

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = "."  # the build starts the snapshot in it; input.json lies there
_TIMES = 20  # specialisation needs 8 runs or more of a piece of code


def run() -> None:
    """Runs the lifecycle a number of times, nearly as in a run: reading, decoding, logging, encoding, writing.

    No function of an author runs.
    """
    handler = registry.Handler("warm-up", _greet, {})
    authors = registry.take_start_functions()
    for _ in range(_TIMES):
        wanted = settings.read([], {"FN_DATA_DIR": FOLDER, "FN_LOG_LEVEL": "info"})
        exchange = Exchange(wanted.data_dir)
        error = lifecycle.run_handler(lambda: handler, wanted, exchange, 0.0, lifecycle.Requests())
        if error:
            raise error
        errors.error_json(errors.FunctionError("warm.up", "message"), BRIEF_MAX)
    for function in authors:
        registry.on_start(function)


def rehearse(resume: Callable[[list[str], dict[bytes, bytes]], int]) -> None:
    """One whole run, seen by build/boot/rehearse.c, which notes the memory that it writes; does not return."""
    registry.handler("warm-up")(_greet)
    registry.take_start_functions()
    folder = os.getcwd()
    environment = {b"FN_HANDLER": b"warm-up", b"FN_DATA_DIR": os.fsencode(folder), b"PATH": b"/bin", b"HOME": b"/"}
    resume(["fn"], environment)


def _greet(data: dict[str, object], ctx: Context) -> dict[str, object]:
    ctx.log.info("warm-up %s", data["name"])
    return {"greeting": f"Hello, {data['name']}!", "numbers": [1, 2.5, None, True]}
