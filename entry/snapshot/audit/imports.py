"""Audit what the imports of handlers do, from source: a snapshot would freeze it into every run.

Reported: what is read of the machine, files, network, processes. Refused: what no snapshot holds, such as state of the
process outside Python's memory. Also reported: what is printed, and which generators of random numbers get a seed. The
build uses it in a process that only imports handlers; no file does. Threads, open files and children that an import
leaves behind are refused by build/boot/snapshot/capture/capture.c, too, and what else differs by two snapshots
(build/snapshot/heap/capture.py).
"""

from __future__ import annotations

import os
import random
import sys
import threading
import weakref
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import date
from opcode import opname

from ...api.errors import FunctionError
from ...api.start import ImportStatements
from ..ending_threads import let_threads_end
from . import tables
from .left_behind import LOST, judge_left, judge_objects, open_descriptors
from .report import AuditReport
from .variables import variables_noted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

    from .left_behind import Seeded


_ADVICE = "it happens once, when the file is built: move it into the handler or under @on_start"
_OTHERS = (  # where the code of the standard library and of entry/ is
    contextmanager.__code__.co_filename.removesuffix("contextlib.py"),
    FunctionError.__init__.__code__.co_filename.removesuffix("api/errors.py"),
)


@contextmanager
def audited() -> Iterator[AuditReport]:
    """Report what imports do inside the block; the report is complete after it."""
    audit = _Audit()
    report = audit.report
    threads, descriptors = threading.active_count(), open_descriptors()
    mask = os.umask(tables.UNLIKELY_MASK)
    before = {what: state() for what, state in tables.STATES.items()}
    sys.addaudithook(audit.on_audit_event)  # for the rest of the process: there is no way to remove it
    with (
        variables_noted(report, _place),
        audit.statements,
        redirect_stdout(_Recorder(sys.stdout, report)),  # type: ignore[type-var]  # it passes on what it has not
        redirect_stderr(_Recorder(sys.stderr, report)),  # type: ignore[type-var]
    ):
        sys.setprofile(audit.on_profile_event)
        try:
            yield report
        finally:
            sys.setprofile(None)
            audit.is_over = True
    after = {what: state() for what, state in tables.STATES.items()}
    os.umask(mask)
    for what in tables.STATES:
        if after[what] != before[what] or what in audit.asked_for:
            report.refused.append((audit.set_at.get(what) or "an import", f"{what} at import: {LOST}"))
    let_threads_end(looks=True)
    judge_left(report, audit.set_at, threading.active_count() - threads, open_descriptors() - descriptors)
    judge_objects(report, audit.set_at, audit.seeded)


class _Audit:
    """Hear of all calls and events while handlers are imported, and note those that the tables name."""

    def __init__(self) -> None:
        self.statements = ImportStatements()
        self.report = AuditReport(self.statements)
        self.is_over = False
        self.set_at: dict[str, str] = {}  # places, by what is set or made
        self.asked_for: set[str] = set()  # what is set, even if to what it was here
        self.seeded: dict[int, Seeded] = {}
        self._modules = tuple(f"{path}/" for path in sys.path if path)

    def on_audit_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_over:
            return
        if event == "open":
            place = _place(sys._getframe(1))
            self.set_at[str(arguments[0])] = place
            if place and not str(arguments[0]).startswith(self._modules):  # those of packages are in the file
                self.report.add(place, f"opens {arguments[0]} at import: {_ADVICE}")
        elif event == tables.CONNECT[0]:
            self.report.refuse(_place(sys._getframe(1)) or "an import", f"{tables.CONNECT[1]} at import: {LOST}")
        elif event in tables.EVENTS:
            self._report(sys._getframe(1), tables.EVENTS[event])
            self.set_at[tables.EVENTS[event]] = _place(sys._getframe(1))
        elif event in tables.MADE_BY_EVENT:
            self.set_at[tables.MADE_BY_EVENT[event]] = _place(sys._getframe(1))

    def on_profile_event(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            if called in tables.READS:
                self.set_at[tables.READS[called]] = _place(frame)
                self._report(frame, tables.READS[called])
            elif called in tables.READS_WITHOUT_MOMENT or called.__name__ in tables.OF_MOMENTS:
                if _tells_time(frame, called):
                    self._report(frame, tables.TIME)
            elif called in tables.DRAWS_FROM_RANDOM and not self.report.has_seed:
                self._report(frame, tables.DRAWS)
            elif called in tables.SETS:
                self.set_at[tables.SETS[called]] = _place(frame)
            elif called in tables.SETS_VARIABLE and _is_of_author(frame):
                self.report.refused.append((_place(frame), f"{tables.VARIABLE}, at import: {LOST}"))
        elif event == "call":
            code = frame.f_code
            if code in tables.SEEDING:
                _note_seed(frame, self.report, self.seeded)
            if code.co_name in tables.NAMES:
                self._note_call(frame)

    def _note_call(self, frame: FrameType) -> None:
        """Note a call of a function in Python whose name may be in the tables."""
        name = frame.f_code.co_filename.rpartition("/")[2], frame.f_code.co_qualname
        if name == tables.SETS_LOCALE and frame.f_locals.get("locale") is not None:
            self.asked_for.add(tables.SETS[tables.set_locale])
        if name in tables.MADE_BY_PYTHON:
            self.set_at[tables.MADE_BY_PYTHON[name]] = _place(frame)
        elif name in tables.READS_OF_PYTHON:
            self._report(frame, tables.READS_OF_PYTHON[name])

    def _report(self, frame: FrameType, what: str) -> None:
        self.report.add(_place(frame), f"{what} at import: {_ADVICE}")


def _tells_time(frame: FrameType, called: Any) -> bool:
    """Return whether a call of a function in C reads the clock, where the function alone does not tell."""
    if called in tables.READS_WITHOUT_MOMENT:
        code, at = frame.f_code.co_code, frame.f_lasti
        return opname[code[at]] != "CALL" or code[at + 1] == tables.READS_WITHOUT_MOMENT[called]
    owner = getattr(called, "__self__", None)
    return isinstance(owner, type) and issubclass(owner, date)


class _Recorder:
    """A stream that notes who writes what, and where."""

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
        if _is_of_author(frame):
            return f"{code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def _note_seed(frame: FrameType, report: AuditReport, seeded: dict[int, Seeded]) -> None:
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
