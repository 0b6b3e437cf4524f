"""The tables of imports.py: what calls of the standard library read, set or make."""

from __future__ import annotations

import _locale
import _thread
import faulthandler
import os
import random
import resource
import signal  # noqa: F401  # which imports _signal
import socket
import sys
import time
from datetime import date, datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

EVENTS = {  # of sys.addaudithook
    "socket.getaddrinfo": "looks a host name up",
    "socket.bind": "listens on a network address",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.fork": "starts a process",
    "os.posix_spawn": "starts a process",
}

CONNECT = "socket.connect", "connects to a network address"  # every run would have what the build was answered

native: Any = sys.modules["_signal"]  # its functions are written in C
READS_VARIABLE = "reads the environment variable "
TIME = "keeps the time"
DRAWS = "draws a random value"
_NUMBER = "keeps the number of a process"
EACH_TIME_ANOTHER = (TIME, DRAWS, _NUMBER)

_STARTS_OF_THREADS = [  # the second one is Python 3.13's
    getattr(_thread, name) for name in ("start_new_thread", "start_joinable_thread") if hasattr(_thread, name)
]

# Functions written in C, as the interpreter tells of their calls.
READS: dict[Any, str] = {
    **dict.fromkeys((os.getpid, os.getppid), _NUMBER),
    **dict.fromkeys((os.getuid, os.geteuid, os.getgid, os.getegid, os.getlogin), "keeps who the user is"),
    **dict.fromkeys((os.getcwd, os.getcwdb), "keeps the working directory"),
    **dict.fromkeys((os.uname, socket.gethostname), "keeps the name of the machine"),
    **dict.fromkeys((datetime.now, datetime.utcnow, datetime.today, date.today, time.time, time.time_ns), TIME),
    **dict.fromkeys((time.monotonic, time.monotonic_ns, time.perf_counter, time.perf_counter_ns), TIME),
    **dict.fromkeys((time.clock_gettime, time.clock_gettime_ns), TIME),
    **dict.fromkeys((os.cpu_count, os.sched_getaffinity), "keeps the number of processors"),
    **dict.fromkeys(_STARTS_OF_THREADS, "starts a thread"),
    **dict.fromkeys((os.urandom, os.getrandom), DRAWS),
}  # fmt: skip
# Functions that read the clock unless they get a moment, with the number of arguments without one.
READS_WITHOUT_MOMENT: dict[Any, int] = {time.localtime: 0, time.gmtime: 0, time.ctime: 0, time.strftime: 1}
OF_MOMENTS = {"now", "utcnow", "today"}  # class methods, of an author's own subclasses of date, too
# urllib.request goes through all variables for these.
READS_PROXIES = "getproxies_environment"
PROXIES = [
    name for each in ("http", "https", "ftp", "all", "no") for name in (f"{each}_proxy", f"{each}_proxy".upper())
]
# Functions of the standard library that hand all variables to a program: `file`, gcc, `uuidgen` and the like.
STARTS_PROGRAM = ("_syscmd_file", "_findLib_gcc", "_get_command_stdout")
GOES_THROUGH_MAPPING = (
    "ItemsView.__iter__",
    "ValuesView.__iter__",
    "KeysView.__iter__",
    "Mapping.items",
    "Mapping.keys",
)
# Variables that are set in every container or shell, which say nothing that imports have to see: where a user's files
# are, who he is, which language he speaks; a snapshot has none of that. FN_ is ours, Python's own are not read. On AWS,
# botocore reads for the name that it tells servers which service it runs under.
_OF_EVERY_PLACE = {
    "AWS_EXECUTION_ENV", "HOME", "HOSTNAME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "PWD", "SHELL", "SHLVL", "TERM",
    "TMPDIR", "TZ", "USER", "USERNAME",
}  # fmt: skip
_OF_EVERY_PLACE_TOO = ("FN_", "LC_", "PYTHON", "_PYTHON", "XDG_")


def is_of_every_place(variable: str) -> bool:
    """Tell whether a run restores a snapshot although this variable is set, and an import has read it."""
    return variable in _OF_EVERY_PLACE or variable.startswith(_OF_EVERY_PLACE_TOO)


def begins_some_of_every_place(prefix: str) -> bool:
    """Tell whether variables with this prefix are set in every container, beside others that count."""
    known = (*_OF_EVERY_PLACE, *_OF_EVERY_PLACE_TOO)
    return not is_of_every_place(prefix) and any(each.startswith(prefix) for each in known)


