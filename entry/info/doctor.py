"""Say what this container offers a run, and how to fix each thing that is missing (`fn --doctor`). Change nothing."""

from __future__ import annotations

import os

from ..api import errors, registry
from ..api.errors import FunctionError
from ..api.variables import AS_ROOT
from ..frozen import IS_FILE
from ..runtime.exchange import BRIEF_MAX, Exchange
from .boot_advice import advice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..runtime.settings import Settings

_CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt")
_ZONES = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo")
_MEMORY_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_PROCESSOR_LIMIT = "/sys/fs/cgroup/cpu.max"
_RESOLVER = "/etc/resolv.conf"
_NO_LIMIT = 1 << 60
_RESERVED = BRIEF_MAX  # bytes without which no run begins
_LITTLE_ROOM, _LITTLE_MEMORY = 16 << 20, 64 << 20


class Diagnostic:
    """One line of the report; `fix` says what to do if a run would fail, `note` if only some handlers would."""

    __slots__ = ("fix", "note", "text", "topic")

    def __init__(self, topic: str, text: str, *, fix: str = "", note: str = "") -> None:
        self.topic, self.text, self.fix, self.note = topic, text, fix, note

    def __str__(self) -> str:
        mark = "fix " if self.fix else "note" if self.note else "ok  "
        advice = self.fix or self.note
        return f"{mark}  {self.topic:<10}  {self.text}" + (f"\n{'':18}{advice}" if advice else "")


def examine(options: Settings, environment: Mapping[str, str]) -> list[Diagnostic]:
    """Check everything that a run or a handler may need, in the order in which a run needs it."""
    usage = [Diagnostic("settings", options.problem.message, fix="see --help")] if options.problem else []
    looks: list[Callable[[], Diagnostic]] = [
        _boot,
        lambda: _handler(options.handler),
        _user,
        lambda: _machine(environment),
        lambda: _exchange(options.data_dir),
        lambda: _variables(options.data_dir),
        _memory,
        _processors,
        lambda: _temporary(environment),
        lambda: _authorities(environment),
        _resolver,
        lambda: _zones(environment),
    ]
    return usage + [look() for look in looks]


def show(options: Settings) -> int:
    """Print the diagnostics; return 1 if a run would fail, else 0."""
    found = examine(options, os.environ)
    print("\n".join(map(str, found)))
    return int(any(diagnostic.fix for diagnostic in found))


def _boot() -> Diagnostic:
    if not IS_FILE:
        return Diagnostic("boot", "from source: the interpreter of this machine")
    import _fn

    reason, unexpected = _fn.boot()
    if not reason:
        return Diagnostic("boot", "warm: restored from the snapshot; this processor has all that its build's had")
    return Diagnostic("boot", f"cold: {reason}", note=f"for a warm boot: {advice(reason)}" if unexpected else "")


def _handler(name: str | None) -> Diagnostic:
    try:
        return Diagnostic("handler", registry.find(name).name)
    except FunctionError as error:
        if error.code == errors.HANDLER_AMBIGUOUS:
            return Diagnostic("handler", error.message, note='in a workflow: cmd: "/fn NAME"')
        return Diagnostic("handler", error.message, fix="correct FN_HANDLER, the argument, or the handler's module")


def _user() -> Diagnostic:
    return Diagnostic("user", f"{os.getuid()}, group {os.getgid()}{'' if os.getuid() else ', which is root'}")


def _machine(environment: Mapping[str, str]) -> Diagnostic:
    """Look for what code takes for granted; in the file, build/boot/vfs answers for what is missing."""
    missing = [path for path in ("/dev/null", "/dev/urandom") if not os.path.exists(path)]
    if not _holds("/etc/passwd", f":{os.getuid()}:".encode()):
        missing.append(f"user {os.getuid()} in /etc/passwd")
    if not environment.get("HOME"):
        missing.append("HOME")
    if not missing:
        return Diagnostic("machine", "devices, the user's name and home are there")
    return Diagnostic("machine", f"there is no {', no '.join(missing)}: the file has something in place of each")


def _exchange(path: str) -> Diagnostic:
    fix = f"mount a directory at {path} that user {os.getuid()} can write, or name another one with FN_DATA_DIR"
    if not os.path.lexists(path):
        return Diagnostic("exchange", f"{path} does not exist", fix=fix)
    if not os.path.isdir(path):
        return Diagnostic("exchange", f"{path} is no directory", fix=fix)
    if not os.access(path, os.W_OK | os.X_OK):
        return Diagnostic("exchange", f"{path} cannot be written by user {os.getuid()}", fix=fix)
    room = os.statvfs(path)
    free = room.f_bavail * room.f_frsize
    if free < _RESERVED or (room.f_files and room.f_favail == 0):
        return Diagnostic("exchange", f"{path} is full", fix="give it more room, or empty it")
    if os.path.lexists(f"{path}/done"):
        return Diagnostic(
            "exchange", f"{path} holds a finished run", note="a run would do nothing: remove `done` to run again"
        )
    try:
        Exchange(path).read_input()
    except FunctionError as error:
        if error.code != errors.INPUT_MISSING:
            return Diagnostic(
                "exchange", error.message, fix=f"let user {os.getuid()} read input.json, an ordinary file"
            )
        return Diagnostic(
            "exchange", f"{path} can be written", note="there is no input.json yet: a run would say fn.input.missing"
        )
    text = f"{path} can be written, and holds an input; {_mebibytes(free)} are free"
    return Diagnostic("exchange", text, note="a larger output has no room" if free < _LITTLE_ROOM else "")


