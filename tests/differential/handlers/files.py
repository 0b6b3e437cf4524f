"""Files and folders."""

from __future__ import annotations

import dbm
import dbm.dumb
import fcntl
import filecmp
import fileinput
import glob
import io
import linecache
import mmap
import os
import pathlib
import shelve
import shutil
import sqlite3
import stat
import tempfile

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("files")
def run(name: str) -> object:
    return idiom.run(name)


HERE = pathlib.Path(__file__).name
PURE = pathlib.PurePosixPath("/a/b/../c.tar.gz")
SPOOLED = tempfile.SpooledTemporaryFile(max_size=100)  # noqa: SIM115
SPOOLED.write(b"at import")


@idiom
def temporary_files() -> object:
    with tempfile.TemporaryDirectory(prefix="idiom-") as folder, tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"text")
        file.flush()
        names = os.listdir(folder)
        made = tempfile.mkstemp(suffix=".x", dir=folder)
        os.close(made[0])
        return [
            len(names),
            pathlib.Path(file.name).read_text(),
            made[1].endswith(".x"),
            stat.filemode(os.stat(file.name).st_mode),
        ]


@idiom
def temporary_names_differ() -> object:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        return first != second


@idiom
def spooled_file() -> object:
    SPOOLED.write(b" and later" * 20)
    SPOOLED.seek(0)
    return SPOOLED.read(12).decode()


@idiom
def paths_without_files() -> object:
    return [PURE.suffixes, PURE.stem, str(PURE.relative_to("/a")), PURE.match("*.gz"), PURE.as_uri(), HERE,
            os.path.normpath("/a/./b//../c"), os.path.splitext("a.b.c"), os.path.commonpath(["/a/b", "/a/c"])]  # fmt: skip


@idiom
def folders() -> object:
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "a" / "b").mkdir(parents=True)
        (root / "a" / "x.txt").write_text("ä", encoding="utf-8")
        (root / "a" / "b" / "y.txt").write_bytes(b"\0")
        (root / "link").symlink_to("a")
        return [sorted(os.path.relpath(each, name) for each in glob.glob(f"{name}/**/*.txt", recursive=True)),
                sorted(str(each.relative_to(root)) for each in root.rglob("*")),
                [(len(below), sorted(files)) for _, below, files in sorted(os.walk(name))],
                os.readlink(root / "link"), sorted(each.name for each in os.scandir(root / "a") if each.is_dir())]  # fmt: skip


@idiom
def copies() -> object:
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "a").write_text("1")
        shutil.copy2(root / "a", root / "b")
        shutil.copytree(root, root / "c", ignore=shutil.ignore_patterns("c"))
        shutil.move(root / "b", root / "d")
        same = filecmp.cmp(root / "a", root / "d", shallow=False)
        shutil.rmtree(root / "c")
        return [same, sorted(os.listdir(root)), shutil.which("no-such-program"), shutil.disk_usage(name).total > 0]


@idiom
def packed_folders() -> object:
    with tempfile.TemporaryDirectory() as name:
        pathlib.Path(name, "in").mkdir()
        pathlib.Path(name, "in", "a").write_text("1")
        kinds = []
        for kind in ("zip", "tar", "gztar", "bztar", "xztar"):
            packed = shutil.make_archive(f"{name}/out", kind, f"{name}/in")
            shutil.unpack_archive(packed, f"{name}/{kind}")
            kinds.append([os.path.basename(packed), os.listdir(f"{name}/{kind}")])
        return kinds


@idiom
def lines_of_files() -> object:
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name, "lines")
        path.write_text("one\ntwo\n")
        with fileinput.input([str(path)]) as lines:
            numbered = [(fileinput.filelineno(), line) for line in lines]
        return [numbered, linecache.getline(str(path), 2), path.read_text().splitlines()]


@idiom
def encodings_of_files() -> object:
    with tempfile.TemporaryDirectory() as name:
        path = f"{name}/text"
        found = []
        for encoding in ("utf-8-sig", "cp1252", "utf-16", "iso-8859-15", "cp850"):
            with open(path, "w", encoding=encoding, newline="\r\n") as file:
                file.write("é\n")
            with open(path, "rb") as file:
                found.append(file.read().hex())
            with open(path, encoding=encoding) as file:
                found.append(file.read())
        return found


