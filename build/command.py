"""The commands of `python3 build`: what each is called, which options it has, and which module does it.

Runs with any Python from 3.9 on, before the build's own environment is there: each imports its module when it runs.
"""

from __future__ import annotations

import argparse
import difflib
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from build.places import HANDLERS, default_handler, module_file
from build.steps import CACHE, ROOT, BuildError

if TYPE_CHECKING:
    from build.make import Made

WITHOUT_ENVIRONMENT = {"new", "clean"}  # they need nothing of it


class Command(NamedTuple):
    """One command: the words after it, its purpose in a line, its options, what it does inside the environment."""

    words: str
    purpose: str
    add_options: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace], int]


def help_of(name: str) -> str:
    """What `python3 build NAME --help` prints."""
    return _parser(name).format_help()


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The wanted command and its options; raises BuildError for what makes no sense."""
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
    wanted, others = _parser(name).parse_known_args(rest)
    if others and name != "test":
        raise BuildError(f"{name} does not know {' '.join(others)}", f"python3 build {name} --help lists its options")
    wanted.command, wanted.others = name, others
    _check(wanted)
    return wanted


def execute(wanted: argparse.Namespace) -> int:
    """Runs the command inside the build's environment; the exit status."""
    return COMMANDS[wanted.command].execute(wanted)


def _overview() -> str:
    width = max(len(f"{name} {command.words}") for name, command in COMMANDS.items()) + 2
    listed = "".join(
        f"  {f'{name} {command.words}'.strip():<{width}}{command.purpose}\n" for name, command in COMMANDS.items()
    )
    return (
        "usage: python3 build [COMMAND] [OPTIONS]\n\nMakes one static file of Python handlers.\n\n"
        f"commands:\n{listed}\n{_EXAMPLES}\noptions of a command: python3 build COMMAND --help\n"
    )


_EXAMPLES = """\
examples:
  python3 build
  python3 build run greet --input '{"name": "Ada"}'
  python3 build test tests/contract -k log
  python3 build --handlers ../steps/handlers --requirements ../steps/requirements.txt --output ../steps/fn
"""


def _parser(name: str) -> argparse.ArgumentParser:
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(
        prog=f"python3 build {name}",
        usage=" ".join(filter(None, ("python3 build", name, command.words, "[OPTIONS]"))),
        description=f"{command.purpose[0].upper()}{command.purpose[1:]}.",
        allow_abbrev=False,
    )
    command.add_options(parser)
    return parser


def _check(wanted: argparse.Namespace) -> None:
    """Refuses paths and numbers that make no sense, before anything is made."""
    options = vars(wanted)
    handlers, output = options.get("handlers"), options.get("output")
    place = handlers.parent if handlers is not None and wanted.command == "new" else handlers
    if place is not None and not place.is_dir():
        raise BuildError(f"{place} is not a folder", "name the folder that holds the handlers with --handlers")
    requirements = options.get("requirements")
    if requirements is not None and not requirements.is_file():
        raise BuildError(f"{requirements} is not a file", "name a requirements file as pip reads it")
    if output is not None and output.is_dir():
        raise BuildError(f"{output} is a folder", "name the file to write with --output")
    for name in ("input", "failing"):
        given = options.get(name)
        if given is not None and given.startswith("@") and not Path(given[1:]).is_file():
            raise BuildError(f"--{name}: {given[1:]} is not a file", "name a file after @, or give the JSON itself")
    runs = options.get("runs")
    if runs is not None and runs < 1:
        raise BuildError(f"--runs: at least 1, not {runs}")


def _path(text: str) -> Path:
    return Path(text).resolve()


# ---- the options and the doing of each command ----


def _no_options(parser: argparse.ArgumentParser) -> None:
    """For a command that needs none."""


_HANDLERS_HELP = "folder with the handlers (default: handlers/)"


def _source_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--handlers", type=_path, metavar="DIR", default=HANDLERS, help=_HANDLERS_HELP)
    parser.add_argument(
        "--requirements", type=_path, metavar="FILE", help="packages that the handlers need, as for pip"
    )


