"""Fails in the way that the input's `do` names."""

import os
import time
from typing import Any

from entry import Context, handler

from ._fault import exhaustion, outcomes, processes, telling

ACTIONS = {**outcomes.ACTIONS, **processes.ACTIONS, **exhaustion.ACTIONS, **telling.ACTIONS}


@handler(errors={KeyError: "test.notFound"})
def fault(data: dict[str, Any], ctx: Context) -> object:
    if "signal" in data:
        os.kill(os.getpid(), data["signal"])
        time.sleep(60)
    return ACTIONS[data["do"]]()
