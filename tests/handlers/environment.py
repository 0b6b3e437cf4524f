"""Shows a variable of the environment, as Python and as a program that it starts have it."""

import os

from entry import handler

AT_IMPORT = {name: os.environ.get(name) for name in ("SEEN_AT_IMPORT", "HOME")}
BY_PREFIX = {name: value for name, value in os.environ.items() if name.startswith("SEARCHED_AT_IMPORT_")}


@handler
def environment(data: str) -> str | None:
    if data in AT_IMPORT:
        return AT_IMPORT[data]
    return BY_PREFIX.get(data, "unseen") if data.startswith("SEARCHED") else os.environ.get(data)
