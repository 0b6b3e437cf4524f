"""Audit what the imports of handlers do, from source: a snapshot would freeze it into every run.

Reported: what is read of the machine, files, network, processes. Refused: what no snapshot holds, such as state of the
process outside Python's memory. Also reported: what is printed, and which generators of random numbers get a seed. The
build uses it in a process that only imports handlers; no file does. Threads, open files and children that an import
leaves behind are refused by build/boot/snapshot/capture/capture.c, too, and what else differs by two snapshots
(build/snapshot/heap/capture.py).
"""

from __future__ import annotations

import builtins
import gc
import os
import random
import sys
import threading
import weakref
from contextlib import contextmanager
from importlib.util import resolve_name
from types import ModuleType

from ..api.errors import FunctionError
from . import audit_tables as tables
from .audit_report import AuditReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType
    from typing import Any

    _Seeded = tuple[weakref.ref[random.Random], str]  # a generator, and where it gets its seed

_ADVICE = "it happens once, when the file is built: move it into the handler or under @on_start"
_LOST = "no snapshot holds it, so each run would have to boot cold: move it into the handler or under @on_start"
_OTHERS = (  # where the code of the standard library and of entry/ is
    contextmanager.__code__.co_filename.removesuffix("contextlib.py"),
    FunctionError.__init__.__code__.co_filename.removesuffix("api/errors.py"),
)


@contextmanager
def imports() -> Iterator[AuditReport]:
    """Report what imports do inside the block; the report is complete after it."""
    report, watching = AuditReport(), True
    seeded: dict[int, _Seeded] = {}
    set_at: dict[str, str] = {}  # places, by what is set or made
    asked_for: set[str] = set()  # what is set, even if to what it was here
    environ: Any = type(os.environ)
    read, read_all = environ.__getitem__, environ.__iter__
    all_read_at: set[str] = set()  # places that go through all variables, and then get each
    importing, streams = builtins.__import__, (sys.stdout, sys.stderr)
    modules = tuple(f"{path}/" for path in sys.path if path)
    threads, descriptors = threading.active_count(), _descriptors()
    mask = os.umask(tables.UNLIKELY_MASK)
    before = {what: state() for what, state in tables.STATES.items()}

    def reading(self: Any, name: str) -> str:
        place = _place(sys._getframe(1))
        if place not in all_read_at:
            report.add(place, f"reads the environment variable {name} at import: {_ADVICE}")
        value: str = read(self, name)
        return value

    def reading_all(self: Any) -> Iterator[str]:
        place = _place(sys._getframe(1))
        report.add(place, f"reads all environment variables at import: {_ADVICE}")
        all_read_at.add(place)
        names: Iterator[str] = read_all(self)
        return names

    def on_audit_event(event: str, arguments: tuple[Any, ...]) -> None:
        if not watching:
            return
        if event == "open":
            place = _place(sys._getframe(1))
            set_at[str(arguments[0])] = place
            if place and not str(arguments[0]).startswith(modules):  # those of packages are in the file
                report.add(place, f"opens {arguments[0]} at import: {_ADVICE}")
        elif event in tables.EVENTS:
            report.add(_place(sys._getframe(1)), f"{tables.EVENTS[event]} at import: {_ADVICE}")
            set_at[tables.EVENTS[event]] = _place(sys._getframe(1))
        elif event in tables.MADE_BY_EVENT:
            set_at[tables.MADE_BY_EVENT[event]] = _place(sys._getframe(1))

    def on_profile_event(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            if called in tables.READS:
                set_at[tables.READS[called]] = _place(frame)
                report.add(_place(frame), f"{tables.READS[called]} at import: {_ADVICE}")
            elif called in tables.DRAWS_FROM_RANDOM and not report.has_seed:
                report.add(_place(frame), f"{tables.DRAWS} at import: {_ADVICE}")
            elif called in tables.SETS:
                set_at[tables.SETS[called]] = _place(frame)
            elif called in tables.SETS_VARIABLE and _is_of_author(frame):
                report.refused.append((_place(frame), f"{tables.VARIABLE}, at import: {_LOST}"))
        elif event == "call":
            code = frame.f_code
            if code in tables.SEEDING:
                _note_seed(frame, report, seeded)
            if code.co_name not in tables.NAMES:
                return
            name = code.co_filename.rpartition("/")[2], code.co_qualname
            if name == tables.SETS_LOCALE and frame.f_locals.get("locale") is not None:
                asked_for.add(tables.SETS[tables.set_locale])
            if name in tables.MADE_BY_PYTHON:
                set_at[tables.MADE_BY_PYTHON[name]] = _place(frame)
            elif name in tables.READS_OF_PYTHON:
                report.add(_place(frame), f"{tables.READS_OF_PYTHON[name]} at import: {_ADVICE}")

    def importing_noted(name: str, names: Any = None, scope: Any = None, fromlist: Any = (), level: int = 0) -> object:
        module = importing(name, names, scope, fromlist, level)
        _note_import(report, name, names or {}, fromlist or (), level)
        return module

    sys.addaudithook(on_audit_event)
    environ.__getitem__, environ.__iter__ = reading, reading_all
    builtins.__import__ = importing_noted  # type: ignore[assignment]
    sys.stdout, sys.stderr = _Recorder(sys.stdout, report), _Recorder(sys.stderr, report)
    sys.setprofile(on_profile_event)
    try:
        yield report
    finally:
        sys.setprofile(None)
        sys.stdout, sys.stderr = streams
        builtins.__import__ = importing
        environ.__getitem__, environ.__iter__ = read, read_all
        watching = False
    after = {what: state() for what, state in tables.STATES.items()}
    os.umask(mask)
    for what in tables.STATES:
        if after[what] != before[what] or what in asked_for:
            report.refused.append((set_at.get(what) or "an import", f"{what} at import: {_LOST}"))
    _judge_left(report, set_at, threading.active_count() - threads, _descriptors() - descriptors)
    _judge_objects(report, set_at, seeded)


class _Recorder:
    """A stream that notes who writes what."""

    def __init__(self, stream: Any, report: AuditReport) -> None:
        self._stream, self._report, self._line = stream, report, ""

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        *lines, self._line = f"{self._line}{text}".split("\n")
        place = _place(sys._getframe(1), even_if_imported=True) or "an import"
        self._report.printed += [(place, line) for line in lines]
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)


