"""Parse the command line: find the command, read its options, refuse invalid ones.

Run with any Python from 3.9 on, before the build's own environment exists.
"""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Sequence
from pathlib import Path

from build.cli import author, maintenance, shipping
from build.core.errors import BuildError

GROUPS = {
    "write handlers": author.COMMANDS,
    "ship them": shipping.COMMANDS,
    "work on fn itself": maintenance.COMMANDS,
}
COMMANDS = {name: command for group in GROUPS.values() for name, command in group.items()}
WITHOUT_ENVIRONMENT = {"new", "clean"}  # they need nothing of it


def help_of(name: str) -> str:
    """Return what `python3 build NAME --help` prints."""
    return _parser(name).format_help()


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the command and its options; raise BuildError for invalid ones."""
    first = arguments[0] if arguments else ""
    if first in ("--help", "-h"):
        print(_overview(), end="")
        raise SystemExit(0)
    name = "file" if not first or first.startswith("-") else first
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise BuildError(f"there is no command {name!r}{hint}", f"the commands: {', '.join(COMMANDS)}")
    rest = list(arguments[1:] if name == first else arguments)
    args, extra_args = _parser(name).parse_known_args(rest)
    if extra_args and name != "test":
        raise BuildError(
            f"{name} does not know {' '.join(extra_args)}", f"python3 build {name} --help lists its options"
        )
    args.command, args.extra_args = name, extra_args
    _check(args)
    return args


def execute(args: argparse.Namespace) -> int:
    """Run the command inside the build's environment; return the exit status."""
    return COMMANDS[args.command].execute(args)


def _overview() -> str:
    width = max(len(f"{name} {command.arguments}") for name, command in COMMANDS.items()) + 2
    text = "usage: python3 build [COMMAND] [OPTIONS]\n\nBuild one static file from Python handlers.\n"
    for title, group in GROUPS.items():
        text += f"\n{title}:\n"
        for name, command in group.items():
            text += f"  {f'{name} {command.arguments}'.strip():<{width}}{command.purpose}\n"
    return f"{text}\n{_EXAMPLES}\npython3 build COMMAND --help lists the options of a command.\n"


_EXAMPLES = """\
examples:
  python3 build new shout
  python3 build run shout --input '{"name": "Ada"}' --watch
  python3 build test shout
  python3 build
  python3 build --handlers ../steps/handlers --requirements ../steps/requirements.txt --output ../steps/fn
"""


def _parser(name: str) -> argparse.ArgumentParser:
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(
        prog=f"python3 build {name}",
        usage=" ".join(filter(None, ("python3 build", name, "[OPTIONS]", command.arguments))),
        description=f"{command.purpose[0].upper()}{command.purpose[1:]}.",
        allow_abbrev=False,
    )
    command.add_options(parser)
    return parser


def _check(args: argparse.Namespace) -> None:
    """Refuse invalid paths and numbers, before anything is built."""
    options = vars(args)
    handlers = options.get("handlers")
    place = handlers.parent if handlers is not None and args.command == "new" else handlers
    if place is not None and not place.is_dir():
        advice = "make it first" if args.command == "new" else "name the folder that holds the handlers with --handlers"
        raise BuildError(f"{place} is not a folder", advice)
    requirements = options.get("requirements")
    if requirements is not None and not requirements.is_file():
        raise BuildError(f"{requirements} is not a file", "name a requirements file as pip reads it")
    file = options.get("file")
    if file is not None and not file.is_file():
        raise BuildError(f"--file: {file} is not a file", "name one that a build has written")
    root = options.get("root")
    if root is not None and root.exists():
        raise BuildError(f"{root} is there already", "name a new folder with --root")
    for name in ("output", "root" if root is not None else "archive", "json"):
        if options.get(name) is not None:
            _check_output(options[name], f"--{name}", handlers)
    for folder in options.get("hooks") or ():
        if not folder.is_dir():
            raise BuildError(f"--hooks: {folder} is not a folder", "name the folder that holds hook-PACKAGE.py")
    for name in ("input", "failing"):
        given = options.get(name)
        if given is not None and given.startswith("@") and not Path(given[1:]).is_file():
            raise BuildError(f"--{name}: {given[1:]} is not a file", "name a file after @, or give the JSON itself")
    runs = options.get("runs")
    if runs is not None and runs < 1:
        raise BuildError(f"--runs: at least 1, not {runs}")


def _check_output(place: Path, option: str, handlers: Path | None) -> None:
    """Refuse a place that no new file can take, or whose file would be lost: a device is one for root, too."""
    elsewhere = f"name another place with {option}"
    if place.is_dir():
        raise BuildError(f"{place} is a folder", f"name the file to write with {option}")
    if place.exists() and not place.is_file():
        raise BuildError(f"{place} is there, and is no regular file", elsewhere)
    above = next(folder for folder in place.parents if folder.exists())
    if not above.is_dir():
        raise BuildError(f"{place} cannot be written: {above} is not a folder", elsewhere)
    if not os.access(above, os.W_OK):
        raise BuildError(f"{place} cannot be written", f"let this user write there, or {elsewhere}")
    if handlers is not None and place.is_relative_to(handlers):
        raise BuildError(f"{place} lies among the handlers: it would hold itself", elsewhere)
