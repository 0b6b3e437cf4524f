"""The policy: which of the standard library is left out of files, and the one case in which an import does not count.

Each row has its reason. What is left out and wanted after all ends in an ImportError that names the switch to have it;
`--include` and `--exclude` are an author's own rows.
"""

from __future__ import annotations

# In a file only when somebody outside the standard library imports it, or asks for it.
LEFT_OUT = {
    "ensurepip",  # installs pip
    "lib2to3",  # translates Python 2
    "pydoc_data",  # the text of the interactive help
    "__phello__",  # an example
}
NEVER = {"idlelib", "tkinter", "turtle", "turtledemo"}  # Tk loads its own libraries, and needs a display

# Extension modules that are good for little in a function, or bind whoever ships them to their licence (readline, gdbm:
# GPL; Berkeley DB). In a file when somebody outside the standard library imports them, or the module named, or asks.
ON_REQUEST = {
    "_curses": "curses",
    "_curses_panel": "curses.panel",
    "_dbm": "dbm.ndbm",
    "_gdbm": "dbm.gnu",
    "nis": "nis",
    "ossaudiodev": "ossaudiodev",
    "readline": "readline",
}

# Extension modules with large C libraries: in a file when imports lead from it to one of these modules.
LARGE = {
    "_sqlite3": {"sqlite3"},  # 1.1 MB
    "_ssl": {"ssl", "hashlib", "hmac"},  # OpenSSL, 3.4 MB
    "_hashlib": {"ssl", "hashlib", "hmac"},
}

# Imports inside the standard library, and of packages, that lead to OpenSSL and want nothing of it: hashes that the
# interpreter has itself. Everywhere else an import counts, wherever it stands.
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
