"""Looks at files beside it and at those of a package in the many ways that code does: `{"look": NAME}`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from importlib import metadata, resources
from pathlib import Path

import lookat  # type: ignore[import-not-found]  # made by tests/files/packages.py
import lookat.registry  # type: ignore[import-not-found]

from entry import handler

HERE = Path(__file__).parent
NOTE = (HERE / "note.txt").read_text()  # at import, as packages do
PACKAGE = os.path.dirname(lookat.__file__)
UNITS = os.path.join(PACKAGE, "data", "units.txt")


def beside() -> object:
    return [
        NOTE,
        (HERE / "texts" / "one.txt").read_text(),
        sorted(path.name for path in (HERE / "texts").glob("*.txt")),
        sorted(str(path.relative_to(HERE)) for path in HERE.rglob("*.txt")),
    ]


def by_path() -> object:
    with open(UNITS) as one, io.open(f"{PACKAGE}/data/../data/./units.txt", "rb") as two:  # noqa: UP020
        two.seek(2)
        number = os.open(UNITS, os.O_RDONLY)
        found = os.read(number, 3), os.lseek(number, 0, os.SEEK_END)
        os.close(number)
        return [one.read(), two.read().decode(), found[0].decode(), found[1]]


def stats() -> object:
    found = os.stat(UNITS)
    return {
        "size": found.st_size,
        "kinds": [os.path.isfile(UNITS), os.path.isdir(UNITS), os.path.isdir(PACKAGE), os.path.isfile(PACKAGE)],
        "exists": [os.path.exists(UNITS), os.path.exists(f"{PACKAGE}/no"), os.path.lexists(f"{PACKAGE}/data")],
        "access": [os.access(UNITS, os.R_OK), os.access(f"{PACKAGE}/tool", os.X_OK)],
        "same": os.path.samefile(UNITS, f"{PACKAGE}/data/deep/../units.txt"),
        "real": os.path.realpath(f"{PACKAGE}/data/deep/../units.txt") == UNITS,
    }


def folders() -> object:
    with os.scandir(f"{PACKAGE}/data") as entries:
        kinds = {entry.name: [entry.is_dir(), entry.inode() == entry.stat().st_ino] for entry in entries}
    return {
        "scandir": dict(sorted(kinds.items())),
        "listdir": sorted(os.listdir(f"{PACKAGE}/data")),
        "walk": [os.path.relpath(top, PACKAGE) for top, _, _ in os.walk(f"{PACKAGE}/data")],
    }


def copies() -> object:
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(dir=os.environ["FN_DATA_DIR"]) as folder:
        shutil.copy(UNITS, folder)
        shutil.copytree(f"{PACKAGE}/data", f"{folder}/tree")
        return [Path(folder, "units.txt").read_text(), sorted(os.listdir(f"{folder}/tree/deep/er"))]


def mapped() -> object:
    import mmap

    with open(UNITS, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as found:
        return found[:].decode()


def in_c() -> object:
    """C code that opens a path by itself: SQLite, and OpenSSL."""
    import sqlite3
    import ssl

    try:
        ssl.create_default_context(cafile=UNITS)
    except ssl.SSLError as error:
        refused = error.reason
    try:
        sqlite3.connect(f"file:{UNITS}?mode=ro&immutable=1", uri=True).execute("SELECT * FROM sqlite_master")
    except sqlite3.DatabaseError as error:
        return [refused, str(error)]
    return None


def with_resources() -> object:
    import pkgutil

    data = resources.files("lookat") / "data"
    with resources.as_file(data / "units.txt") as path:
        real = path.read_text()
    with resources.as_file(data) as folder:
        inside = sorted(each.name for each in folder.iterdir())
    return {
        "read": (data / "units.txt").read_text(),
        "file": real,
        "folder": inside,
        "names": sorted(each.name for each in data.iterdir()),
        "kinds": [data.is_dir(), (data / "units.txt").is_file(), (data / "no").is_file()],
        "pkgutil": (pkgutil.get_data("lookat", "data/units.txt") or b"").decode(),
        "own": resources.files("handlers").joinpath("note.txt").read_text(),
        "text": resources.read_text("lookat.data" if False else "lookat", "tool").startswith("#!"),
    }


def certificates() -> object:
    """As certifi does: a file by its path, of which nothing is left behind."""
    before = set(os.listdir("/tmp")) if os.path.isdir("/tmp") else set()
    length = len(Path(lookat.where()).read_bytes())
    after = set(os.listdir("/tmp")) if os.path.isdir("/tmp") else set()
    return [length, sorted(name for name in after - before if name.endswith("cacert.pem"))]


def distribution() -> object:
    found = metadata.distribution("look-at")
    return {
        "version": [metadata.version("look_at"), lookat.__version__],
        "summary": metadata.metadata("Look.At")["Summary"],
        "requires": metadata.requires("look-at"),
        "plugins": [f"{each.name} {each.load()()}" for each in metadata.entry_points(group="lookat.plugins")],
        "all": sorted({each.metadata["Name"] for each in metadata.distributions()} & {"Look-At"}),
        "packages": metadata.packages_distributions()["lookat"],
        "text": (found.read_text("top_level.txt") or "").split(),
        "missing": _failure(metadata.version, "no-such-package"),
    }


def iterated() -> object:
    import pkgutil

    return [
        lookat.registry.names(),
        sorted(each.name for each in pkgutil.iter_modules(lookat.__path__)),
        __import__("lookat_ext.public").public.ENCODINGS,
    ]


def programs() -> object:
    """Another program gets the files that it is called with."""
    import subprocess

    words = ["/bin/cat", UNITS], [f"{PACKAGE}/tool", UNITS]
    return [subprocess.run(each, capture_output=True, text=True, check=True).stdout for each in words]


def own_program() -> object:
    """This file sees what it carries without being handed anything."""
    import subprocess

    words = [sys.executable, str(HERE / "scripts" / "script.py"), "word"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return [done.stdout, done.stderr]


def handed() -> object:
    """What the program /cat is called with, and more of it than it can be."""
    import subprocess

    text = subprocess.run(["/cat", UNITS], capture_output=True, text=True, check=True).stdout
    return [text, _failure(subprocess.run, ["/cat", *[UNITS] * 257])]


def as_installed() -> object:
    """What code does in the folder where it lies, with files that may be there."""
    import ssl
    import time
    import zipfile

    missing = HERE / "missing.tmp"
    missing.unlink(missing_ok=True)
    os.environ["TZ"] = "EST5"
    time.tzset()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.write(UNITS, "units.txt")
    changes: list[Callable[[Path], object]] = [
        os.unlink,
        os.rmdir,
        os.utime,
        os.listxattr,
        lambda path: path.chmod(0o600),
    ]
    return {
        "gone": sorted({_failure(change, missing) for change in changes}),
        "in_c": _failure(lambda: ssl.create_default_context(cafile=str(missing))),
        "strict": Path(__file__).resolve(strict=True).name,
        "root": [HERE.parent.is_dir(), sorted(path.name for path in HERE.parent.glob("handlers/*.txt"))],
        "zipped": archive.getvalue()[:2].decode(),
        "effective": os.access(UNITS, os.R_OK, effective_ids=True),
    }


def paths_of_modules() -> object:
    import os.path

    return [os.path.exists(__file__), os.path.exists(lookat.registry.__file__), os.access(HERE / "note.txt", os.W_OK)]


def own_symbols() -> object:
    import ctypes

    looks: list[Callable[[], object]] = [
        lambda: ctypes.CDLL(None).abs(-3),
        lambda: ctypes.pythonapi.Py_IsInitialized,
    ]
    return [_failure(each) for each in looks]


def machine() -> object:
    """What an empty root has not."""
    import getpass
    import pwd

    with open("/dev/urandom", "rb") as one, open("/dev/urandom", "rb") as two:
        fresh = one.read(32) != two.read(32), len(set(one.read(1000))) > 200
    with open(os.devnull, "w") as sink:
        written = sink.write("nothing")
    with open(os.devnull) as source:
        read = source.read()
    own = pwd.getpwuid(os.getuid())
    return {
        "random": fresh,
        "null": [written, read],
        "user": [getpass.getuser(), own.pw_uid == os.getuid(), own.pw_gid == os.getgid()],
        "home": [str(Path.home()), os.path.expanduser("~/x")],
        "nobody": _failure(pwd.getpwuid, 4_000_000),
    }


def names() -> object:
    """Users, groups, hosts and services that a root of the test's own has, and such that it has not."""
    import grp
    import pwd
    import socket

    return {
        "users": [[each.pw_name for each in pwd.getpwall()], pwd.getpwnam("ada").pw_uid, os.path.expanduser("~ada/x")],
        "groups": [[each.gr_name for each in grp.getgrall()], grp.getgrnam("staff").gr_gid, os.getgrouplist("ada", 7)],
        "hosts": [
            socket.gethostbyname("db"),
            socket.getaddrinfo("db", "fnd", type=socket.SOCK_STREAM)[0][4],
            socket.gethostbyaddr("10.1.2.3")[0],
            socket.getnameinfo(("10.1.2.3", 4242), 0),
        ],
        "services": [socket.getservbyname("fnd"), socket.getservbyport(4242), socket.getprotobyname("fnp")],
    }