def _file_options(parser: argparse.ArgumentParser) -> None:
    """What decides which file is made; for every command that makes one."""
    _source_options(parser)
    parser.add_argument(
        "--link", choices=["auto", "static", "portable"], default="auto",
        help="how the file is put together (default: auto, portable only where static is impossible; docs/links.md)",
    )  # fmt: skip
    parser.add_argument("--no-snapshot", action="store_true", help="a file that always boots cold")
    parser.add_argument(
        "--handler", action="append", dest="only", default=[], metavar="NAME",
        help="only this handler and what it imports; may be given more than once (default: all handlers)",
    )  # fmt: skip
    parser.add_argument(
        "--reproducible", action="store_true", default="SOURCE_DATE_EPOCH" in os.environ,
        help="the same bytes in whatever folder, by whomever and when (default where SOURCE_DATE_EPOCH is set)",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=_path, metavar="PATH", default=ROOT / "dist" / "fn",
        help="where the file goes (default: dist/fn)",
    )  # fmt: skip


def _file(wanted: argparse.Namespace) -> int:
    _make(wanted)
    return 0


def _make(wanted: argparse.Namespace) -> Made:
    from build.make import make_of

    return make_of(
        wanted.handlers, wanted.requirements, wanted.output, link=wanted.link, warm=not wanted.no_snapshot,
        only=wanted.only, reproducible=wanted.reproducible,
    )  # fmt: skip


def _run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "handler", nargs="?", metavar="HANDLER", help="the handler to run (default: greet, or the only one)"
    )
    parser.add_argument(
        "--input",
        metavar="JSON|@FILE",
        help='the input, or a file that holds it (default: {}; for greet {"name": "world"})',
    )
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds for the handler (default: no limit)")
    parser.add_argument(
        "--watch", action="store_true", help="run it again whenever its code or its input changes; from source"
    )
    _file_options(parser)


def _run(wanted: argparse.Namespace) -> int:
    from build.run import run
    from build.watch import watch

    name = wanted.handler or default_handler(wanted.handlers)
    given = wanted.input if wanted.input is not None else '{"name": "world"}' if name == "greet" else "{}"
    if wanted.watch:
        return watch(wanted.handlers, wanted.requirements, name, given, wanted.timeout)
    return run(_make(wanted).file, name, given, wanted.timeout)


def _image_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tag", default="fn:latest", metavar="NAME", help="the image's name (default: fn:latest)")
    parser.add_argument(
        "--default", default="", metavar="NAME", help="the handler that runs when none is named (its FN_HANDLER)"
    )
    parser.add_argument(
        "--user", default="65532:65532", metavar="UID[:GID]",
        help="who runs it (default: 65532:65532); 0 to set and read variables of a workflow",
    )  # fmt: skip
    parser.add_argument(
        "--base", default="scratch", metavar="IMAGE|ARCHIVE",
        help="an image to put the file into, or what docker save wrote of one (default: scratch, which is nothing)",
    )  # fmt: skip
    parser.add_argument(
        "--label", action="append", default=[], metavar="NAME=VALUE", help="one more label, or another value of one"
    )
    parser.add_argument(
        "--archive", type=_path, default=ROOT / "dist" / "image.tar", metavar="PATH",
        help="where the image goes (default: dist/image.tar)",
    )  # fmt: skip
    parser.add_argument("--root", type=_path, metavar="DIR", help="only lay out what the image holds, in a new folder")
    _file_options(parser)


def _image(wanted: argparse.Namespace) -> int:
    from build.image import Wishes, labels, lay_out, make_image, moment_of

    if wanted.root:
        lay_out(_make(wanted), wanted.root, moment_of(wanted.handlers), users=wanted.base == "scratch")
    else:
        wishes = Wishes(wanted.tag, wanted.user, wanted.default, wanted.base, labels(wanted.label))
        make_image(lambda: _make(wanted), wanted.handlers, wishes, wanted.archive)
    return 0


def _toolchain(wanted: argparse.Namespace) -> int:
    from build.pack import all_extensions, toolchain

    if toolchain("auto") != "portable":
        all_extensions()
    return 0


def _test_options(parser: argparse.ArgumentParser) -> None:
    _source_options(parser)
    parser.add_argument_group("all other words", "go to pytest as they are, e.g. tests/contract -k log")


def _test(wanted: argparse.Namespace) -> int:
    from build.test import test, test_handlers

    words = list(wanted.others)
    names = []
    while words and not Path(words[0]).exists() and module_file(wanted.handlers, words[0]):
        names.append(words.pop(0))
    if names or wanted.handlers != HANDLERS:
        return test_handlers(wanted.handlers, wanted.requirements, names, words)
    return test(words)


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="HANDLER", help="the handlers to look at (default: all of them)")
    _source_options(parser)


