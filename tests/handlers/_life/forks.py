"""Forks, and what is taken and registered around them."""

import _thread
import atexit
import concurrent.futures.process
import concurrent.futures.thread
import json
import logging
import multiprocessing
import multiprocessing.connection
import multiprocessing.pool
import multiprocessing.shared_memory
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from .shared import folder, kept

_log = logging.getLogger("life")
OWN = threading.Lock()
os.register_at_fork(before=OWN.acquire, after_in_child=OWN.release, after_in_parent=OWN.release)
HOOKS: list[str] = []
os.register_at_fork(after_in_child=lambda: HOOKS.append("child"))


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
        got.append(lock.acquire(timeout=60))
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
    kept.append((folder() / "child.txt").open("w"))
    kept[-1].write("of the child")


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
    "process pool": _process_pool,
    "signals of a child": _signals_of_a_child,
}
