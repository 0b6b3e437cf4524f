"""A run's life: what it starts, forks, registers and leaves behind. The input's `do` says which."""

import _thread
import atexit
import concurrent.futures.process
import concurrent.futures.thread
import gc
import io
import json
import logging
import multiprocessing
import multiprocessing.connection
import multiprocessing.pool
import multiprocessing.shared_memory
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from entry import Context, handler

_log = logging.getLogger("life")
OWN = threading.Lock()
os.register_at_fork(before=OWN.acquire, after_in_child=OWN.release, after_in_parent=OWN.release)
HOOKS: list[str] = []
os.register_at_fork(after_in_child=lambda: HOOKS.append("child"))


def _folder() -> Path:
    return Path(os.environ["FN_DATA_DIR"])


def _at_end() -> None:
    """Registered when the module is imported: in the file, before the snapshot."""
    if "LIFE_SAYS" in os.environ:
        print("registered at import", flush=True)


atexit.register(_at_end)


# ---- forks ----


def _locks() -> dict[str, object]:
    """What hooks of the standard library, and an author's, take before a fork."""
    locks = {
        "own": OWN,
        "logging": logging._lock,  # type: ignore[attr-defined]
        "handlers": [each.lock for each in logging.root.handlers],
        "pool": concurrent.futures.thread._global_shutdown_lock,
        "threads": threading._active_limbo_lock,  # type: ignore[attr-defined]
    }
    free = {}
    for name, found in locks.items():
        several = found if isinstance(found, list) else [found]
        free[name] = all(_taken_elsewhere(lock) for lock in several)
    return {"free": free, "hooks": HOOKS}


def _taken_elsewhere(lock: Any) -> bool:
    """Whether another thread gets it: a lock that may be taken twice says nothing in this one."""
    got = []

    def take() -> None:
        got.append(lock.acquire(timeout=5))
        if got[0]:
            lock.release()
        done.release()

    done = _thread.allocate_lock()
    done.acquire()
    _thread.start_new_thread(take, ())
    done.acquire()
    return bool(got[0])


def _pool() -> list[int]:
    with concurrent.futures.thread.ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda number: number * number, range(5)))


def _log_in_threads() -> str:
    threads = [threading.Thread(target=_log.warning, args=(f"from thread {number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return "logged"


def _fork() -> dict[str, object]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writing, "w") as stream:
            json.dump({"hooks": HOOKS, "pool": _pool(), "draw": random.random()}, stream)
        os._exit(7)
    os.close(writing)
    with os.fdopen(reading) as stream:
        told = json.load(stream)
    told.pop("draw")
    return {"child": told, "status": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "own": OWN.locked()}


def _in_child(act: Callable[[], object]) -> Callable[[], int]:
    """The status of a forked child that does it and goes on as the handler."""

    def forked() -> int:
        child = os.fork()
        if child == 0:
            act()
            return -1
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    return forked


def _child_of_a_child() -> None:
    atexit.register(print, "the child has ended", flush=True)
    _kept.append((_folder() / "child.txt").open("w"))
    _kept[-1].write("of the child")


def _children_that_are_ended() -> list[int | None]:
    """They are ended in all moments of their life: at once, and when they have begun."""
    codes = []
    for number in range(24):
        child = multiprocessing.Process(target=time.sleep, args=(60,))
        child.start()
        if number % 3 == 0:
            threading.Event().wait(0.002 * (number % 5))
        child.terminate()
        child.join()
        codes.append(child.exitcode)
    return codes


def _child_that_is_ended() -> int | None:
    child = multiprocessing.Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join()
    return child.exitcode


def _sleep_in_pool(number: int) -> int:
    return number + 1


def _process_pool() -> list[int]:
    with multiprocessing.Pool(2) as pool:
        return pool.map(_sleep_in_pool, range(4))


def _signals_of_a_child() -> list[bool]:
    def same() -> list[bool]:
        kinds = {
            signal.SIGTERM: signal.SIG_DFL,
            signal.SIGHUP: signal.SIG_DFL,
            signal.SIGINT: signal.default_int_handler,
        }
        return [*(signal.getsignal(number) == kind for number, kind in kinds.items()), _no_signal_is_held()]

    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(same()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    return [*json.loads(os.read(reading, 1000)), _no_signal_is_held()]


def _no_signal_is_held() -> bool:
    return not signal.pthread_sigmask(signal.SIG_BLOCK, ())


# ---- the file as an interpreter ----


def _python(words: list[str], **options: Any) -> dict[str, object]:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, **options)
    return {"status": done.returncode, "out": done.stdout, "error": done.stderr}


def _interpreters(data: dict[str, Any]) -> object:
    script = _folder() / "vars" / "script.py"
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
        "relative": _python(["vars/script.py", "x"], cwd=_folder()),
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
    here = str(_folder())
    before = {path.name: path.stat().st_mtime_ns for path in _folder().iterdir()}
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
            ([data["handler"], "--data", f"{here}/../{_folder().name}"], None),
            ([data["handler"]], {"FN_DATA_DIR": here}),
            ([data["handler"], "--data", here], {"A": "B"}),
        )
    ]
    after = {path.name: path.stat().st_mtime_ns for path in _folder().iterdir()}
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


