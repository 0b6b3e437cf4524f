"""What `python3 build` was asked for, and which module does it."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from build.steps import CACHE, ROOT, BuildError

_EXAMPLES = """\
examples:
  python3 build                                  make dist/fn from handlers/
  python3 build run greet --input '{"name": "Ada"}'   run a handler against a stand-in for the sidecar
  python3 build test                             all checks and tests; words after it go to pytest
  python3 build bench                            start-up times against peers, as ratios
  python3 build --handlers ../steps --requirements ../steps/requirements.txt --output ../steps/fn
  python3 build clean                            remove dist/, .cache/ and .venv/
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 build",
        description="Makes one static file of Python handlers. Without a command: builds it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "command", nargs="?", default="file", choices=["file", "run", "test", "bench", "clean"], metavar="COMMAND"
    )
    parser.add_argument("words", nargs="*", metavar="...", help="run: the handler; test: words for pytest")
    parser.add_argument("--handlers", type=Path, metavar="DIR", help="folder with the handlers (default: handlers/)")
    parser.add_argument("--requirements", type=Path, metavar="FILE", help="packages that the handlers need, as for pip")
    parser.add_argument("--no-snapshot", action="store_true", help="a file that always boots cold")
    parser.add_argument("--output", type=Path, metavar="PATH", help="where the file goes (default: dist/fn)")
    parser.add_argument("--input", metavar="JSON|@FILE", help="run: the input, or a file that holds it (default: {})")
    parser.add_argument("--timeout", type=float, metavar="S", help="run: seconds for the handler")
    parser.add_argument("--runs", type=int, default=21, metavar="N", help="bench: runs of each program (default: 21)")
    return parser


def parse(arguments: list[str]) -> argparse.Namespace:
    """The wanted command; words after `test` are pytest's own, switches included."""
    if arguments[:1] == ["test"]:
        wanted = _parser().parse_args(["test"])
        wanted.words = arguments[1:]
        return wanted
    wanted = _parser().parse_args(arguments)
    wanted.handlers = (wanted.handlers or ROOT / "handlers").resolve()
    wanted.output = (wanted.output or ROOT / "dist" / "fn").resolve()
    if not wanted.handlers.is_dir():
        raise BuildError(
            f"{wanted.handlers} is not a folder", "name the folder that holds the handlers with --handlers"
        )
    if wanted.requirements is not None and not wanted.requirements.is_file():
        raise BuildError(f"{wanted.requirements} is not a file", "name a requirements file as pip reads it")
    if wanted.output.is_dir():
        raise BuildError(f"{wanted.output} is a folder", "name the file to write with --output")
    if wanted.command != "run" and wanted.words:
        raise BuildError(f"{wanted.command} takes no {wanted.words[0]!r}", "see python3 build --help")
    return wanted


def execute(wanted: argparse.Namespace) -> int:
    """Runs the command inside the build's environment; the exit status."""
    if wanted.command == "test":
        from build.test import test

        return test(wanted.words)
    if wanted.command == "bench":
        from build.bench import bench

        return bench(wanted.runs)
    from build.make import make

    made = make(wanted.handlers, wanted.requirements, wanted.output, warm=not wanted.no_snapshot)
    if wanted.command == "run":
        from build.run import run

        return run(made, wanted.words, wanted.input, wanted.timeout)
    return 0


def clean() -> None:
    for folder in (ROOT / "dist", CACHE, ROOT / ".venv"):
        if folder.exists():
            shutil.rmtree(folder)
            print(f"removed {folder.relative_to(ROOT)}/")