def _place(frame: FrameType | None, *, even_if_imported: bool = False) -> str:
    """Return the innermost line of an author's code; none if the standard library acts as it is imported itself."""
    while frame:
        code = frame.f_code
        if code.co_filename.startswith("<frozen importlib") and not even_if_imported:
            return ""
        if not code.co_filename.startswith(("<frozen ", *_OTHERS)):
            return f"{code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def _note_import(report: AuditReport, name: str, names: Any, fromlist: Sequence[str], level: int) -> None:
    importer = str(names.get("__name__", ""))
    package = names.get("__package__") or (importer if "__path__" in names else importer.rpartition(".")[0])
    absolute = resolve_name(f"{'.' * level}{name}", package)
    parts = absolute.split(".")
    imported = {".".join(parts[: number + 1]) for number in range(len(parts))}
    report.imports(importer, imported | {f"{absolute}.{each}" for each in fromlist})


def _note_seed(frame: FrameType, report: AuditReport, seeded: dict[int, _Seeded]) -> None:
    """Note that a generator gets a seed: its first argument; without one, or with None, the kernel draws."""
    code = frame.f_code
    generator, seed = (frame.f_locals[name] for name in code.co_varnames[:2])
    if seed is None:
        return
    seeded[id(generator)] = weakref.ref(generator), _place(frame)
    author: FrameType | None = frame
    while author and not _is_of_author(author):
        author = author.f_back
    if generator is random._inst and author:
        report.seeds(str(author.f_globals.get("__name__", "")))


def _is_of_author(frame: FrameType) -> bool:
    return not frame.f_code.co_filename.startswith(("<frozen ", *_OTHERS))


def _judge_left(report: AuditReport, set_at: dict[str, str], threads: int, descriptors: set[str]) -> None:
    """Refuse threads, open files, sockets and children that imports have left behind."""
    if threads:
        number = "1 thread" if threads == 1 else f"{threads} threads"
        place = set_at.get("starts a thread") or "an import"
        report.refused.append((place, f"leaves {number} running: {_LOST}"))
    for descriptor in sorted(descriptors):
        target = os.readlink(f"/proc/self/fd/{descriptor}")
        kind = tables.SOCKET if target.startswith("socket:") else target
        report.refused.append((set_at.get(kind) or "an import", f"leaves {target} open: {_LOST}"))
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return
    report.refused.append((set_at.get("starts a process") or "an import", f"leaves a child process running: {_LOST}"))


def _descriptors() -> set[str]:
    """Return the open descriptors, except that of the look itself."""
    return {name for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")}


def _judge_objects(report: AuditReport, set_at: dict[str, str], seeded: dict[int, _Seeded]) -> None:
    """Refuse what imports have made and left that holds more than Python's memory; note generators with a seed."""
    kinds: dict[type, str] = {}
    for found in gc.get_objects():
        kind = type(found)
        if kind not in kinds:
            names = ((getattr(each, "__module__", ""), each.__name__) for each in kind.__mro__)
            kinds[kind] = next((tables.KEPT[name] for name in names if name in tables.KEPT), "")
        what = kinds[kind]
        if what and not _is_closed(found):
            refused = set_at.get(what) or _name_of(found) or "an import", f"{what} at import: {_LOST}"
            if refused not in report.refused:
                report.refused.append(refused)
    for generator, place in seeded.values():
        kept = generator()
        if kept is None or kept is random._inst:
            continue
        name = _name_of(kept)
        if name:
            report.generators.append(name)
        else:
            what = "gives a generator of random numbers a seed, and keeps it where no global name leads to it"
            report.refused.append((place or "an import", f"{what}, at import: {_LOST}"))


def _is_closed(found: Any) -> bool:
    sqlite3 = sys.modules.get("sqlite3")
    if sqlite3 and isinstance(found, sqlite3.Connection):
        try:
            found.total_changes  # noqa: B018
        except sqlite3.ProgrammingError:
            return True
    return bool(getattr(found, "closed", False))


def _name_of(found: object) -> str:
    """Return its global name, as module.name."""
    modules: dict[str, Any] = dict(sys.modules)  # None may be among them
    for module_name, module in sorted(modules.items()):
        if not isinstance(module, ModuleType):
            continue
        names = object.__getattribute__(module, "__dict__")  # a module may be one that is loaded when it is asked
        for name, value in list(names.items()):
            if value is found:
                return f"{module_name}.{name}"
    return ""