# ---- the end ----

_kept: list[Any] = []


class _Target:
    pass


def _text_file() -> str:
    _kept.append((_folder() / "kept.txt").open("w"))
    _kept[-1].write("kept")
    return "written"


def _other_files() -> str:
    import gzip

    _kept.append(gzip.open(_folder() / "kept.gz", "wt"))  # noqa: SIM115
    _kept[-1].write("packed")
    _kept.append(zipfile.ZipFile(_folder() / "kept.zip", "w"))
    _kept[-1].writestr("name", "zipped")
    _kept.append(tempfile.NamedTemporaryFile(dir=_folder()))  # noqa: SIM115
    ring: list[Any] = [(_folder() / "ring.bin").open("wb")]
    ring[0].write(b"in a cycle")
    ring.append(ring)
    gc.disable()
    detached = io.TextIOWrapper(io.BytesIO())
    detached.detach()
    _kept.append(detached)
    return "written"


def _register() -> str:
    atexit.register(print, "first registered", flush=True)
    atexit.register(print, "last registered")
    _kept.append(_Target())
    weakref.finalize(_kept[-1], print, "finalized")
    return "registered"


def _callback_that_fails() -> str:
    atexit.register(print, "and the next is called")
    atexit.register(lambda: 1 / 0)
    return "registered"


def _non_daemon() -> str:
    def work() -> None:
        main.join()
        print("the thread ends", flush=True)
        atexit.register(print, "registered by the thread", flush=True)

    main = threading.current_thread()
    threading.Thread(target=work).start()
    return "returned"


def _pool_not_shut() -> str:
    def work() -> None:
        time.sleep(0.2)
        print("the pool's work ends", flush=True)

    pool = concurrent.futures.thread.ThreadPoolExecutor(1)
    pool.submit(work)
    _kept.append(pool)
    return "returned"


def _endless(*, stubborn: bool) -> str:
    print("waiting", flush=True)
    atexit.register(print, "the callback", flush=True)
    if stubborn:
        atexit.register(threading.Event().wait)
    else:
        threading.Thread(target=threading.Event().wait).start()
    return "returned"


def _daemon() -> str:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return "returned"


def _thread_and_failure() -> None:
    _non_daemon()
    raise KeyError("failed")


def _own_hook() -> None:
    sys.excepthook = lambda kind, error, trace: print(f"own hook: {kind.__name__}")
    raise ValueError("for the hook")


def _hook_that_fails() -> None:
    def hook(*error: object) -> None:
        raise KeyError("in the hook")

    sys.excepthook = hook
    raise ValueError("for the hook")


ACTIONS: dict[str, Callable[[], object]] = {
    "locks": _locks,
    "pool": _pool,
    "log in threads": _log_in_threads,
    "fork": _fork,
    "child returns": _in_child(_child_of_a_child),
    "child exits": _in_child(lambda: sys.exit(3)),
    "child says": _in_child(lambda: sys.exit("a reason")),
    "child fails": _in_child(lambda: 1 / 0),
    "children that are ended": _children_that_are_ended,
    "a child that is ended": _child_that_is_ended,
    "an interpreter": lambda: _python(["-c", "print(42)"])["out"],
    "a second run": _second_run,
    "an interpreter that is left behind": _interpreter_left_behind,
    "process pool": _process_pool,
    "signals of a child": _signals_of_a_child,
    "spawn": _spawned("spawn"),
    "forkserver": _spawned("forkserver"),
    "spawn executor": _executor("spawn"),
    "fork executor": _executor("fork"),
    "shared memory": lambda: _shared_memory(forgotten=False),
    "shared memory, forgotten": lambda: _shared_memory(forgotten=True),
    "exit": lambda: exit(3),
    "quit": quit,
    "text file": _text_file,
    "other files": _other_files,
    "register": _register,
    "callback that fails": _callback_that_fails,
    "non-daemon": _non_daemon,
    "pool not shut": _pool_not_shut,
    "endless thread": lambda: _endless(stubborn=False),
    "endless callback": lambda: _endless(stubborn=True),
    "daemon": _daemon,
    "thread and failure": _thread_and_failure,
    "own hook": _own_hook,
    "hook that fails": _hook_that_fails,
    "environment": lambda: sys.executable,
}
WITH_DATA: dict[str, Callable[[dict[str, Any]], object]] = {
    "interpreters": _interpreters,
    "second runs": _second_runs,
    "another exchange": _another_exchange,
}


@handler(errors={KeyError: "life.failed"})
def life(data: dict[str, Any], ctx: Context) -> object:
    if data["do"] in WITH_DATA:
        return WITH_DATA[data["do"]](data)
    return ACTIONS[data["do"]]()