DRAWS_FROM_RANDOM = (random.random, random.getrandbits)  # all functions of the module lead there; with a seed, no draw
READS_OF_PYTHON = {  # by where the code of a function of Python lies, and its name
    ("getpass.py", "getuser"): "keeps who the user is",
    ("uuid.py", "uuid1"): TIME,
}

UNLIKELY_MASK = 0o067  # of modes of new files, while imports are watched: what an import sets is another one
_LIMITS = 16  # RLIM_NLIMITS of asm-generic/resource.h


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# State of the process that is not in Python's memory: how to see it, what sets it, and how to say so.
STATES: dict[str, Callable[[], object]] = {
    "changes the working directory": os.getcwd,
    "sets the mask of the modes of new files": _mask,
    "sets the priority of the process": lambda: os.getpriority(os.PRIO_PROCESS, 0),
    "sets limits of the process": lambda: [resource.getrlimit(kind) for kind in range(_LIMITS)],
    "blocks signals": lambda: native.pthread_sigmask(native.SIG_BLOCK, []),
    "sets a timer": lambda: native.getitimer(native.ITIMER_REAL)[0] > 0,
    "sets the locale": lambda: _locale.setlocale(_locale.LC_ALL, None),
    "handles faults with faulthandler": faulthandler.is_enabled,
}
set_locale = _locale.setlocale
SETS_LOCALE = ("locale.py", "setlocale")  # what its argument names may be another locale elsewhere
SETS: dict[Any, str] = {
    **dict.fromkeys((os.chdir, os.fchdir), "changes the working directory"),
    os.umask: "sets the mask of the modes of new files",
    **dict.fromkeys((os.nice, os.setpriority), "sets the priority of the process"),
    **dict.fromkeys((resource.setrlimit, resource.prlimit), "sets limits of the process"),
    native.pthread_sigmask: "blocks signals",
    **dict.fromkeys((native.alarm, native.setitimer), "sets a timer"),
    set_locale: "sets the locale",
    faulthandler.enable: "handles faults with faulthandler",
}

# Objects that hold more than Python's memory, by module and name of their class; and what tells where one was made.
KEPT = {
    ("sqlite3", "Connection"): "keeps a connection to a database of SQLite",
    ("_ssl", "_SSLContext"): "keeps an SSL context, which holds secret keys of its own",
    ("mmap", "mmap"): "keeps mapped memory",
    ("_ctypes", "CThunkObject"): "keeps a function that C code may call (ctypes)",
    ("multiprocessing.synchronize", "SemLock"): "keeps a lock that processes share",
}
SOCKET = "a socket"
MADE_BY_EVENT = {
    "socket.__new__": SOCKET,
    "sqlite3.connect": KEPT["sqlite3", "Connection"],
    "mmap.__new__": KEPT["mmap", "mmap"],
}
MADE_BY_PYTHON = {
    ("ssl.py", "SSLContext.__new__"): KEPT["_ssl", "_SSLContext"],
    ("__init__.py", "CFUNCTYPE"): KEPT["_ctypes", "CThunkObject"],
    ("__init__.py", "PYFUNCTYPE"): KEPT["_ctypes", "CThunkObject"],
    ("synchronize.py", "SemLock.__init__"): KEPT["multiprocessing.synchronize", "SemLock"],
}

SEEDING = {function.__code__ for function in (random.Random.__init__, random.Random.seed, random.Random.setstate)}
# What os.environ calls, too: an author's own call leaves that as it is, and then it is lost.
SETS_VARIABLE = {os.putenv, os.unsetenv}
VARIABLE = "sets a variable for child processes that os.environ does not know"
# What the heap of an interpreter is no snapshot of, and a whole process is (docs/warm-boot.md).
OF_PROCESS = {
    KEPT["sqlite3", "Connection"], KEPT["_ssl", "_SSLContext"], KEPT["mmap", "mmap"], KEPT["_ctypes", "CThunkObject"],
    "sets the locale", "handles faults with faulthandler",
    VARIABLE,
}  # fmt: skip
NAMES = {name.rpartition(".")[2] for _, name in (*READS_OF_PYTHON, *MADE_BY_PYTHON, SETS_LOCALE)}
