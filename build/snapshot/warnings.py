"""Say what imports did that a run does not do again."""

from __future__ import annotations

from collections.abc import Sequence

from entry.snapshot.audit.tables import DRAWS, READS_VARIABLE, is_of_every_place

_SHOWN = 4  # variables that a package reads
_OF_AUTHOR = "handlers/"


def warnings(reported: Sequence[tuple[str, str]]) -> list[str]:
    """Return a line for each thing that an import did; for variables, one for each package that reads some.

    Drawn random values are left out: each run draws its own, or there is no snapshot.
    """
    lines: list[str] = []
    by_package: dict[str, list[str]] = {}
    for place, what in reported:
        variable = what.removeprefix(READS_VARIABLE).partition(" ")[0] if what.startswith(READS_VARIABLE) else ""
        if variable and not place.startswith(_OF_AUTHOR) and not is_of_every_place(variable):
            by_package.setdefault(place.partition("/")[0].partition(".py:")[0], []).append(variable)
        elif not what.startswith(DRAWS):
            lines.append(f"warning: {place}: {what}")
    return [*lines, *(_of_package(package, variables) for package, variables in sorted(by_package.items()))]


def _of_package(package: str, variables: Sequence[str]) -> str:
    names = list(dict.fromkeys(variables))
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (
        f"note         {package} reads {', '.join(names[:_SHOWN])}{rest} at import: runs in which one is set boot cold"
    )
