"""Find what the module level of a handler's source does that a snapshot would freeze into every run. Run nothing.

Module-level code runs once, when the file is built (docs/warm-boot.md). entry/snapshot/import_audit.py sees what really
happens then.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from build.analysis.handler_source import Module

_TIME = "keeps the time of the build"
_RANDOM = "draws a random value"
_NETWORK = "opens a connection, which is not there in a run"
_PROCESS = "starts a process when the file is built"
_THREAD = "makes a thread, which is not there in a run"
_BUILD = "keeps what is so where the file is built"
_MOVE = "it happens once, when the file is built: move it into the handler or under @on_start"
_KEPT = "fine for what never changes; else read it in the handler or under @on_start"

# Calls by their full name; with a dot at its end, all that begin so.
_CALLS = {
    "os.getenv": "reads the environment", "os.environ.": "reads the environment",
    "time.": _TIME, "datetime.datetime.now": _TIME, "datetime.datetime.utcnow": _TIME, "datetime.datetime.today": _TIME,
    "datetime.date.today": _TIME,
    "random.": _RANDOM, "secrets.": _RANDOM, "os.urandom": _RANDOM, "uuid.uuid1": _RANDOM, "uuid.uuid4": _RANDOM,
    "threading.Thread": _THREAD, "threading.Timer": _THREAD, "_thread.start_new_thread": _THREAD,
    "socket.socket": _NETWORK, "socket.create_connection": _NETWORK, "socket.getaddrinfo": _NETWORK,
    "urllib.request.urlopen": _NETWORK, "http.client.HTTPConnection": _NETWORK, "http.client.HTTPSConnection": _NETWORK,
    "requests.": _NETWORK, "httpx.": _NETWORK, "sqlite3.connect": _NETWORK, "smtplib.": _NETWORK,
    "subprocess.": _PROCESS, "os.system": _PROCESS, "os.popen": _PROCESS, "os.fork": _PROCESS,
    "os.posix_spawn": _PROCESS,
    "os.getpid": _BUILD, "os.getcwd": _BUILD, "os.getuid": _BUILD, "os.uname": _BUILD, "platform.": _BUILD,
    "socket.gethostname": _BUILD, "tempfile.": _BUILD, "pathlib.Path.cwd": _BUILD, "pathlib.Path.home": _BUILD,
}  # fmt: skip
_SEEDING = {"random.Random", "random.seed"}  # with a seed: runs go on with its numbers, as under CPython
_HARMLESS = {"random.SystemRandom", "secrets.SystemRandom"}
_OPENING = ("builtins.open", "io.open", "os.open", "gzip.open", "bz2.open", "lzma.open")
_READING = {"read_text", "read_bytes"}  # of a Path


class Frozen(NamedTuple):
    """One thing that is done at module level; `refused`: no run could want it, or the build refuses it."""

    line: int
    problem: str
    fix: str
    refused: bool


def frozen(module: Module) -> Iterator[Frozen]:
    """Yield all effects of a module's import, in the order of the lines."""
    nodes = list(_at_import(module.tree.body))
    closed = {id(item.context_expr) for node in nodes if isinstance(node, ast.With) for item in node.items}
    yield from sorted(filter(None, (_judged(module, node, is_closed=id(node) in closed) for node in nodes)))


def _judged(module: Module, node: ast.AST, *, is_closed: bool) -> Frozen | None:
    if isinstance(node, ast.Subscript) and module.dotted(node.value) == "os.environ" and isinstance(node.ctx, ast.Load):
        return Frozen(node.lineno, "os.environ[...] at module level reads the environment", _MOVE, refused=True)
    if not isinstance(node, ast.Call):
        return None
    called = module.dotted(node.func)
    what = next((what for name, what in _CALLS.items() if called == name or _begins(called, name)), "")
    if what and called not in _HARMLESS and not (called in _SEEDING and (node.args or node.keywords)):
        return Frozen(node.lineno, f"{called}() at module level {what}", _MOVE, refused=True)
    if called in _OPENING and not is_closed:
        return Frozen(node.lineno, "a file is opened at module level and not closed there", _MOVE, refused=True)
    if called in _OPENING or (isinstance(node.func, ast.Attribute) and node.func.attr in _READING):
        return Frozen(node.lineno, "a file is read at module level: once, when the file is built", _KEPT, refused=False)
    return None


def _begins(called: str, name: str) -> bool:
    return name.endswith(".") and called.startswith(name)


def _at_import(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """Every node that is evaluated when the module is imported: not the bodies of functions."""
    left: list[ast.AST] = list(nodes)
    while left:
        node = left.pop()
        if isinstance(node, ast.If) and _is_never(node.test):
            left += node.orelse
            continue
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            left += [*node.decorator_list, *node.args.defaults, *(each for each in node.args.kw_defaults if each)]
        elif not isinstance(node, ast.Lambda):
            left += ast.iter_child_nodes(node)


def _is_never(test: ast.expr) -> bool:
    """Return whether a condition never holds in an import: TYPE_CHECKING, and the one of a script."""
    if isinstance(test, ast.Compare):
        return isinstance(test.left, ast.Name) and test.left.id == "__name__"
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    return name == "TYPE_CHECKING"
