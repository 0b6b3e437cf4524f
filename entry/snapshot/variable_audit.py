"""Audit which variables of the environment imports read, from source; build time only (import_audit.py).

A run in which one of them is set boots cold. Who goes through all of them asks each name for a prefix, as a rule, and
then depends on the variables with that prefix alone: a name with an asterisk. Whoever does anything else with a name
depends on all, and is refused.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager

from . import audit_tables as tables
from .left_behind import LOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

    from .audit_report import AuditReport

    Place = Callable[[FrameType | None], str]

_COMMON = "it happens once, when the file is built: move it into the handler or under @on_start"
_OWN = "runs in which it is set boot cold: read it in the handler or under @on_start"
# What os.environ itself asks of a name, and what is noted apart.
_HARMLESS = {"encode", "__class__", "startswith", "_search", "_is_asked"}


class _Search:
    """What one line of code has asked of the names that it went through."""

    def __init__(self) -> None:
        self.prefixes: set[str] = set()
        self.names: list[_Name] = []
        self.does_more = False

    def is_for_prefixes(self) -> bool:
        return bool(self.names) and all(name._is_asked for name in self.names) and not self.does_more


class _Name(str):
    """The name of a variable; notes what is done to it."""

    _search: _Search
    _is_asked = False

    def __getattribute__(self, name: str) -> Any:
        if name not in _HARMLESS:
            self._search.does_more = True
        return str.__getattribute__(self, name)

    def startswith(self, prefixes: str | tuple[str, ...], *places: Any) -> bool:
        """Note what is asked. A name with the prefix is its asker's: what is done to it is not noted."""
        search = self._search
        self._is_asked = True
        search.does_more |= bool(places)
        search.prefixes.update(prefixes if isinstance(prefixes, tuple) else [prefixes])
        if not str.startswith(self, prefixes, *places):
            return False
        self._search = _Search()
        return True


def _noting(method: str) -> Callable[..., object]:
    """Return what the interpreter calls for an operator, without a look at the attributes of a name."""

    def noted(self: _Name, *arguments: object) -> object:
        self._search.does_more = True
        return getattr(str, method)(self, *arguments)

    return noted


for _method in ("__hash__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__getitem__",
                "__iter__", "__len__", "__add__", "__mod__", "__format__", "__str__", "__repr__"):  # fmt: skip
    setattr(_Name, _method, _noting(_method))


@contextmanager
def variables_noted(report: AuditReport, place_of: Place) -> Iterator[None]:
    """Report which variables are read inside the block, and where by `place_of`, which knows an author's code."""
    environ: Any = type(os.environ)
    read, read_all, write = environ.__getitem__, environ.__iter__, environ.__setitem__
    searches: dict[str, _Search] = {}  # by the places that go through all variables, and then get each
    passed_over: set[str] = set()
    written: set[str] = set()  # by imports: what they read then is their own

    def reading(self: Any, key: str) -> str:
        name, place = os.fsdecode(key), place_of(sys._getframe(1))
        if place and place not in searches and place not in passed_over:
            if name not in written:
                report.variables.setdefault(name, place)
            advice = _COMMON if tables.is_of_every_place(name) else _OWN
            report.add(place, f"{tables.READS_VARIABLE}{name} at import: {advice}")
        value: str = read(self, key)
        return value

    def reading_all(self: Any) -> Iterator[str]:
        caller, place = sys._getframe(1), place_of(sys._getframe(1))
        while caller.f_code.co_qualname in tables.GOES_THROUGH_MAPPING and caller.f_back:
            caller = caller.f_back
        if caller.f_code.co_name in tables.STARTS_PROGRAM:
            passed_over.add(place)
        elif caller.f_code.co_name == tables.READS_PROXIES:
            passed_over.add(place)
            for name in tables.PROXIES:
                report.variables.setdefault(name, place or "an import")
        elif place:
            return watched(read_all(self), searches.setdefault(place, _Search()))
        names: Iterator[str] = read_all(self)
        return names

    def watched(names: Iterator[str], search: _Search) -> Iterator[str]:
        for text in names:
            name = _Name(text)
            name._search = search
            search.names.append(name)
            yield name

    def writing(self: Any, name: str, value: str) -> None:
        written.add(name)
        write(self, name, value)

    environ.__getitem__, environ.__iter__, environ.__setitem__ = reading, reading_all, writing
    try:
        yield
    finally:
        environ.__getitem__, environ.__iter__, environ.__setitem__ = read, read_all, write
    _judge(report, searches)


def _judge(report: AuditReport, searches: dict[str, _Search]) -> None:
    """Note the prefixes that were searched for, and refuse any other use of all names."""
    for place, search in searches.items():
        if not search.is_for_prefixes() or any(map(tables.begins_some_of_every_place, search.prefixes)):
            report.refuse(place, f"reads all environment variables at import: {LOST}")
            continue
        for prefix in sorted(search.prefixes):
            report.variables.setdefault(f"{prefix}*", place)
            advice = _COMMON if tables.is_of_every_place(prefix) else _OWN
            report.add(place, f"{tables.READS_VARIABLE}{prefix}* at import: {advice}")
