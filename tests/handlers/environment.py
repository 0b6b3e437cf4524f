"""Shows a variable of the environment, as Python and as a program that it starts have it."""

import os

from entry import handler

AT_IMPORT = {name: os.environ.get(name) for name in ("SEEN_AT_IMPORT", "HOME")}


@handler
def environment(data: str) -> str | None:
    return AT_IMPORT[data] if data in AT_IMPORT else os.environ.get(data)
