"""End a run as CPython ends: join threads, call what atexit has registered, write what open files hold back.

What takes long is not done: modules are not taken apart, so no `__del__` of what is still alive runs
(docs/differences.md). A run that has used none of it pays for three questions.
"""

from __future__ import annotations

import _io
import sys
from _thread import _count as running_threads

from ..frozen import IS_FILE
from .log import write

if IS_FILE:
    import _fn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_PATIENCE = 1000  # milliseconds: a process that the handler left may keep the tracker from ending
_CLOSING = (("zipfile", "ZipFile"), ("tempfile", "_TemporaryFileWrapper"))  # no streams, and yet they write or remove
_held: list[bool] = []  # not empty: the callbacks are kept, and files stay open


def steps(*, joining: bool = True, in_child: bool = False) -> Iterator[Callable[[], object]]:
    """Yield what is to be done, in CPython's order; `joining`: there is time to wait for threads."""
    modules = sys.modules
    if joining and running_threads() and "threading" in modules:
        yield modules["threading"]._shutdown
    atexit: Any = modules.get("atexit")
    if atexit and atexit._ncallbacks() and not _held:
        yield atexit._run_exitfuncs
    if "multiprocessing.resource_tracker" in modules and not in_child:
        yield _end_tracker
    if not _held and _may_have_open_files():
        yield _write_open_files


def hold_callbacks(*, held: bool) -> None:
    """Keep callbacks of atexit registered, and files of imports open, in runs at build time: users want them."""
    _held[:] = [True] if held else []


def _end_tracker() -> None:
    """Let the process that looks after shared memory remove what the handler forgot: the end of the run kills it."""
    tracker = sys.modules["multiprocessing.resource_tracker"]._resource_tracker
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    if tracker._pid is None or tracker._fd is None:
        return
    import os
    import select

    for holder, name in ((server, "_forkserver_alive_fd"), (tracker, "_fd")):
        descriptor = getattr(holder, name, None)
        if descriptor is not None:
            os.close(descriptor)  # they end when it is closed
            setattr(holder, name, None)
    try:
        ended = os.pidfd_open(tracker._pid)
    except OSError:
        return  # it has ended; or the kernel is older than Linux 5.3
    waiting = select.poll()
    waiting.register(ended, select.POLLIN)
    waiting.poll(_PATIENCE)
    os.close(ended)


def _may_have_open_files() -> bool:
    return not IS_FILE or _fn.has_open_files()


def _write_open_files() -> None:
    """Close or flush what holds data back; first what writes into another."""
    import gc

    closing = tuple(getattr(sys.modules[module], name) for module, name in _CLOSING if module in sys.modules)
    objects = [(type(each), each) for each in gc.get_objects()]
    streams = [(kind, each) for kind, each in objects if issubclass(kind, _io._IOBase)]
    of_io = (_io.TextIOWrapper, _io.BufferedWriter, _io.BufferedRandom, _io.BufferedRWPair)
    others = (*of_io, _io.BufferedReader, _io.FileIO, _io.BytesIO, _io.StringIO)
    for kind, each in objects:
        if issubclass(kind, closing):
            _do(each, each.close)
    _flush(streams, _io.TextIOWrapper)
    for kind, stream in streams:
        if not issubclass(kind, others):
            _do(stream, stream.close)  # such as gzip's, which writes more then
    for kind in of_io:
        _flush(streams, kind)


def _flush(streams: Iterable[tuple[type, Any]], flushed: type) -> None:
    for kind, stream in streams:
        if issubclass(kind, flushed) and not _is_closed(stream):
            _do(stream, stream.flush)


def _is_closed(stream: Any) -> bool:
    try:
        return bool(stream.closed)
    except ValueError:  # it has given what it writes to away
        return True


def _do(stream: Any, step: Callable[[], object]) -> None:
    try:
        step()
    except Exception as error:
        name = getattr(stream, "name", type(stream).__name__)
        write(f"fn: a file that was left open could not be written: {name}: {error}\n")
