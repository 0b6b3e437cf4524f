"""What `python3 build` was asked for, and which module does it."""

from __future__ import annotations

import argparse
import secrets
import shutil
from pathlib import Path

from build.steps import CACHE, ROOT, BuildError

COMMANDS = {
    "file": "make dist/fn from handlers/ (what happens without a command)",
    "run [HANDLER]": "make it and run a handler against a stand-in for the sidecar",
    "test [...]": "all checks and tests; the words after it go to pytest",
    "bench": "start-up times against peers, as a table of ratios",
    "soak": "10,000 runs with random inputs, faults and kills; none may be lost (--runs, --seed)",
    "clean": "remove dist/, .cache/ and .venv/",
}

_EXAMPLES = """\
examples:
  python3 build
  python3 build run greet --input '{"name": "Ada"}'
  python3 build test tests/contract -k log
  python3 build --handlers ../steps --requirements ../steps/requirements.txt --output ../steps/fn
"""


def parser() -> argparse.ArgumentParser:
    """The switches and words of `python3 build`."""
    listed = "\n".join(f"  {name:<15}{purpose}" for name, purpose in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python3 build",
        usage="python3 build [COMMAND] [OPTIONS]",
        description=f"Makes one static file of Python handlers.\n\ncommands:\n{listed}",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    names = [name.split()[0] for name in COMMANDS]
    parser.add_argument("command", nargs="?", default="file", choices=names, metavar="COMMAND", help=argparse.SUPPRESS)
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--handlers", type=Path, metavar="DIR", help="folder with the handlers (default: handlers/)")
    parser.add_argument("--requirements", type=Path, metavar="FILE", help="packages that the handlers need, as for pip")
    parser.add_argument(
        "--link", choices=["auto", "static", "portable"], default="auto",
        help="how the file is put together (default: auto, portable only where static is impossible; docs/links.md)",
    )  # fmt: skip
    parser.add_argument("--no-snapshot", action="store_true", help="a file that always boots cold")
    parser.add_argument("--output", type=Path, metavar="PATH", help="where the file goes (default: dist/fn)")
    parser.add_argument(
        "--input",
        metavar="JSON|@FILE",
        help='run: the input, or a file that holds it (default: {}; for greet {"name": "world"})',
    )
    parser.add_argument("--timeout", type=float, metavar="S", help="run: seconds for the handler (default: no limit)")
    parser.add_argument("--runs", type=int, metavar="N", help="bench: of each program (default: 21); soak: in all")
    parser.add_argument("--seed", type=int, metavar="N", help="soak: of an earlier run, to have it again")
    parser.add_argument("--write", action="store_true", help="bench: put table and plot into README.md and docs/")
    return parser


def parse(arguments: list[str]) -> argparse.Namespace:
    """The wanted command; words after `test` are pytest's own, switches included. Raises BuildError."""
    if arguments[:1] == ["test"]:
        wanted = parser().parse_args(["test"])
        wanted.words = arguments[1:]
        return wanted
    wanted = parser().parse_args(arguments)
    wanted.handlers = (wanted.handlers or ROOT / "handlers").resolve()
    wanted.output = (wanted.output or ROOT / "dist" / "fn").resolve()
    _check(wanted)
    return wanted


def _check(wanted: argparse.Namespace) -> None:
    if not wanted.handlers.is_dir():
        raise BuildError(
            f"{wanted.handlers} is not a folder", "name the folder that holds the handlers with --handlers"
        )
    if wanted.requirements is not None and not wanted.requirements.is_file():
        raise BuildError(f"{wanted.requirements} is not a file", "name a requirements file as pip reads it")
    if wanted.output.is_dir():
        raise BuildError(f"{wanted.output} is a folder", "name the file to write with --output")
    if wanted.input is not None and wanted.input.startswith("@") and not Path(wanted.input[1:]).is_file():
        raise BuildError(f"--input: {wanted.input[1:]} is not a file", "name a file after @, or give the JSON itself")
    if wanted.runs is not None and wanted.runs < 1:
        raise BuildError(f"--runs: at least 1, not {wanted.runs}")
    if len(wanted.words) > (1 if wanted.command == "run" else 0):
        raise BuildError(f"{wanted.command}: one word too many: {wanted.words[-1]}", "see python3 build --help")


def execute(wanted: argparse.Namespace) -> int:
    """Runs the command inside the build's environment; the exit status."""
    if wanted.command == "test":
        from build.test import test

        return test(wanted.words)
    if wanted.command == "bench":
        from build.bench import bench

        return bench(wanted.runs or 21, write=wanted.write)
    from build.make import make

    if wanted.command == "soak":
        from build.soak import soak

        seed = secrets.randbits(32) if wanted.seed is None else wanted.seed
        return soak(make(ROOT / "tests" / "handlers", None, CACHE / "tests" / "fn"), wanted.runs or 10_000, seed)

    made = make(wanted.handlers, wanted.requirements, wanted.output, link=wanted.link, warm=not wanted.no_snapshot)
    if wanted.command == "run":
        from build.run import run

        return run(made, wanted.words, wanted.input, wanted.timeout)
    return 0


def clean() -> None:
    for folder in (ROOT / "dist", CACHE, ROOT / ".venv"):
        if folder.exists():
            shutil.rmtree(folder)
            print(f"removed {folder.relative_to(ROOT)}/")
