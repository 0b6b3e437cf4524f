"""The type of commands, and the options that several of them share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from build.core.paths import HANDLERS, ROOT

if TYPE_CHECKING:
    from build.pipeline import BuildResult


class Command(NamedTuple):
    """A command: what follows it, its purpose in a line, its options, and its action inside the environment."""

    arguments: str
    purpose: str
    add_options: Callable[[argparse.ArgumentParser], None]
    execute: Callable[[argparse.Namespace], int]


def path(text: str) -> Path:
    return Path(text).resolve()


def no_options(parser: argparse.ArgumentParser) -> None:
    """Add no options."""


HANDLERS_HELP = "folder with the handlers (default: handlers/)"


def source_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--handlers", type=path, metavar="DIR", default=HANDLERS, help=HANDLERS_HELP)
    parser.add_argument("--requirements", type=path, metavar="FILE", help="packages that the handlers need, as for pip")


def file_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that builds a file."""
    source_options(parser)
    parser.add_argument(
        "--link", choices=["auto", "static", "portable"], default="auto",
        help="how to link the file (default: auto, portable only if static is impossible or would boot "
        "cold; docs/links.md)",
    )  # fmt: skip
    parser.add_argument(
        "--snapshot", choices=["auto", "required", "none"], default="auto",
        help="a snapshot of the imports (default: auto, without one if it cannot be taken; required: build no file "
        "then; none: always boot cold; docs/warm-boot.md)",
    )  # fmt: skip
    parser.add_argument(
        "--no-snapshot", dest="snapshot", action="store_const", const="none", help="the same as --snapshot none"
    )
    parser.add_argument(
        "--preload", action="store_true",
        help="a snapshot that also holds what handlers import inside functions: a larger file, a faster start of these",
    )  # fmt: skip
    parser.add_argument(
        "--handler", action="append", dest="only", default=[], metavar="NAME",
        help="only this handler and what it imports; repeatable (default: all handlers)",
    )  # fmt: skip
    content_options(parser)
    parser.add_argument(
        "--reproducible", action="store_true", default=bool(os.environ.get("SOURCE_DATE_EPOCH")),
        help="the same bytes in whatever folder, by whomever and when (default where SOURCE_DATE_EPOCH is set)",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=path, metavar="PATH", default=ROOT / "dist" / "fn",
        help="the file to write (default: dist/fn)",
    )  # fmt: skip


def content_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for what goes into the file beside what the handlers import."""
    parser.add_argument(
        "--include", "--hidden-import", action="append", dest="included", default=[], metavar="MODULE",
        help="a module that no import statement names, or a rare one of the standard library; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--exclude", action="append", dest="excluded", default=[], metavar="MODULE",
        help="a module or package that is imported, and that the handlers do without; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--pure", action="append", default=[], metavar="PACKAGE",
        help="a package that works without its compiled modules, and goes without them; repeatable",
    )  # fmt: skip
    parser.add_argument(
        "--hooks", action="append", type=path, default=[], metavar="DIR",
        help="a folder with hooks for PyInstaller: what packages hide that it does not know; repeatable",
    )  # fmt: skip


def make_file(args: argparse.Namespace) -> BuildResult:
    from build.core.configuration import Contents
    from build.finished import Request
    from build.pipeline import build

    request = Request(
        args.handlers, args.requirements, args.link, args.snapshot, args.preload, args.only, args.reproducible,
        Contents(args.included, args.excluded, args.pure, args.hooks),
    )  # fmt: skip
    return build(request, args.output)
