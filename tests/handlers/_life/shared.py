"""What several kinds need: the exchange, and what nobody closes."""

import os
from pathlib import Path
from typing import Any

kept: list[Any] = []


def folder() -> Path:
    return Path(os.environ["FN_DATA_DIR"])