def _variables(path: str) -> Diagnostic:
    folder = f"{path}/vars"
    if os.path.isdir(folder) and os.access(f"{folder}/out", os.W_OK | os.X_OK):
        return Diagnostic("variables", "can be read and set")
    if not os.path.isdir(folder):
        return Diagnostic("variables", "there are none: the sidecar makes vars/ and vars/out/")
    return Diagnostic("variables", f"not for user {os.getuid()}", note=f"for handlers that use them: {AS_ROOT}")


def _memory() -> Diagnostic:
    text = next(filter(None, map(_content, _MEMORY_LIMITS)), b"").strip()
    if text.isdigit() and int(text) < _NO_LIMIT:
        note = "a function of size small has 256 MiB" if int(text) < _LITTLE_MEMORY else ""
        return Diagnostic("memory", f"{_mebibytes(int(text))} at most", note=note)
    return Diagnostic("memory", "no limit" if text else "its limit cannot be seen from here")


def _processors() -> Diagnostic:
    text = f"{len(os.sched_getaffinity(0))}"
    quota, _, period = _content(_PROCESSOR_LIMIT).partition(b" ")
    limit = f", {int(quota) / int(period):g} of them at most" if quota.isdigit() else ""
    return Diagnostic("processors", f"{text}{limit}")


def _mebibytes(length: int) -> str:
    return f"{length / (1 << 20):.0f} MiB"


def _temporary(environment: Mapping[str, str]) -> Diagnostic:
    folders = [environment.get("TMPDIR", ""), "/tmp", "/var/tmp"]  # noqa: S108  (looked at, not written)
    for place in filter(None, folders):
        if os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK):
            return Diagnostic("temporary", f"{place} can be written")
    return Diagnostic(
        "temporary", "no directory can be written", note="for handlers that use tempfile: mount one at /tmp"
    )


def _authorities(environment: Mapping[str, str]) -> Diagnostic:
    named = environment.get("SSL_CERT_FILE", "")
    if named and not _holds(named, b"BEGIN CERTIFICATE"):
        return Diagnostic(
            "TLS", f"SSL_CERT_FILE is {named}, which holds none", note="put a CA bundle there, or unset it"
        )
    for path in filter(None, (named, *_CA_BUNDLES)):
        if _holds(path, b"BEGIN CERTIFICATE"):
            return Diagnostic("TLS", f"certificates in {path}")
    return Diagnostic("TLS", "no certificates", note=f"for handlers that use TLS: put a CA bundle at {_CA_BUNDLES[0]}")


def _resolver() -> Diagnostic:
    if _holds(_RESOLVER, b"nameserver"):
        return Diagnostic("DNS", f"{_RESOLVER} names a server")
    is_there = os.path.isfile(_RESOLVER)
    text = f"{_RESOLVER} names no server" if is_there else f"no {_RESOLVER}"
    advice = "add `nameserver IP`" if is_there else "container engines put it there"
    return Diagnostic("DNS", text, note=f"for handlers that look up hosts: {advice}")


def _zones(environment: Mapping[str, str]) -> Diagnostic:
    zone = environment.get("TZ", "")
    here = f"TZ is {zone}" if zone else "times are in UTC unless /etc/localtime says more"
    databases = [folder for folder in _ZONES if _is_of_the_machine(folder)]
    if "/" in zone and not any(os.path.isfile(f"{folder}/{zone.lstrip(':')}") for folder in databases):
        return Diagnostic(
            "zones", f"{here}, which is not there", note=f"times are in UTC: copy {_ZONES[0]} into the image"
        )
    if databases:
        return Diagnostic("zones", f"{here}; the time zone database is there")
    if _carries("tzdata"):
        return Diagnostic("zones", f"{here}; the file has the time zone database")
    if _carries("zoneinfo"):
        return Diagnostic(
            "zones",
            f"{here}; no database, and the file has zoneinfo",
            note=f"build it with tzdata among its requirements, or copy {_ZONES[0]} into the image",
        )
    return Diagnostic(
        "zones",
        f"{here}; no database",
        note=f"for handlers that use zones, in C code too: build it with tzdata, or copy {_ZONES[0]} into the image",
    )


def _is_of_the_machine(folder: str) -> bool:
    """Return whether a folder is on the machine: if not, the path may lead into the file, but no listing shows it."""
    above, _, name = folder.rpartition("/")
    try:
        return name in os.listdir(above)
    except OSError:
        return False


def _carries(module: str) -> bool:
    """Return whether the file has a module."""
    if not IS_FILE:
        return False
    import _fn

    return _fn.find(module) is not None


def _holds(path: str, text: bytes) -> bool:
    """Return whether a file that can be read has the text in it."""
    return text in _content(path)


def _content(path: str) -> bytes:
    """Return what is in a file; nothing if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
