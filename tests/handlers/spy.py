"""Leaves a trace wherever a process can, and says which traces of others it finds."""

import os
import random
import threading
from pathlib import Path
from typing import Any

from entry import handler

MEMORY: dict[str, object] = {}


@handler
def spy(data: str) -> dict[str, Any]:
    found = {
        "memory": sorted(MEMORY),
        "environment": os.environ.get("FN_SPY"),
        "directory": os.getcwd(),  # noqa: PTH109
        "descriptors": sorted(str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if _is_trace(path)),
        "threads": threading.active_count(),
        "tmp": sorted(path.name for path in Path("/tmp").glob("fn-spy-*")),
        "number": random.getrandbits(64),
    }
    MEMORY[data] = True
    os.environ["FN_SPY"] = data
    trace = Path(f"/tmp/fn-spy-{data}")
    trace.write_text(data)
    os.chdir("/tmp")
    os.open(trace, os.O_RDONLY)
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return found


def _is_trace(path: Path) -> bool:
    try:
        return "fn-spy" in str(path.readlink())
    except OSError:
        return False
