"""Audit which variables of the environment imports read, from source; build time only (imports.py).

A run in which one of them is set boots cold. Who goes through all of them asks each name for a prefix, as a rule, and
then depends on the variables with that prefix alone: a name with an asterisk. Whoever does anything else with one that
has no such prefix, or keeps its name or value, depends on all, and is refused.
"""

from __future__ import annotations

import os
import sys
import weakref
from contextlib import contextmanager

from . import tables
from .left_behind import LOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

    from .report import AuditReport

    Place = Callable[[FrameType | None], str]

_COMMON = "it happens once, when the file is built: move it into the handler or under @on_start"
_OWN = "runs in which it is set boot cold: read it in the handler or under @on_start"
_HARMLESS = {"encode", "__class__", "search", "is_asked", "value"}  # what os.environ asks of a name, and our own


class _Search:
    """What one line of code has done with the variables that it went through."""

    def __init__(self) -> None:
        self.prefixes: set[str] = set()
        self.names: list[weakref.ref[_Name]] = []
        self.asked = 0
        self.does_more = False

    def is_for_prefixes(self) -> bool:
        """Tell whether all names were asked for a prefix, and nothing else became of those that have none.

        A loop keeps its last name, and the value.
        """
        others = (name() for name in self.names[:-1])
        is_left = any(name is not None and name.search is self for name in others)
        return bool(self.names) and self.asked == len(self.names) and not self.does_more and not is_left


class _Watched(str):
    """A text that notes that something is done to it."""

    search: _Search

    def __getattribute__(self, name: str) -> Any:
        if name not in _HARMLESS:
            self.search.does_more = True
        return str.__getattribute__(self, name)


class _Value(_Watched):
    """The value of a variable; its name is there as long as it is."""

    name: _Name


class _Name(_Watched):
    """The name of a variable, which may be asked for a prefix."""

    is_asked = False
    value: weakref.ref[_Value] | None = None

    def __getattribute__(self, name: str) -> Any:
        return str.__getattribute__(self, name) if name == "startswith" else super().__getattribute__(name)

    def startswith(self, prefixes: str | tuple[str, ...], *places: Any) -> bool:
        """Note what is asked. A variable with the prefix is its asker's: what is done to it is not noted."""
        search = self.search
        search.asked += not self.is_asked
        self.is_asked = True
        search.does_more |= bool(places)
        search.prefixes.update(prefixes if isinstance(prefixes, tuple) else [prefixes])
        if not str.startswith(self, prefixes, *places):
            return False
        self.search = _Search()
        if self.value and (value := self.value()) is not None:
            value.search = self.search
        return True


def _noting(method: str) -> Callable[..., object]:
    """Return what the interpreter calls for an operator, without a look at the attributes of a text."""

    def noted(self: _Watched, *arguments: object) -> object:
        self.search.does_more = True
        return getattr(str, method)(self, *arguments)

    return noted


for _method in ("__hash__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "__getitem__",
                "__iter__", "__len__", "__add__", "__mod__", "__format__", "__str__", "__repr__"):  # fmt: skip
    setattr(_Watched, _method, _noting(_method))


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
        if isinstance(key, _Name):
            return value_of(key, read(self, key))
        if place and place not in passed_over:
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
            name.search = search
            search.names.append(weakref.ref(name))
            yield name

    def value_of(name: _Name, text: str) -> str:
        value = _Value(text)
        value.search = name.search
        value.name, name.value = name, weakref.ref(value)
        return value

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