@idiom
def mapped_files() -> object:
    with tempfile.TemporaryFile() as file:
        file.write(b"hello world")
        file.flush()
        with mmap.mmap(file.fileno(), 0) as view:
            view[0:5] = b"HELLO"
            return [view.find(b"world"), bytes(view[:7]).decode(), mmap.PAGESIZE]


@idiom
def locks_of_files() -> object:
    with tempfile.NamedTemporaryFile() as one, open(one.name, "rb") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        try:
            fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            return [error.errno, fcntl.fcntl(one, fcntl.F_GETFD) & fcntl.FD_CLOEXEC]
    return None


@idiom
def descriptors() -> object:
    read, write = os.pipe()
    os.write(write, b"x")
    same = os.dup(read)
    found = [
        os.read(same, 5).decode(),
        os.get_inheritable(read),
        os.isatty(read),
        stat.S_ISFIFO(os.fstat(read).st_mode),
    ]
    for each in (read, write, same):
        os.close(each)
    return found


@idiom
def memory_file() -> object:
    descriptor = os.memfd_create("idiom")
    with os.fdopen(descriptor, "w+b") as file:
        file.write(b"abc")
        file.seek(0)
        return [os.pread(file.fileno(), 2, 1).decode(), file.read().decode()]


@idiom
def buffered_streams() -> object:
    reader = io.BufferedReader(io.BytesIO(b"line 1\nline 2"))  # type: ignore[arg-type]
    return [reader.peek(4)[:4].decode(), reader.readline().decode(), reader.tell(), io.DEFAULT_BUFFER_SIZE]


@idiom
def shelves() -> object:
    with tempfile.TemporaryDirectory() as name:
        with shelve.open(f"{name}/shelf") as shelf:
            shelf["a"] = {"b": [1, 2]}
        with shelve.open(f"{name}/shelf") as shelf:
            return dict(shelf)


@idiom
def simple_databases() -> object:
    with tempfile.TemporaryDirectory() as name:
        with dbm.dumb.open(f"{name}/dumb", "c") as base:
            base["key"] = "value"
        with dbm.open(f"{name}/dumb") as base:
            return [base["key"].decode(), dbm.whichdb(f"{name}/dumb")]


@idiom
def database() -> object:
    with sqlite3.connect(":memory:") as base:
        base.row_factory = sqlite3.Row
        base.create_function("twice", 1, lambda x: x * 2)
        base.execute("create table t (a integer, b text)")
        base.executemany("insert into t values (?, ?)", [(1, "x"), (2, "ä")])
        rows = [dict(row) for row in base.execute("select a, b, twice(a) as c, upper(b) as d from t order by a desc")]
        try:
            base.execute("select no")
        except sqlite3.OperationalError as error:
            rows.append({"error": str(error)})
        json = base.execute("select json_extract('{\"a\": [1, 2]}', '$.a[1]')").fetchone()[0]
        return [rows, json, base.total_changes, sqlite3.threadsafety]


@idiom
def database_in_a_file() -> object:
    with tempfile.TemporaryDirectory() as name:
        first, second = sqlite3.connect(f"{name}/base"), sqlite3.connect(f"{name}/base")
        first.execute("create table t (a)")
        first.execute("insert into t values (1)")
        first.commit()
        found = second.execute("select count(*) from t").fetchone()[0]
        script = list(first.iterdump())
        first.close()
        second.close()
        return [found, script]


@idiom
def errors_of_files() -> object:
    found = []
    for path, mode in (("/no/such", "r"), ("/", "r"), ("/dev/null/x", "r")):
        try:
            open(path, mode).close()
        except OSError as error:
            found.append([type(error).__name__, error.errno, str(error)])
    return found


@idiom
def modes_and_times() -> object:
    with tempfile.NamedTemporaryFile() as file:
        os.chmod(file.name, 0o640)
        os.utime(file.name, (1, 2))
        seen = os.stat(file.name)
        return [stat.filemode(seen.st_mode), seen.st_mtime, os.access(file.name, os.R_OK), seen.st_nlink]


@idiom
def current_folder() -> object:
    before = pathlib.Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        pathlib.Path("here").write_text("x")
        found = os.listdir(".")
        os.chdir(before)
    return found


@idiom
def source_beside_a_module() -> object:
    return [os.path.basename(__file__), __name__, (__spec__ and __spec__.name), __package__]
