"""Processes: programs, children, signals, what the system says of itself."""

from __future__ import annotations

import ctypes
import errno
import getpass
import grp
import multiprocessing
import os
import platform
import pty
import pwd
import resource
import select
import signal
import site
import subprocess
import sys
import sysconfig
import syslog
import termios
import time

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("processes")
def run(name: str) -> object:
    return idiom.run(name)


LOCK_HELD: list[str] = []
FORKED: list[str] = []
os.register_at_fork(
    before=lambda: FORKED.append("before"),
    after_in_parent=lambda: FORKED.append("parent"),
    after_in_child=lambda: FORKED.append("child"),
)


class Structure(ctypes.Structure):
    _fields_ = (("a", ctypes.c_int), ("b", ctypes.c_double))


@idiom
def programs():
    done = subprocess.run(["/bin/sh", "-c", "cat; echo err >&2; exit 3"], input="in", capture_output=True, text=True)
    found = [done.returncode, done.stdout, done.stderr, subprocess.check_output(["/bin/echo", "ä"], encoding="utf-8")]
    try:
        subprocess.run(["/bin/false"], check=True)
    except subprocess.CalledProcessError as error:
        found.append(str(error))
    try:
        subprocess.run(["/no/such/program"])
    except FileNotFoundError as error:
        found.append(str(error))
    return found


@idiom
def programs_in_a_pipe():
    first = subprocess.Popen(["/bin/echo", "a b"], stdout=subprocess.PIPE)
    second = subprocess.Popen(["/usr/bin/tr", "a", "x"], stdin=first.stdout, stdout=subprocess.PIPE)
    first.stdout.close()
    return [second.communicate()[0].decode(), first.wait(), subprocess.getoutput("echo 1")]


@idiom
def programs_that_take_too_long():
    try:
        subprocess.run(["/bin/sleep", "60"], timeout=0.05)
    except subprocess.TimeoutExpired as error:
        return [error.cmd, type(error).__name__]


@idiom
def programs_that_are_killed():
    child = subprocess.Popen(["/bin/sleep", "60"])
    child.terminate()
    return child.wait()


@idiom
def environment_of_programs():
    done = subprocess.run(["/bin/sh", "-c", "echo $IDIOM; pwd"], env={"IDIOM": "here"}, cwd="/", capture_output=True)
    os.environ["IDIOM_SET"] = "late"
    return [done.stdout.decode(), subprocess.getoutput("echo $IDIOM_SET"), os.path.expandvars("$IDIOM_SET/x")]


@idiom
def spawned_programs():
    process = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 7"], {})
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@idiom
def system_calls_of_old():
    return [os.waitstatus_to_exitcode(os.system("exit 4")), os.popen("echo x").read()]


@idiom
def children():
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.write(write, ",".join(FORKED).encode())
        os._exit(5)
    os.close(write)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return [status, os.read(read, 99).decode(), FORKED]


@idiom
def child_that_is_killed():
    process = os.fork()
    if process == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        while True:
            signal.pause()
    os.kill(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _double(queue, value):
    queue.put(value * 2)


def _square(value):
    return value * value


@idiom
def process_of_multiprocessing():
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=_double, args=(queue, 21))
    child.start()
    found = queue.get()
    child.join()
    return [found, child.exitcode]


@idiom
def process_that_is_terminated():
    context = multiprocessing.get_context("fork")
    child = context.Process(target=time.sleep, args=(600,))
    child.start()
    child.terminate()
    child.join()
    return child.exitcode


@idiom
def pool_of_processes():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return [pool.map(_square, range(5)), pool.apply(_square, (9,))]


@idiom
def executor_of_processes():
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(_square, range(4)))


@idiom
def pipes_between_processes():
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    value = context.Value("i", 3)
    child = context.Process(target=_answer, args=(there, value))
    child.start()
    here.send({"a": [1, 2]})
    found = here.recv()
    child.join()
    return [found, value.value]


def _answer(pipe, value):
    with value.get_lock():
        value.value += 1
    pipe.send(list(pipe.recv()))


@idiom
def interpreter_as_a_child():
    done = subprocess.run(
        [sys.executable, "-c", "import json; print(json.dumps([1, 'ä']))"], capture_output=True, text=True
    )
    return [done.returncode, done.stdout]


@idiom
def module_as_a_child():
    done = subprocess.run(
        [sys.executable, "-m", "json.tool", "--compact"], input='{"a": 1}', capture_output=True, text=True
    )
    return [done.returncode, done.stdout]


@idiom
def signals():
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    signal.raise_signal(signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
    return [
        seen,
        signal.Signals(15).name,
        before == signal.SIG_DFL,
        signal.strsignal(9),
        signal.getsignal(signal.SIGINT) is not None,
    ]


@idiom
def alarms():
    seen = []
    signal.signal(signal.SIGALRM, lambda number, frame: seen.append("alarm"))
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)  # again and again: one may come before the pause
    while not seen:
        signal.pause()
    signal.setitimer(signal.ITIMER_REAL, 0)
    return seen[0]


