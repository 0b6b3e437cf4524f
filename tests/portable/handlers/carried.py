"""Looks at what the file carries in the many ways that packages do: `{"look": NAME}`."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import glob
import mmap
import os
import pkgutil
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import zipfile
from importlib import metadata, resources
from pathlib import Path

import sample  # type: ignore[import-not-found]  # made by tests/portable/sample
import sample.plugins  # type: ignore[import-not-found]
from sample_space import part  # type: ignore[import-not-found]

from entry import handler

HERE = os.path.dirname(sample.__file__)
DATA = os.path.join(HERE, "data.json")


def loaded() -> list[str]:
    """The carried objects of the sample package that the dynamic loader has loaded."""
    names: list[str] = []

    class Info(ctypes.Structure):
        _fields_ = (("address", ctypes.c_void_p), ("name", ctypes.c_char_p))

    @ctypes.CFUNCTYPE(  # type: ignore[untyped-decorator]
        ctypes.c_int, ctypes.POINTER(Info), ctypes.c_size_t, ctypes.c_void_p
    )
    def add(info: object, size: int, data: object) -> int:
        names.append(os.fsdecode(info.contents.name))  # type: ignore[attr-defined]
        return 0

    ctypes.CDLL(None).dl_iterate_phdr(add, None)
    return [name for name in names if "sample" in name]


def lazily() -> object:
    before = loaded()
    from sample import _native

    return {"before": before, "answer": _native.answer(), "after": loaded(), "file": _native.__file__}


def in_c() -> object:
    from sample import _native

    return [
        _native.read(DATA),
        _native.size(DATA),
        _native.names(f"{HERE}/texts"),
        _failure(_native.read, "/fn-bundle/sample/no"),
    ]


def by_path() -> object:
    up = os.path.join(os.path.dirname(sample.plugins.__file__), "..", "texts", ".", "one.txt")
    with open(DATA) as one, open(up) as two, open(DATA, "rb") as three:
        three.seek(2)
        return [one.read(), two.read(), three.read(4).decode(), Path(HERE, "texts", "two.txt").read_text()]


def stats() -> object:
    found = os.stat(DATA)
    return {
        "size": found.st_size,
        "same": os.path.samefile(DATA, f"{HERE}/../sample/data.json"),
        "kinds": [os.path.isfile(DATA), os.path.isdir(DATA), os.path.isfile(HERE), os.path.isdir(HERE)],
        "exists": [os.path.exists(f"{HERE}/texts"), os.path.exists(f"{HERE}/no"), os.path.lexists(f"{HERE}/no")],
        "access": [os.access(DATA, os.R_OK), os.access(DATA, os.W_OK), os.access(DATA, os.X_OK)],
        "tool": os.access(f"{HERE}/tool", os.X_OK),
        "real": [os.path.realpath(f"{HERE}/plugins/../data.json"), str(Path(DATA).resolve(strict=True))],
    }


def folders() -> object:
    with os.scandir(HERE) as entries:
        kinds = {entry.name: entry.is_dir() for entry in entries if "native" not in entry.name}
    return {
        "scandir": kinds,
        "listdir": os.listdir(f"{HERE}/texts"),
        "walk": sorted(os.path.join(top, name) for top, _, names in os.walk(f"{HERE}/texts") for name in names),
        "glob": sorted(glob.glob(f"{HERE}/**/*.txt", recursive=True)),
        "root": "sample" in os.listdir("/fn-bundle"),
    }


def _failure(function: object, *arguments: object) -> str:
    try:
        function(*arguments)  # type: ignore[operator]
    except OSError as error:
        return f"{type(error).__name__} {errno.errorcode[error.errno or 0]}"
    return "nothing"


def refusals() -> object:
    return [
        _failure(open, DATA, "w"),
        _failure(open, DATA, "r+"),
        _failure(open, DATA, "x"),
        _failure(open, f"{HERE}/no"),
        _failure(open, HERE),
        _failure(os.listdir, DATA),
        _failure(os.listdir, f"{HERE}/no"),
        _failure(os.readlink, DATA),
        _failure(open, f"{HERE}/../../etc/no"),
        _failure(open, f"{HERE}/new", "w"),
        _failure(os.mkdir, f"{HERE}/new"),
        _failure(os.mkdir, HERE),
        _failure(os.rename, DATA, f"{HERE}/new"),
        _failure(os.link, DATA, "/tmp/new"),
        _failure(os.symlink, DATA, f"{HERE}/new"),
        *[_failure(function, DATA) for function in (os.unlink, os.utime, os.rmdir)],
        _failure(os.chmod, DATA, 0o600),
        _failure(os.truncate, DATA, 0),
        _failure(os.unlink, f"{HERE}/no"),
        _failure(os.getxattr, DATA, "user.no"),
    ]


def copies() -> object:
    """What copies a file with all that belongs to it, or packs it; the copies can be changed and removed."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy2(DATA, folder)
        tree = shutil.copytree(f"{HERE}/texts", f"{folder}/texts")
        with open(f"{tree}/one.txt", "a") as stream:
            stream.write("more")
        archive = shutil.make_archive(f"{folder}/packed", "zip", f"{HERE}/texts")
        return [
            Path(folder, "data.json").read_text(),
            sorted(os.listdir(tree)),
            Path(tree, "one.txt").read_text(),
            sorted(zipfile.ZipFile(archive).namelist()),
        ]


