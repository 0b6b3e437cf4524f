"""Writes log lines of every kind."""

import logging
import os
import subprocess
import sys
import warnings
from typing import Any

from entry import Context, handler


@handler
def talk(data: dict[str, Any], ctx: Context) -> int:
    lines = data.get("lines", 0)
    for number in range(lines):
        print(f"line {number}")
    if data.get("all"):
        print("from print")
        print("to stderr", file=sys.stderr)
        ctx.log.debug("from debug")
        ctx.log.info("from ctx %s", "with argument")
        ctx.log.warning("from warning")
        logging.getLogger("lib").info("from logging")
        warnings.warn("from warnings", stacklevel=1)
        os.write(1, b"from write\n")
        os.write(2, b"not utf-8: \xff\xfe, control: \x1b[31m\n")
        ctx.progress(3, 10, "steps")
    if data.get("long"):
        print("x" * data["long"])
    if data.get("bytes"):
        os.write(1, bytes.fromhex(data["bytes"]))
    if data.get("command"):
        subprocess.run(data["command"], check=True)
    return int(lines)
