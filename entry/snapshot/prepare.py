"""Import all that the file holds (`prepare`), and go on in a restored process (`resume`).

`prepare` runs once, when the file is built; `resume` at the start of every warm run (docs/warm-boot.md). Neither
is used from source or in a cold boot.
"""

from __future__ import annotations

import gc
import os
import sys

from ..api import registry, start
from ..api.errors import FunctionError
from ..frozen import IS_FILE
from ..runtime import log
from ..runtime.app import HTTP, main
from . import hooks, warm_up
from .ending_threads import let_threads_end

if IS_FILE:
    import _fn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BROKEN = 5  # status for what no boot could import: build/boot/snapshot/capture/capture.h
# A package that keeps the date of its build, as numpy.f2py does, is given the first that zip files know, so that two
# captures are the same (reproducible-builds.org/specs/source-date-epoch).
_BUILD_DATE = ("SOURCE_DATE_EPOCH", "315532800")
# Seconds that a thread has Python's lock before another gets it that asks: else the order of what two threads do is
# another in each capture. One that waits lets go of it at once (build/boot/snapshot/threads/turns.c).
_TURN = 10.0
# What a run imports when it needs it. In a snapshot it is there already, at no cost.
_LATER = (
    "entry.codec.json", "entry.codec.fallback", "entry.api.variables", "entry.api.set_variable",
    "entry.runtime.streams", "entry.runtime.invocation",
)  # fmt: skip


def prepare() -> Callable[[list[str], dict[bytes, bytes]], int]:
    """Import what runs may need, and every handler; return `resume`.

    Raise SystemExit for a handler that cannot be imported.
    """
    from handlers_index import GENERATORS, IS_ASYNC, PRELOADED, SEEDED, WARM_UPS  # not there from source

    name, date = _BUILD_DATE
    os.environ[name] = date
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    if IS_ASYNC:
        __import__("asyncio")
    with start.Following():
        for module in registry.modules():
            _load(module)
            if module in SEEDED:
                hooks.keep_seed(module)
    for module in PRELOADED:
        __import__(module)
    for module in _LATER:  # after the handlers: orjson has stand-ins for the modules that none of them needs
        __import__(module)
    if "entry.codec.typed" in sys.modules:
        __import__("entry.codec.validation_errors")
    if os.environ.get(name) == date:
        del os.environ[name]
    log.bridge()
    let_threads_end()
    if sys.getswitchinterval() > _TURN / 2:  # and no import has set another
        sys.setswitchinterval(interval)
    # Else lookups of a run evict those of imports, and so write to their names, which lie all over the snapshot.
    sys._clear_type_cache()
    warm_up.run(WARM_UPS)
    hooks.before_snapshot(GENERATORS)
    gc.collect()
    gc.freeze()  # a collection in a run need not look at, and so copy, what was there before
    return resume


def tell_keepers() -> None:
    """Print who keeps the words of memory whose addresses a file has: two captures differ there."""
    from .keepers import keepers

    with open("../keepers", encoding="ascii") as file:
        addresses = [int(word, 16) for word in file.read().split()]
    theirs = {name: module for name, module in sys.modules.items() if not name.startswith("entry.")}
    for path in keepers(addresses, theirs):
        print(path)


def _load(module: str) -> None:
    """Import handlers; if that fails, say why, whatever sys.excepthook an import has set, and end the process."""
    try:
        registry.load(module)
    except FunctionError as error:
        cause = error.__cause__
        if cause is not None:
            log.write_traceback(cause)
        sys.stderr.write(f"{error.message}\n")
        raise SystemExit(_BROKEN if isinstance(cause, ImportError) else 1) from None


def resume(arguments: list[str], environment: dict[bytes, bytes]) -> int:
    """Do one run, or answer a question, in a process that was restored; return the exit status."""
    sys.argv[:] = sys.orig_argv[:] = arguments
    hooks.set_environment(environment)
    if _fn.hosted() == HTTP:
        return main(begin=_begin_apart)
    hooks.after_restore()
    return main()


def _begin_apart() -> None:
    """Begin a run of a server, whose runs are the same up to here: those are forked here (supervisor/template.c)."""
    _fn.part()
    hooks.after_restore()
