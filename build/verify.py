"""Run a new file before it is put in place, and take the time of its start."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

from build.core.console import counted
from build.core.errors import BuildError
from build.core.process import run_imports
from build.link.static import check_static

_STARTS, _COLD_STARTS = 9, 3  # the median counts
_NO_HANDLER = "no such handler"
_OF_NOBODY = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]


def verify(file: Path, index: dict[str, str], *, is_warm: bool) -> str:
    """Run the new file: check that it has the handlers, imports each, and starts and ends a run as it should."""
    check_static(file)
    bare = {"PATH": "/nowhere"}
    run_imports([file, "--index"], what="the new file, asked to import its handlers")
    listed = run_imports([file, "--list"], environment=bare, what="the new file, asked for its handlers").split()
    if listed != sorted(index):
        raise BuildError(f"the new file lists {', '.join(listed)}, the registry {', '.join(sorted(index))}")
    with tempfile.TemporaryDirectory() as folder:
        exchange = Path(folder)
        (exchange / "input.json").write_text("{}")
        environment = {"FN_DATA_DIR": folder, "FN_LOG_LEVEL": "debug"}
        run_imports([file, _NO_HANDLER], environment=environment, what="one run of the new file")
        found = sorted(path.name for path in exchange.iterdir())
        log = (exchange / "out.log").read_text(errors="backslashreplace") if (exchange / "out.log").exists() else ""
        if (
            found != ["done", "error.json", "input.json", "out.log"]
            or "fn.handler.unknown" not in (exchange / "error.json").read_text()
        ):
            raise BuildError(f"one run of the new file left {', '.join(found)}", log)
        if is_warm and "fn: warm boot" not in log:
            raise BuildError("the new file does not restore its snapshot on the machine that has taken it", log)
    return f"{counted(len(listed), 'handler')}, one run"


def start_time(file: Path, name: str, *, is_warm: bool) -> str:
    """Say how long a run of a verified file takes from its start to its end, whatever its handler does.

    It has no input, so it ends with an error before the handler, or a function under @on_start, is called. A cold one
    has the variables of the build, with which the imports went well before.
    """
    variables = {} if is_warm else {key: value for key, value in os.environ.items() if not key.startswith("FN_")}
    runs = range(_STARTS if is_warm else _COLD_STARTS)
    taken = statistics.median(_milliseconds_without_input(file, name, variables) for _ in runs)
    return f"A run takes {taken:.1f} ms" if is_warm else f"A run takes {taken:.0f} ms with the imports of {name}"


def _milliseconds_without_input(file: Path, name: str, variables: dict[str, str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**variables, "FN_DATA_DIR": folder}
        began = time.perf_counter()
        os.waitpid(os.posix_spawn(file, (file, name), environment, file_actions=_OF_NOBODY), 0)
        taken = time.perf_counter() - began
        error = Path(folder, "error.json")
        found = error.read_text() if error.exists() else "none"
        if "fn.input.missing" not in found:
            raise BuildError(f"a run of {name} without an input should end in fn.input.missing: its error is", found)
    return 1000 * taken