def _check_handlers(wanted: argparse.Namespace) -> int:
    from build.check import check

    return check(wanted.handlers, wanted.requirements, wanted.names)


def _new_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the handler's name, such as csv-to-json")
    parser.add_argument(
        "--handlers", type=_path, metavar="DIR", default=HANDLERS, help=f"{_HANDLERS_HELP}; made if it is not there"
    )


def _new(wanted: argparse.Namespace) -> int:
    from build.new import new

    return new(wanted.name, wanted.handlers)


def _conform_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", metavar="NAME", help="examine this image, with Docker; words replace its entrypoint")
    parser.add_argument("--input", metavar="JSON|@FILE", default="{}", help="what it is given (default: {})")
    parser.add_argument("--failing", metavar="JSON|@FILE", help="an input that must end in an error, if you know one")
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable that the image sets"
    )
    parser.add_argument("--timeout", type=float, default=30, metavar="S", help="seconds for one run (default: 30)")
    parser.add_argument("--json", type=_path, metavar="FILE", help="also write the report there, as JSON")
    parser.add_argument(
        "words", nargs=argparse.REMAINDER, metavar="COMMAND", help="the function's command, options and all"
    )


def _conform(wanted: argparse.Namespace) -> int:
    from build.conform import conform
    from build.run import document_of
    from build.subject import subject_of

    subject = subject_of(wanted.words, wanted.image, wanted.env)
    failing = None if wanted.failing is None else document_of(wanted.failing)
    return conform(subject, document_of(wanted.input), failing, wanted.timeout, wanted.json)


def _bench_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=21, metavar="N", help="runs of each program (default: 21)")
    parser.add_argument("--write", action="store_true", help="put table and plot into README.md and docs/")


def _bench(wanted: argparse.Namespace) -> int:
    from build.bench import bench

    return bench(wanted.runs, write=wanted.write)


def _soak_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=10_000, metavar="N", help="runs in all (default: 10000)")
    parser.add_argument("--seed", type=int, metavar="N", help="of an earlier run, to have it again")


def _soak(wanted: argparse.Namespace) -> int:
    from build.make import make
    from build.soak import soak

    seed = secrets.randbits(32) if wanted.seed is None else wanted.seed
    return soak(make(ROOT / "tests" / "handlers", None, CACHE / "tests" / "fn"), wanted.runs, seed)


def _order(wanted: argparse.Namespace) -> int:
    from build.make import LINK_MAP, make
    from build.order import write_order

    return write_order(make(ROOT / "handlers", None, ROOT / "dist" / "fn", link="static"), LINK_MAP)


def _clean(wanted: argparse.Namespace) -> int:
    for folder in (ROOT / "dist", CACHE, ROOT / ".venv"):
        if folder.exists():
            shutil.rmtree(folder)
            print(f"removed {folder.relative_to(ROOT)}/")
    return 0


COMMANDS = {
    "file": Command("", "make dist/fn from handlers/ (what happens without a command)", _file_options, _file),
    "run": Command("[HANDLER]", "make it and run a handler against a stand-in for the sidecar", _run_options, _run),
    "new": Command("NAME", "a new handler, with tests that pass and its line in the list", _new_options, _new),
    "check": Command("[HANDLER ...]", "what is wrong with handlers, without a build", _check_options, _check_handlers),
    "test": Command("[HANDLER|...]", "all checks and tests, or those of handlers", _test_options, _test),
    "image": Command("", "an image of it with nothing else inside, loaded where an engine is", _image_options, _image),
    "conform": Command(
        "COMMAND", "the contract as cases against any isolated function, ours or not", _conform_options, _conform
    ),
    "bench": Command("", "start-up times against peers, as a table of ratios", _bench_options, _bench),
    "soak": Command("", "many runs with random inputs, faults and kills; none may be lost", _soak_options, _soak),
    "order": Command(
        "", "write anew which code a run executes, after a change of the boot program", _no_options, _order
    ),
    "toolchain": Command("", "all that builds need, made before there are handlers (a layer)", _no_options, _toolchain),
    "clean": Command("", "remove dist/, .cache/ and .venv/", _no_options, _clean),
}
