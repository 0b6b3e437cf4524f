"""Commands for authors of handlers: new, run, check, test, conform. Each imports its module when it runs."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from build.cli.options import HANDLERS_HELP, Command, file_options, make_file, path, source_options
from build.core.errors import BuildError
from build.core.paths import HANDLERS, default_handler, module_file, no_such_handler

_NAME = re.compile(r"\w[\w-]*")  # neither an option of pytest nor a path


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
        "--host", choices=("isolated", "http"), default="isolated",
        help="http: serve it until Ctrl-C, and say how to call it (default: one run, as a workflow would see it)",
    )  # fmt: skip
    parser.add_argument("--port", type=int, metavar="N", help="of --host http (default: 8080)")
    parser.add_argument(
        "--watch", action="store_true", help="run it again whenever its code or its input changes; from source"
    )
    file_options(parser)


def _run(args: argparse.Namespace) -> int:
    from build.dev.run import run
    from build.dev.watch import watch

    name = args.handler or default_handler(args.handlers)
    given = args.input if args.input is not None else '{"name": "world"}' if name == "greet" else "{}"
    if args.host == "http":
        from build.dev.http import serve

        if args.watch:
            problem = "--watch shows one run after the other, and not what --host http serves"
            raise BuildError(problem, "leave one of them out; a server is started anew to have what has changed")
        return serve(make_file(args).file, name, given, args.timeout, 8080 if args.port is None else args.port)
    if args.port is not None:
        raise BuildError("--port: one run has no port", "name --host http to serve the handler, or leave --port out")
    if args.watch:
        if (args.link, args.snapshot) != ("auto", "auto"):
            raise BuildError("--watch runs from source, without a link or a snapshot", "leave one of them out")
        return watch(args.handlers, args.requirements, name, given, args.timeout)
    return run(make_file(args).file, name, given, args.timeout)


def _test_options(parser: argparse.ArgumentParser) -> None:
    source_options(parser)
    parser.add_argument(
        "--all", action="store_true", dest="everything",
        help="all tests of the repository (default: the quick part, which says what it leaves out)",
    )  # fmt: skip
    parser.add_argument(
        "--packages", action="store_true",
        help="packages that people use, all or those named (docs/packages.md): build, run, time; an hour or two",
    )  # fmt: skip
    parser.add_argument(
        "--debian-13", action="store_true",
        help="in a Debian 13 of its own: all tests that have to do with the system, or those named; half an hour",
    )  # fmt: skip
    parser.add_argument_group("all other arguments", "go to pytest as they are, e.g. tests/contract -k log")


def _test(args: argparse.Namespace) -> int:
    from build.dev.test import test, test_debian_13, test_handlers, test_packages, test_quickly

    extra_args = list(args.extra_args)
    if args.packages:
        return test_packages(extra_args)
    if args.debian_13:
        return test_debian_13(extra_args)
    names = []
    while extra_args and not Path(extra_args[0]).exists() and module_file(args.handlers, extra_args[0]):
        names.append(extra_args.pop(0))
    if extra_args and _NAME.fullmatch(extra_args[0]) and not Path(extra_args[0]).exists():
        raise no_such_handler(args.handlers, extra_args[0])
    if names or args.handlers != HANDLERS:
        return test_handlers(args.handlers, args.requirements, names, extra_args)
    return test(extra_args) if extra_args or args.everything else test_quickly()


def _check_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="HANDLER", help="the handlers to look at (default: all of them)")
    source_options(parser)


def _check_handlers(args: argparse.Namespace) -> int:
    from build.lint.runner import check

    return check(args.handlers, args.requirements, args.names)


def _new_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the handler's name, such as csv-to-json")
    parser.add_argument(
        "--handlers", type=path, metavar="DIR", default=HANDLERS, help=f"{HANDLERS_HELP}; made if it is not there"
    )


def _new(args: argparse.Namespace) -> int:
    from build.dev.scaffold import new

    return new(args.name, args.handlers)


def _conform_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", choices=("isolated", "http", "lambda"), default="isolated",
        help="http: a function of Direktiv of today and Knative, by its URL or its command; lambda: a runtime of AWS "
        "Lambda (default: an isolated one)",
    )  # fmt: skip
    parser.add_argument(
        "--image", metavar="NAME", help="examine this image, with Docker; a command replaces its entrypoint"
    )
    parser.add_argument("--input", metavar="JSON|@FILE", default="{}", help="the input for its runs (default: {})")
    parser.add_argument("--failing", metavar="JSON|@FILE", help="an input that must end in an error, if you know one")
    parser.add_argument(
        "--env", action="append", default=[], metavar="NAME=VALUE", help="a variable that the image sets"
    )
    parser.add_argument("--timeout", type=float, default=30, metavar="S", help="seconds for one run (default: 30)")
    parser.add_argument("--json", type=path, metavar="FILE", help="also write the report there, as JSON")
    parser.add_argument(
        "argv",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="the function's command with its arguments; it comes last",
    )


def _conform(args: argparse.Namespace) -> int:
    from build.dev.conformance import conform, conform_lambda
    from build.dev.run import document_of
    from build.dev.target import command_of, target_of, variables_of

    if args.image is not None and args.host != "isolated":
        instead = "start it and name its URL, or name" if args.host == "http" else "name"
        raise BuildError(f"--image: --host {args.host} examines no image", f"{instead} the command that it runs")
    failing = None if args.failing is None else document_of(args.failing)
    if args.host == "http":
        from build.dev import http

        return http.conform(
            args.argv, variables_of(args.env), document_of(args.input), failing, args.timeout, args.json
        )
    if args.host == "lambda":
        command, variables = command_of(args.argv, args.env)
        return conform_lambda(command, variables, document_of(args.input), failing, args.timeout, args.json)
    target = target_of(args.argv, args.image, args.env)
    return conform(target, document_of(args.input), failing, args.timeout, args.json)


COMMANDS = {
    "new": Command("NAME", "write a new handler, with tests that pass and its line in the list", _new_options, _new),
    "run": Command("[HANDLER]", "build the file and run a handler as a workflow would see it", _run_options, _run),
    "check": Command(
        "[HANDLER ...]", "find what is wrong with handlers, without a build", _check_options, _check_handlers
    ),
    "test": Command(
        "[HANDLER ...]", "run the tests of handlers; without a name, all checks and tests", _test_options, _test
    ),
    "conform": Command("COMMAND", "try the contract's cases on any function, ours or not", _conform_options, _conform),
}
