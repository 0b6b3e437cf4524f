"""The file as an interpreter, and second runs."""

import concurrent.futures.process
import concurrent.futures.thread
import multiprocessing
import multiprocessing.connection
import multiprocessing.pool
import multiprocessing.shared_memory
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .shared import folder


def _python(words: list[str], **options: Any) -> dict[str, object]:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, **options)
    return {"status": done.returncode, "out": done.stdout, "error": done.stderr}


def _interpreters(data: dict[str, Any]) -> object:
    script = folder() / "vars" / "script.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text("import sys, beside\nprint(sys.argv[1:], beside.WORD, __name__)\n")
    (script.parent / "beside.py").write_text(
        "import sys\nWORD = 'beside'\nif __name__ == '__main__':\n    print(sys.argv[1:])\n"
    )
    try:
        return _started_so(script)
    finally:
        for each in script.parent.iterdir():
            each.unlink()
        script.parent.rmdir()


def _started_so(script: Path) -> object:
    code = "import json, sys; print(json.__name__, sys.argv[1:])"
    return {
        "-c": _python(["-c", code, "--list", "a b"]),
        "flags": _python(
            [
                "-B",
                "-S",
                "-I",
                "-E",
                "-s",
                "-u",
                "-X",
                "utf8",
                "-W",
                "error",
                "-c",
                "import sys; print(sys.flags.isolated)",
            ]
        ),
        "-m": _python(["-m", "beside", "x"], cwd=script.parent),
        "script": _python([str(script), "x"]),
        "relative": _python(["vars/script.py", "x"], cwd=folder()),
        "no environment": _python(["-c", "print(42)"], env={}),
        "stdin": _python(["-"], input="print('from stdin')"),
        "bare": _python([], input="print('from stdin')"),
        "raises": _python(["-c", "raise SystemExit(3)"]),
        "fails": {**_python(["-c", "1/0"]), "error": "ZeroDivisionError" in str(_python(["-c", "1/0"])["error"])},
        "exit": _python(["-c", "exit(5)"]),
        "same": _python(["-c", "import sys; print(sys.executable)"])["out"] == f"{sys.executable}\n",
        "ends": _python(
            ["-c", "import atexit; atexit.register(print, 'ended'); open(1, 'w', closefd=False).write('kept ')"]
        ),
        "exists": os.access(sys.executable, os.X_OK),
    }


def _interpreter_left_behind() -> str:
    words = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    return child.stdout.readline().strip()


def _second_runs(data: dict[str, Any]) -> object:
    """Started from within a run, in several ways: none opens its exchange."""
    here = str(folder())
    before = {path.name: path.stat().st_mtime_ns for path in folder().iterdir()}
    command = data["command"]
    found = [
        subprocess.run(
            [*command, *words],
            capture_output=True,
            text=True,
            check=False,
            env=environment and {**environment, **data["environment"]},
        )
        for words, environment in (
            ([data["handler"]], None),
            ([data["handler"], "--data", here], None),
            ([data["handler"], "--data", f"{here}/../{folder().name}"], None),
            ([data["handler"]], {"FN_DATA_DIR": here}),
            ([data["handler"], "--data", here], {"A": "B"}),
        )
    ]
    after = {path.name: path.stat().st_mtime_ns for path in folder().iterdir()}
    return {
        "statuses": [each.returncode for each in found],
        "said": ["in use by another run" in each.stderr for each in found],
        "untouched": before == after,
    }


def _second_run() -> list[object]:
    done = subprocess.run([sys.executable, "value"], capture_output=True, text=True, check=False)
    return [done.returncode, "in use by another run" in done.stderr]


def _another_exchange(data: dict[str, Any]) -> object:
    with tempfile.TemporaryDirectory(dir=data["folder"]) as folder:
        Path(folder, "input.json").write_text('{"inner": 1}')
        words = [*data["command"], "value", "--data", folder]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return {"status": done.returncode, "output": Path(folder, "output.json").read_text(), "error": done.stderr}


def _triple(number: int) -> int:
    return number * 3


def _spawned(method: str) -> Callable[[], list[int]]:
    def act() -> list[int]:
        with multiprocessing.get_context(method).Pool(2) as pool:
            return pool.map(_triple, range(4))

    return act


def _executor(method: str) -> Callable[[], list[int]]:
    def act() -> list[int]:
        context = multiprocessing.get_context(method)
        with concurrent.futures.process.ProcessPoolExecutor(2, mp_context=context) as pool:
            return list(pool.map(_triple, range(4)))

    return act


def _shared_memory(*, forgotten: bool) -> str:
    memory = multiprocessing.shared_memory.SharedMemory(create=True, size=64)
    assert memory.buf is not None
    memory.buf[:5] = b"hello"
    other = multiprocessing.shared_memory.SharedMemory(name=memory.name)
    assert other.buf is not None
    text = bytes(other.buf[:5]).decode()
    other.close()
    if forgotten:
        return memory.name
    memory.close()
    memory.unlink()
    return text


ACTIONS: dict[str, Callable[[], object]] = {
    "an interpreter": lambda: _python(["-c", "print(42)"])["out"],
    "a second run": _second_run,
    "an interpreter that is left behind": _interpreter_left_behind,
    "spawn": _spawned("spawn"),
    "forkserver": _spawned("forkserver"),
    "spawn executor": _executor("spawn"),
    "fork executor": _executor("fork"),
    "shared memory": lambda: _shared_memory(forgotten=False),
    "shared memory, forgotten": lambda: _shared_memory(forgotten=True),
}
WITH_DATA: dict[str, Callable[[dict[str, Any]], object]] = {
    "interpreters": _interpreters,
    "second runs": _second_runs,
    "another exchange": _another_exchange,
}
