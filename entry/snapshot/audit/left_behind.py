"""Judge what imports have left behind: threads, files, children, objects that hold more than Python's memory."""

from __future__ import annotations

import gc
import os
import random
import sys
from types import ModuleType

from . import tables
from .report import AuditReport

TYPE_CHECKING = False
if TYPE_CHECKING:
    import weakref
    from typing import Any

    Seeded = tuple[weakref.ref[random.Random], str]  # a generator, and where it gets its seed

LOST = "no snapshot holds it, so each run would have to boot cold: move it into the handler or under @on_start"


def judge_left(report: AuditReport, set_at: dict[str, str], threads: int, descriptors: set[str]) -> None:
    """Refuse threads, open files, sockets and children that imports have left behind."""
    if threads:
        number = "1 thread" if threads == 1 else f"{threads} threads"
        place = set_at.get("starts a thread") or "an import"
        report.refused.append((place, f"leaves {number} running: {LOST}"))
    for descriptor in sorted(descriptors):
        target = os.readlink(f"/proc/self/fd/{descriptor}")
        kind = tables.SOCKET if target.startswith("socket:") else target
        report.refused.append((set_at.get(kind) or "an import", f"leaves {target} open: {LOST}"))
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return
    report.refused.append((set_at.get("starts a process") or "an import", f"leaves a child process running: {LOST}"))


def open_descriptors() -> set[str]:
    """Return the open descriptors, except that of the look itself."""
    return {name for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")}


def judge_objects(report: AuditReport, set_at: dict[str, str], seeded: dict[int, Seeded]) -> None:
    """Refuse what imports have made and left that holds more than Python's memory; note generators with a seed."""
    kinds: dict[type, str] = {}
    for found in gc.get_objects():
        kind = type(found)
        if kind not in kinds:
            names = ((getattr(each, "__module__", ""), each.__name__) for each in kind.__mro__)
            kinds[kind] = next((tables.KEPT[name] for name in names if name in tables.KEPT), "")
        what = kinds[kind]
        if what and not _is_closed(found):
            refused = set_at.get(what) or _global_name(found) or "an import", f"{what} at import: {LOST}"
            if refused not in report.refused:
                report.refused.append(refused)
    for generator, place in seeded.values():
        kept = generator()
        if kept is None or kept is random._inst:
            continue
        name = _global_name(kept)
        if name:
            report.generators.append(name)
        else:
            what = "gives a generator of random numbers a seed, and keeps it where no global name leads to it"
            report.refused.append((place or "an import", f"{what}, at import: {LOST}"))


def _is_closed(found: Any) -> bool:
    sqlite3 = sys.modules.get("sqlite3")
    if sqlite3 and isinstance(found, sqlite3.Connection):
        try:
            found.total_changes  # noqa: B018
        except sqlite3.ProgrammingError:
            return True
    return bool(getattr(found, "closed", False))


def _global_name(found: object) -> str:
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
