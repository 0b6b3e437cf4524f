"""The policy: which modules of the standard library are left out of files, and which imports are pruned.

Each row has its reason (CONTRIBUTING.md says how to add one). If a run imports a module that was left out, the
ImportError names the switch that adds it. `--include` and `--exclude` are an author's own rows.
"""

from __future__ import annotations

# In a file only if code outside the standard library imports it, or an author includes it.
LEFT_OUT = {
    "ensurepip",  # installs pip
    "lib2to3",  # translates Python 2
    "pydoc_data",  # the text of the interactive help
    "__phello__",  # an example
}
NEVER = {"idlelib", "tkinter", "turtle", "turtledemo"}  # Tk loads its own libraries, and needs a display

# Extension modules that functions hardly use, or whose licence binds whoever ships them (readline, gdbm: GPL; Berkeley
# DB). In a file only if code outside the standard library imports them or the public module, or an author includes it.
ON_REQUEST = {
    "_curses": "curses",
    "_curses_panel": "curses.panel",
    "_dbm": "dbm.ndbm",
    "_gdbm": "dbm.gnu",
    "nis": "nis",
    "ossaudiodev": "ossaudiodev",
    "readline": "readline",
}

# Extension modules with large C libraries. In a file only if the handlers' imports lead to one of the named modules.
LARGE = {
    "_sqlite3": {"sqlite3"},  # 1.1 MB
    "_ssl": {"ssl", "hashlib", "hmac"},  # OpenSSL, 3.4 MB
    "_hashlib": {"ssl", "hashlib", "hmac"},
}

# Pruned imports: who imports, and what. They lead to OpenSSL, but only need hashes that the interpreter has itself, or
# connect to nothing. All other imports count, wherever the statement stands.
NOT_FOR_OPENSSL = {
    ("jinja2.bccache", "hashlib"),  # SHA-1
    ("jinja2.environment", "asyncio"),  # waits for templates, connects to nothing
    ("jinja2.loaders", "hashlib"),  # SHA-1
    ("multiprocessing.connection", "hmac"),  # MD5
    ("multiprocessing.connection", "xmlrpc.client"),  # reads and writes messages, calls nothing
    ("random", "hashlib"),  # takes SHA-512 of the interpreter
    ("secrets", "hmac"),  # compares
    ("typing_extensions", "asyncio"),  # marks a coroutine, connects to nothing
    ("typing_extensions", "asyncio.coroutines"),
    ("uuid", "hashlib"),  # MD5 and SHA-1
}
