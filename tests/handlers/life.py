"""A run's life: what it starts, forks, registers and leaves behind. The input's `do` says which."""

import atexit
import os
from typing import Any

from entry import Context, handler

from ._life import ends, forks, interpreters


def _at_end() -> None:
    """Registered when the module is imported: in the file, before the snapshot."""
    if "LIFE_SAYS" in os.environ:
        print("registered at import", flush=True)


atexit.register(_at_end)

ACTIONS = {**forks.ACTIONS, **interpreters.ACTIONS, **ends.ACTIONS}


@handler(errors={KeyError: "life.failed"})
def life(data: dict[str, Any], ctx: Context) -> object:
    if data["do"] in interpreters.WITH_DATA:
        return interpreters.WITH_DATA[data["do"]](data)
    return ACTIONS[data["do"]]()
