"""Find files among handlers that are no Python of this version: of an earlier one, or templates. They stay data.

Whoever imports one is told so by that import: when the handlers are first imported, or in a run.
"""

from __future__ import annotations

import warnings
from pathlib import Path

from build.core.paths import module_name


def faults(stage: Path) -> dict[str, str]:
    """Return the modules of the staged handlers that cannot be compiled, by name: where, and what is wrong there."""
    found: dict[str, str] = {}
    for source in sorted((stage / "handlers").rglob("*.py")):
        place = source.relative_to(stage)
        try:
            with warnings.catch_warnings(action="ignore"):  # Python gives them where the module is imported
                compile(source.read_bytes(), str(place), "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            line, words = getattr(error, "lineno", None) or 1, getattr(error, "msg", error)
            found[module_name(place)] = f"{place}:{line}: {words}"
    return found