def with_resources() -> object:
    texts = resources.files("sample") / "texts"
    with resources.as_file(texts / "one.txt") as path:
        real = [str(path), path.read_text(), os.path.getsize(path)]
    with resources.open_text("sample", "data.json") as stream:
        opened = stream.read()
    return {
        "read": (texts / "two.txt").read_text(),
        "path": real,
        "names": sorted(each.name for each in texts.iterdir()),
        "kinds": [texts.is_dir(), (texts / "one.txt").is_file()],
        "opened": opened,
        "pkgutil": (pkgutil.get_data("sample", "texts/one.txt") or b"").decode(),
    }


def libraries() -> object:
    plain = ctypes.CDLL(os.path.join(HERE, "libsample_plain.so"))
    private = ctypes.CDLL("libsample-private-1a2b.so.1")
    return {
        "plain": plain.plain_answer(),
        "private": private.private_answer(),
        "libc": ctypes.CDLL(ctypes.util.find_library("c")).abs(-5),
        "find": [ctypes.util.find_library("c"), ctypes.util.find_library("sample_plain")],
    }


def late() -> object:
    from sample import _native

    before = loaded()
    return [any("late" in name for name in before), _native.late(f"{HERE}/libsample_late.so")]


def modules() -> object:
    return {
        "iter": [[each.name, each.ispkg] for each in pkgutil.iter_modules(sample.plugins.__path__, "p.")],
        "walk": [each.name for each in pkgutil.walk_packages(sample.__path__, "sample.")],
        "top": sorted(each.name for each in pkgutil.iter_modules() if each.name.startswith("sample")),
        "namespace": part.VALUE,
    }


def distribution() -> object:
    plugins = metadata.entry_points(group="sample.plugins")
    return {
        "version": metadata.version("sample"),
        "summary": metadata.metadata("Sample")["Summary"],
        "requires": metadata.requires("sample"),
        "plugins": sorted(f"{each.name}: {each.load()()}" for each in plugins),
        "others": sorted({each.metadata["Name"] for each in metadata.distributions()} & {"orjson", "sample"}),
        "missing": _missing("no-such-package"),
        "elsewhere": [str(each) for each in metadata.distributions(path=["/nowhere"])],
    }


def _missing(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError as error:
        return str(error)


def programs() -> object:
    """Another program gets carried files that it is called with, and is started when it is carried itself."""
    tool = os.path.join(HERE, "tool")
    child = os.posix_spawn(
        "/bin/sh", ["sh", "-c", 'read text < "$1"; test "$text" = eins', "sh", f"{HERE}/texts/one.txt"], {}
    )
    found = os.posix_spawnp("sh", ["sh", "-c", 'exec "$1" "$2" > /dev/null', "sh", tool, DATA], os.environ)
    environment = subprocess.run(["/usr/bin/env"], capture_output=True, text=True, check=True, env={"LD_X": "kept"})
    return {
        "cat": subprocess.run(["/bin/cat", DATA], capture_output=True, text=True, check=True).stdout,
        "tool": subprocess.run([tool, DATA], capture_output=True, text=True, check=True).stdout,
        "spawned": [os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in (child, found)],
        "environment": environment.stdout,
    }


def in_libraries() -> object:
    database = sqlite3.connect(f"file:{HERE}/data.db?mode=ro", uri=True)
    with open(DATA, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return [database.execute("SELECT text FROM t").fetchall(), mapped[:7].decode()]


def of_the_machine() -> object:
    """What libraries take from the machine at run time: others by their names, character sets."""
    from sample import _native

    return [_native.open_by_name(), _native.from_latin_1(b"\xe4\xf6")]


def together() -> object:
    """Threads that open the same file: each has a position of its own."""
    found: list[str] = []

    def read() -> None:
        for _ in range(50):
            with open(DATA) as stream:
                found.append(stream.read(1) + stream.read())

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(set(found)), len(found), len(os.listdir("/proc/self/fd")) < 20


@handler
def carried(data: dict[str, str]) -> object:
    return getattr(sys.modules[__name__], data["look"])()
