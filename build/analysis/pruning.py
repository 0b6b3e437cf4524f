"""What the analysis finds and no run can reach. Works on names and who imports them; analyses nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path

from build.analysis.graph import Entry, Importers, extension_name, is_left_out_codec, is_standard
from build.core.elf import NotForThisMachineError, SharedObject

# What modules of the standard library import for their own command lines.
_COMMAND_LINES = ("argparse", "getopt", "optparse", "pdb", "doctest", "pydoc")
# What decimal takes when its part in C is missing, which is always there; and who imports what in C, unseen.
_INSTEAD_OF_C = "_pydecimal"
_BY_C = {"numbers": "decimal"}
# What importlib has for those who ask it, and what only that wants in turn.
_IMPORTLIB = ("importlib.readers", "importlib.resources")
# Packages that look up their own version when they are asked for it.
_OWN_VERSION = {"attr", "importlib", "jsonschema", "markupsafe"}
# What others look up and do without: with whom, modules or packages, it is left out. Several that import each other go
# together.
_LOOKED_UP = {
    "_hashlib": {"hashlib", "hmac"},  # OpenSSL's hashes: the interpreter has the usual ones itself
    "attrs": {"msgspec"},
    "asyncio": {"jinja2"},  # for templates whose author asks for it
    "bz2 lzma": {"shutil", "zipfile"},
    "dataclasses": {"orjson", "pprint"},
    "email._header_value_parser email.contentmanager email.headerregistry email.policy": {"email"},
    "importlib.metadata": _OWN_VERSION,
    "logging": {"hashlib", "http.cookiejar", "jinja2"},  # of hashes that are missing; of debugging
    "shutil tarfile": {"uuid"},  # to find commands that print the machine's address
    "socket": {"platform", "uuid"},  # for the name of a machine that has told none
    "statistics": {"random"},  # of its test
    "tarfile": {"shutil"},
    "typing_extensions": {"jinja2", "markupsafe", "msgspec"},  # for type checkers
    "unicodedata": {"re._parser", "stringprep", "urllib.parse"},  # names in patterns, and hosts that are not ASCII
    "http.cookiejar urllib.request": {"jsonschema"},  # to fetch schemas, which it advises against
    "uuid": {"orjson"},
    "zoneinfo": {"orjson"},
    "tracemalloc": {"warnings"},  # where the source of a warning was made
    "zipfile": {"jinja2", "shutil"},
}
# Those of them that others may want all of: with whom, modules or packages, they do without. An author adds modules of
# handlers by a remark (build/analysis/pragmas.py).
IN_PART = {
    "email": {"http.client", "importlib", "urllib.request"},
    "hashlib": {"hmac", "jinja2", "random", "urllib.request", "uuid"},
    "hmac": {"secrets"},
    "jsonschema": set[str](),
    "shutil": {"tempfile", "tarfile", "uuid", "zipfile"},
    "urllib.parse": {"jinja2", "pathlib"},
    "zipfile": {"importlib", "jinja2", "shutil"},
}

# Who uses unicodedata, and nothing of it that knows names.
_NO_NAMES = {"attr", "encodings.idna", "re._parser", "stringprep", "urllib.parse"}


def needed(
    importers: Importers,
    roots: Iterable[str],
    in_part: Mapping[str, set[str]],
    *,
    replaced: Collection[str] = (),
    has_wheels: bool = False,
) -> Importers:
    """The modules that a run may reach from those that are wanted, and their importers among these.

    `in_part` is what authors remarked (build/analysis/pragmas.py). What is replaced by a stand-in imports nothing that
    others do not. Compiled wheels may import what no analysis sees: with them all of the standard library that was
    found stays.
    """
    left_out: set[str] = set()
    importers = {name: [*users, *([_BY_C[name]] if name in _BY_C else [])] for name, users in importers.items()}
    importers = {name: [user for user in users if user not in replaced] for name, users in importers.items()}
    in_part = {name: users | in_part.get(name, set()) for name, users in IN_PART.items()}
    while True:
        within = _reached(importers, roots, left_out)
        more = {name for name in _needless(within, set(roots), in_part) if not (has_wheels and is_standard(name))}
        if not more:
            return within
        left_out |= more  # without them others may be needless


def _reached(importers: Importers, roots: Iterable[str], left_out: Collection[str]) -> Importers:
    imports: dict[str, list[str]] = {}
    for name, users in importers.items():
        for user in users:
            imports.setdefault(user, []).append(name)
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found and name not in left_out:
            found.add(name)
            package = name.rpartition(".")[0]
            waiting += [*imports.get(name, ()), *([package] if package in importers else [])]
    return {name: [user for user in importers.get(name, ()) if user in found] for name in found}


def _needless(importers: Importers, roots: set[str], in_part: Mapping[str, set[str]]) -> set[str]:
    found = {name for name in importers if is_left_out_codec(name, importers)}

    def only(name: str, allowed: Callable[[str], bool]) -> bool:
        users = [user for user in importers.get(name, ()) if user not in found]
        return name in importers and name not in roots and all(map(allowed, users))

    found.update(name for name in (*_COMMAND_LINES, _INSTEAD_OF_C) if only(name, is_standard))
    wanted_whole = _wanted_whole(importers, in_part)
    for names, users in _LOOKED_UP.items():
        group = [name for name in names.split() if name in importers]
        if all(only(name, partial(_is_of, {*(users - wanted_whole), *group})) for name in group):
            found.update(group)
    wanted = [name for name in _IMPORTLIB if name in importers]
    if all(only(name, partial(_is_of, {"importlib", "zipimport", *(found & {"zoneinfo"})})) for name in wanted):
        found.update(wanted)
    return found


def _wanted_whole(importers: Importers, in_part: Mapping[str, set[str]]) -> set[str]:
    """Of what others may want in part, that which somebody wants all of, or who is wanted whole himself."""
    users = {name: _users_of(name, importers) for name in in_part}
    whole: set[str] = set()
    while more := {
        name
        for name, known in in_part.items()
        if name not in whole and not all(_is_of(known - whole, user) for user in users[name])
    }:
        whole |= more
    return whole


def _users_of(name: str, importers: Importers) -> set[str]:
    """Who imports a module, or a package from outside of it."""
    inside = f"{name}."
    of_it = [each for each in importers if each == name or each.startswith(inside)]
    return {user for each in of_it for user in importers[each] if user != name and not user.startswith(inside)}


def names_of_characters(importers: Importers) -> bool:
    """Whether somebody may ask unicodedata for the names of characters."""
    return not all(_is_of(_NO_NAMES, user) for user in importers["unicodedata"])


def _is_of(names: set[str], user: str) -> bool:
    """Whether a module is one of these, or of one of these packages."""
    return user in names or user.partition(".")[0] in names


def without_needless(binaries: Iterable[Entry], importers: Importers) -> list[Entry]:
    """Those of PyInstaller's binaries that remain: modules that are needed, and libraries but those of others only."""
    binaries = list(binaries)
    libraries = {Path(name).name: Path(source) for name, source, kind in binaries if kind == "BINARY"}
    extensions = {extension_name(name): Path(source) for name, source, kind in binaries if kind == "EXTENSION"}
    kept = _libraries_of((path for name, path in extensions.items() if name in importers), libraries)
    dropped = _libraries_of((path for name, path in extensions.items() if name not in importers), libraries) - kept
    return [
        (name, source, kind)
        for name, source, kind in binaries
        if (extension_name(name) in importers if kind == "EXTENSION" else Path(name).name not in dropped)
    ]


def _libraries_of(objects: Iterable[Path], libraries: Mapping[str, Path]) -> set[str]:
    """The names of the libraries that objects need, and those that these need in turn."""
    found: set[str] = set()
    waiting = list(objects)
    while waiting:
        more = {name for name in _needed_by(waiting.pop()) if name in libraries} - found
        found |= more
        waiting += [libraries[name] for name in more]
    return found


def _needed_by(path: Path) -> list[str]:
    try:
        return SharedObject(path).needed
    except NotForThisMachineError:  # build/link/portable.py reports it
        return []
