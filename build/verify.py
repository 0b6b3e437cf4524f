"""Run a new file before it is put in place."""

from __future__ import annotations

import tempfile
from pathlib import Path

from build.core.console import counted
from build.core.errors import BuildError
from build.core.process import run_imports
from build.link.static import check_static


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
        name = "no such handler"
        run_imports(
            [file, name], environment={"FN_DATA_DIR": folder, "FN_LOG_LEVEL": "debug"}, what="one run of the new file"
        )
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