@idiom
def masks_of_signals():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    os.kill(os.getpid(), signal.SIGUSR2)
    pending = sorted(signal.sigpending())
    found = signal.sigwait({signal.SIGUSR2})
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return [sorted(before), pending, found]


@idiom
def signal_of_a_broken_pipe():
    read, write = os.pipe()
    os.close(read)
    try:
        os.write(write, b"x")
    except BrokenPipeError as error:
        return [error.errno == errno.EPIPE, signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN]


@idiom
def limits_of_resources():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    return [
        soft > 0,
        resource.getrlimit(resource.RLIMIT_CORE)[0],
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0,
    ]


@idiom
def users_and_groups():
    user = pwd.getpwuid(0)
    return [
        user.pw_name,
        user.pw_dir,
        grp.getgrgid(0).gr_name,
        pwd.getpwnam("root").pw_uid,
        os.path.expanduser("~root"),
    ]


@idiom
def name_of_the_user():
    os.environ["LOGNAME"] = "somebody"
    return getpass.getuser()


@idiom
def system_by_platform():
    return [
        platform.system(),
        platform.machine(),
        platform.python_version(),
        platform.python_implementation(),
        platform.release() == os.uname().release,
        platform.node() == os.uname().nodename,
    ]


@idiom
def libc_by_platform():
    return [platform.libc_ver()[0], platform.architecture()[0]]


@idiom
def settings_of_the_system():
    return [
        sysconfig.get_python_version(),
        sysconfig.get_platform(),
        sysconfig.get_path("stdlib") is not None,
        sysconfig.get_config_var("EXT_SUFFIX"),
        isinstance(site.ENABLE_USER_SITE, bool | None),
    ]


@idiom
def processors():
    return [os.cpu_count() > 0, len(os.sched_getaffinity(0)) > 0, os.sysconf("SC_PAGE_SIZE"), len(os.getloadavg())]


@idiom
def terminals():
    master, slave = pty.openpty()
    os.write(slave, b"x\n")
    read = b""
    while not read.endswith(b"\n"):  # the system passes it on by and by
        read += os.read(master, 9)
    found = [os.isatty(slave), read.decode(), termios.tcgetattr(slave)[3] & termios.ICANON != 0]
    os.close(master)
    os.close(slave)
    return found


@idiom
def identities():
    return [
        os.getpid() > 0,
        os.getppid() > 0,
        os.getuid() == os.stat("/proc/self").st_uid,
        os.getpgid(0) > 0,
        os.getpid() == int(os.readlink("/proc/self")),
        os.umask(os.umask(0o22)) >= 0,
    ]


@idiom
def words_of_the_command():
    return [
        isinstance(sys.argv, list),
        sys.stdin.read() if not sys.stdin.closed else "",
        sys.stdout.encoding,
        sys.stdout.errors,
        sys.stderr.errors,
        sys.stdin.isatty(),
    ]


@idiom
def files_of_processes():
    with open("/proc/self/status", encoding="ascii") as file:
        return "VmRSS" in file.read()


@idiom
def structures_of_c():
    value = Structure(1, 2.5)
    array = (ctypes.c_int * 3)(1, 2, 3)
    return [
        ctypes.sizeof(value),
        value.b,
        list(array),
        ctypes.string_at(b"abc", 2).decode(),
        ctypes.c_uint8(300).value,
        ctypes.cast(ctypes.pointer(ctypes.c_int(5)), ctypes.POINTER(ctypes.c_int)).contents.value,
    ]


@idiom
def functions_of_c():
    libc = ctypes.CDLL(None)
    libc.strlen.restype = ctypes.c_size_t
    return [libc.strlen(b"four"), ctypes.pythonapi.Py_IsInitialized()]


@idiom
def callbacks_of_c():
    kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
    return kind(lambda n: n + 1)(41)


@idiom
def errors_by_number():
    return [os.strerror(2), errno.errorcode[13], str(OSError(2, "x", "f")), type(OSError(17, "x")).__name__]


@idiom
def waiting_for_children():
    poll = select.poll()
    process = os.fork()
    if process == 0:
        os._exit(0)
    descriptor = os.pidfd_open(process)
    poll.register(descriptor, select.POLLIN)
    ready = len(poll.poll(20_000))
    status = os.waitid(os.P_PIDFD, descriptor, os.WEXITED).si_status
    os.close(descriptor)
    return [ready, status]


@idiom
def priorities():
    return [os.getpriority(os.PRIO_PROCESS, 0) == os.nice(0), syslog.LOG_ERR]
