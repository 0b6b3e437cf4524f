"""Find the files that decide what pip installs from a requirements file: others that it names, and local packages.

Read lines as pip does. What pip will complain of is left to pip.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from build.core.cache import files_below

_URL = re.compile(r"[a-z][a-z+]+:", re.IGNORECASE)
_COMMENT = re.compile(r"(^|\s+)#.*$")
_PACKAGES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_OF_A_FOLDER = (".whl", ".html", ".htm")  # what pip takes from one of --find-links, without source distributions
_MADE = {"build", "dist"}  # folders that an installation writes in a source tree, beside those of metadata


def key_of(requirements: Path) -> list[Path | str]:
    """Return all that a requirements file depends on beside packages of an index, as parts of a key of the cache."""
    return [part for file in _with_nested(requirements, set()) for part in (file, *_local_packages(file))]


def _with_nested(file: Path, seen: set[Path]) -> Iterator[Path]:
    """Yield the file, and those of its lines `-r` and `-c`, which are relative to the folder of the file."""
    if file.resolve() in seen or not file.is_file():
        return
    seen.add(file.resolve())
    yield file
    for _, options in _lines(file):
        for other in (*options.requirement, *options.constraint):
            if not _URL.match(other):
                yield from _with_nested(file.parent / other, seen)


def _local_packages(file: Path) -> Iterator[Path | str]:
    for words, options in _lines(file):
        for place in filter(None, map(_local, options.find_links)):
            beside = file.parent / place  # else it is relative to where the build was started, as all other paths are
            yield from _in_folder(beside if beside.exists() else Path(place))
        for place in filter(_is_path, map(_local, (words, *options.editable))):
            yield from _package(Path(place))


def _in_folder(place: Path) -> Iterator[Path]:
    """Yield what pip finds in a folder of --find-links, or a page that it names."""
    for path in sorted(place.iterdir()) if place.is_dir() else [place]:
        if path.suffix in _OF_A_FOLDER and path.is_file():
            yield path


def _package(place: Path) -> Iterator[Path | str]:
    """Yield an archive, or the files of a source tree with their places in it."""
    if place.is_file():
        yield place
    for path in files_below(place):
        inside = path.relative_to(place)
        if not any(part in _MADE or part.startswith(".") or part.endswith(".egg-info") for part in inside.parts):
            yield str(inside)
            yield path


def _local(text: str) -> str:
    """Return what a line names, without its name, extras and marker, as a path; "" for a page."""
    text = text.partition(" @ ")[2] or text
    text = re.sub(r"\[[^\]]*\]$", "", re.sub(r"\s*;.*$", "", text).strip())
    if text.startswith("file:"):
        return unquote(urlsplit(text).path)
    return "" if _URL.match(text) else text


def _is_path(text: str) -> bool:
    """Tell whether pip takes this for a path rather than a name."""
    return os.sep in text or text.startswith(".") or text.endswith(_PACKAGES)


def _lines(file: Path) -> Iterator[tuple[str, argparse.Namespace]]:
    """Yield each line: the words before its options, and those options that may name files."""
    text = re.sub(r"\\\n", "", file.read_text(errors="replace"))
    for line in text.splitlines():
        stated = _expanded(_COMMENT.sub("", line)).strip()
        words, _, options = f" {stated}".partition(" -")
        try:
            yield words.strip(), _parser().parse_known_args(shlex.split(f"-{options}" if options else ""))[0]
        except (argparse.ArgumentError, ValueError):  # an option without its value, a quotation without an end
            continue


def _expanded(line: str) -> str:
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda name: os.environ.get(name[1], name[0]), line)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    for short, long in (("-r", "requirement"), ("-c", "constraint"), ("-f", "find-links"), ("-e", "editable")):
        parser.add_argument(short, f"--{long}", action="append", default=[])
    return parser
