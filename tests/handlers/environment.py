"""Shows a variable of the environment, as Python and as a program that it starts have it."""

import os

from entry import handler


@handler
def environment(data: str) -> str | None:
    return os.environ.get(data)
