"""Functions that run at the start of a run (`@on_start`): register them, and find those of a handler. Run none.

A handler has those that importing its module registers, by whatever way. Where more than its module was imported, as in
a snapshot, the import statements tell which they are: they are followed while all handlers are imported.
"""

from __future__ import annotations

import builtins
import sys

TYPE_CHECKING = False  # type checkers know it; importing typing would slow down every cold boot
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    StartFunction = Callable[[], object]

_GENERATOR = 0x20 | 0x200  # of a code's flags: a generator, an async one

_functions: list[tuple[set[str], StartFunction]] = []  # with their owners: who registers it, and where it is defined
_reached: dict[str, set[str]] = {}  # by a handler's module: the owners that its import leads to


def on_start(function: StartFunction) -> StartFunction:
    """Register a function that runs at the start of each run, before the handler. It may be async.

    Raise TypeError for a function that wants arguments, or is a generator, of which a call would run nothing.
    """
    code = getattr(function, "__code__", None)
    name = f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', function)}"
    if code and code.co_flags & _GENERATOR:
        raise TypeError(f"{name}: a function under @on_start cannot `yield`: it would never run")
    if code and not hasattr(function, "__wrapped__"):
        own = 1 if hasattr(function, "__self__") else 0
        count, by_name = code.co_argcount, getattr(function, "__kwdefaults__", None) or ()
        wanted = [*code.co_varnames[own : count - len(getattr(function, "__defaults__", None) or ())]]
        named = code.co_varnames[count : count + code.co_kwonlyargcount]
        wanted += (each for each in named if each not in by_name)
        if wanted:
            raise TypeError(f"{name}: a function under @on_start gets no arguments, and wants {', '.join(wanted)}")
    defined = str(function.__module__) if code else ""
    _functions.append(({str(sys._getframe(1).f_globals.get("__name__")), defined} - {""}, function))
    return function


def functions_of(module: str) -> list[StartFunction]:
    """Return the functions that run before a handler of this module, in the order in which they were registered."""
    reached = _reached.get(module)
    return [function for owners, function in _functions if reached is None or owners <= reached]


def take() -> list[tuple[set[str], StartFunction]]:
    """Unregister and return all functions: for a run that is none of an author's."""
    taken = list(_functions)
    _functions.clear()
    return taken


def give_back(taken: Iterable[tuple[set[str], StartFunction]]) -> None:
    """Register what `take` has returned."""
    _functions.extend(taken)


def reset() -> None:
    """Forget all of it, for tests."""
    _functions.clear()
    _reached.clear()


class ImportStatements:
    """Notes while it is entered which module's import statements name which others."""

    def __init__(self) -> None:
        self._import = builtins.__import__
        self._imported: dict[str, set[str]] = {}  # by module: what its statements name, modules or not

    def __enter__(self) -> None:
        builtins.__import__ = self._follow  # type: ignore[assignment]  # it returns what the other does

    def __exit__(self, *error: object) -> None:
        if builtins.__import__ == self._follow:  # an import may have put its own there
            builtins.__import__ = self._import

    def reached_from(self, module: str) -> set[str]:
        """Return the names that the import of a module leads to, itself included."""
        reached, waiting = set[str](), [module]
        while waiting:
            name = waiting.pop()
            if name and name not in reached:
                reached.add(name)
                waiting += [name.rpartition(".")[0], *self._imported.get(name, ())]
        return reached

    def _follow(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002  # names that callers may use
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        """Import as `__import__` does."""
        found = self._import(name, globals, locals, fromlist or (), level)
        importer = str((globals or {}).get("__name__"))
        if level:
            package = str((globals or {}).get("__package__") or importer)
            above = package.rsplit(".", level - 1)[0]
            name = f"{above}.{name}" if name else above
        self._imported.setdefault(importer, set()).update((name, *(f"{name}.{each}" for each in fromlist or ())))
        return found


class Following(ImportStatements):
    """Finds out which start functions each handler has, while the handlers of several modules are imported."""

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        owners = set[str]().union(*(owners for owners, _ in _functions))
        if owners:
            _reached.update((module, self.reached_from(module) & owners) for module in self._imported)
            by_none = owners.difference(*_reached.values())  # imported by no statement, or named as no module is
            for found in _reached.values():
                found.update(by_none)
        self._imported.clear()
