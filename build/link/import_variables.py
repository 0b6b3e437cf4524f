"""Write the table of variables that imports have read, in C: where one is set, a run does not take the snapshot."""

from __future__ import annotations

import json
from collections.abc import Mapping

from entry.snapshot.audit.tables import is_of_every_place


def source(variables: Mapping[str, str]) -> str:
    """Return the table; `variables` are the lines of Python that read them, by name."""
    rows = [
        f"    {_text(name)} {_text(place)}" for name, place in sorted(variables.items()) if not is_of_every_place(name)
    ]
    return "\n".join(
        ['#include "shared/import_variables.h"', "", "const char import_variables[] =", *rows, '    "";', ""]
    )


def _text(text: str) -> str:
    """Return a string of C with a zero at its end."""
    printable = "".join(character if " " <= character <= "~" else "?" for character in text)
    return f'{json.dumps(printable)} "\\0"'