def no_names() -> object:
    import grp
    import pwd
    import socket

    ai_idn = 0x40  # netdb.h: libc looks for a library of its own
    return [
        os.path.expanduser("~missing"),
        _failure(pwd.getpwnam, "missing"),
        _failure(pwd.getpwuid, 4_000_000),
        _failure(grp.getgrnam, "missing"),
        _failure(grp.getgrgid, 4_000_000),
        _failure(socket.getservbyname, "missing"),
        _failure(socket.getservbyport, 4243),
        _failure(socket.getprotobyname, "missing"),
        _failure(socket.gethostbyname, "missing.invalid"),
        _failure(socket.getaddrinfo, "missing.invalid", 80),
        _failure(socket.getaddrinfo, "b\u00fc.invalid".encode(), 80, 0, 0, 0, ai_idn),
        "root" in [each.pw_name for each in pwd.getpwall()],
        "root" in [each.gr_name for each in grp.getgrall()],
    ]


def refusals() -> object:
    return [
        _failure(open, UNITS + "x"),
        _failure(os.listdir, UNITS),
        _failure(open, PACKAGE),
        _failure(os.listdir, f"{PACKAGE}/no"),
    ]


def _failure(function: Callable[..., object], *arguments: object) -> str:
    try:
        function(*arguments)
    except Exception as error:
        return type(error).__name__
    return "nothing"


@handler
def look(data: dict[str, str]) -> object:
    return getattr(sys.modules[__name__], data["look"])()
