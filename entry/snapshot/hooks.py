"""Drop what must not be the same in every warm run (`before_snapshot`), and make it anew (`after_restore`).

Only modules that are imported at the time of the snapshot count: the others start fresh by themselves. Authors add
their own with `@on_start`.
"""

from __future__ import annotations

import gc
import os
import sys
import time

from ..api import registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

# Values that a first use leaves behind: (module, name, the value before it).
_FIRST_USE: tuple[tuple[str, str, object], ...] = (
    ("tempfile", "_name_sequence", None),
    ("tempfile", "tempdir", None),
    ("uuid", "_node", None),
    ("uuid", "_last_timestamp", None),
    ("platform", "_uname_cache", None),
    ("joblib._multiprocessing_helpers", "name", None),  # of a semaphore: a process number and random letters
)

# Modules whose C libraries have generators of random numbers, and what renews these.
_GENERATORS = {"reseed_openssl": ("_ssl", "_hashlib"), "reseed_sqlite": ("_sqlite3",)}

PACKAGES_WITH_STATE = ("numpy", "rich", "bson", "loguru", "structlog", "psutil", "sympy")  # package_state.py

_ZONE = ("tzname", "timezone", "altzone", "daylight")

_restorers: list[Callable[[], object]] = []  # before the snapshot there are none
_assigned: dict[bytes, bytes] = {}  # variables that imports have set
_environment: dict[bytes, bytes] = os.environ._data  # type: ignore[attr-defined]  # the one that posix.environ is, too


def keep_seed(module: str) -> None:
    """Let runs of this module's handlers continue with the present state of `random`: their import has seeded it."""
    random: Any = sys.modules["random"]
    registry.before(module, _bound(random.setstate, random.getstate()))


def before_snapshot(with_seed: Sequence[str]) -> None:
    """Drop what belongs to the process of the build: generators, caches, times, thread numbers, time zone.

    Leave generators that an author has seeded, which are named, as they are.
    """
    modules = sys.modules
    for module, name, value in _FIRST_USE:
        if hasattr(modules.get(module), name):
            setattr(modules[module], name, value)
    _assigned.update(_environment)
    _environment.clear()
    _reset_time_zone()
    for module, (before, after) in [*_STEPS.items(), *_steps_of_packages()]:
        if module in modules:
            before(modules[module])
            _restorers.append(_bound(after, modules[module]))
    _reset_generators(with_seed)
    for step, users in _GENERATORS.items():
        if not modules.keys().isdisjoint(users):
            _restorers.append(getattr(modules["_fn"], step))


def _steps_of_packages() -> Iterable[tuple[str, tuple[Callable[[Any], object], Callable[[Any], object]]]]:
    """Return those of packages that keep something of their process; most files have none, and no table in memory."""
    if sys.modules.keys().isdisjoint(PACKAGES_WITH_STATE):
        return ()
    from .package_state import STEPS

    return STEPS.items()


def set_environment(environment: Mapping[bytes, bytes]) -> None:
    """Use the environment of this process. Variables that imports have set stay set, as in a cold boot."""
    _environment.update(environment)
    for name, value in _assigned.items():
        os.environb[name] = value


def after_restore() -> None:
    """Make anew what was dropped."""
    for step in _restorers:
        step()


def _bound(step: Callable[[Any], object], module: Any) -> Callable[[], object]:
    return lambda: step(module)


def _reset_generators(with_seed: Sequence[str]) -> None:
    """Give each generator that imports have made a seed of its own in every run, as in a cold boot."""
    random: Any = sys.modules.get("random")
    if not random:
        return
    kept = [random._inst]
    for name in with_seed:
        module, _, own_name = name.rpartition(".")
        kept.append(getattr(sys.modules.get(module), own_name, None))  # in the file it may not be imported
    for found in gc.get_objects():
        if not isinstance(found, random.Random) or isinstance(found, random.SystemRandom):
            continue
        if not any(found is each for each in kept):
            random.Random.seed(found, 0)
            _restorers.append(_bound(random.Random.seed, found))


def _reset_time_zone() -> None:
    """Look up the constants of `time` only when a run asks for them (PEP 562): libc reads a file for that."""
    for name in _ZONE:
        delattr(time, name)
    time.__getattr__ = _time_zone  # type: ignore[method-assign]


def _time_zone(name: str) -> object:
    if name not in _ZONE:
        raise AttributeError(f"module 'time' has no attribute {name!r}")
    time.tzset()  # sets them all
    return vars(time)[name]


def _reset_logging(logging: Any) -> None:
    logging._startTime = type(logging._startTime)()


def _restore_logging(logging: Any) -> None:
    logging._startTime = time.time_ns() if isinstance(logging._startTime, int) else time.time()


def _reset_threading(threading: Any) -> None:
    threading._main_thread._ident = threading._main_thread._native_id = 0
    threading._active.clear()


def _restore_threading(threading: Any) -> None:
    main = threading._main_thread
    main._ident = threading.get_ident()
    main._native_id = threading.get_native_id()
    if hasattr(main, "_handle"):
        main._handle = threading._make_thread_handle(main._ident)
    threading._active[main._ident] = main


def _reset_process(process: Any) -> None:
    process._current_process._config["authkey"] = b""
    process.ORIGINAL_DIR = None


def _restore_process(process: Any) -> None:
    process._current_process._config["authkey"] = process.AuthenticationString(os.urandom(32))
    try:
        process.ORIGINAL_DIR = os.getcwd()
    except FileNotFoundError:
        process.ORIGINAL_DIR = None  # as the module does itself


def watch_numpy() -> None:
    """Follow what numpy.random draws from now on; called before the snapshot, right after its import."""
    if not _restorers:
        from . import numpy_random

        numpy_random.watch(sys.modules["numpy.random.bit_generator"])
        numpy_random.overwrite_blocks(sys.modules["numpy"])


_STEPS: dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]] = {
    "random": (lambda random: random.seed(0), lambda random: random.seed()),
    "logging": (_reset_logging, _restore_logging),
    "threading": (_reset_threading, _restore_threading),
    "multiprocessing.process": (_reset_process, _restore_process),
    "multiprocessing.spawn": (lambda spawn: None, lambda spawn: spawn.set_executable(sys.executable)),
}
