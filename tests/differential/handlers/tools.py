"""Tools: words of commands, tests, documentation, what is at the edge of the standard library."""

from __future__ import annotations

import argparse
import atexit
import cmd
import getopt
import graphlib
import importlib.metadata
import importlib.resources
import io
import optparse
import os
import sys
import unittest
import unittest.mock
import zipimport
from contextlib import redirect_stderr, redirect_stdout

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("tools")
def run(name: str) -> object:
    return idiom.run(name)


SORTER = graphlib.TopologicalSorter({"a": {"b"}, "b": {"c"}})
MOCK = unittest.mock.Mock(return_value=5)
MOCK("at import")


@idiom
def parser_of_words():
    parser = argparse.ArgumentParser(prog="tool", description="Does it.")
    parser.add_argument("path", type=os.path.basename)
    parser.add_argument("-n", "--number", type=int, default=3, choices=range(9), help="of them")
    with redirect_stderr(io.StringIO()) as stream:
        try:
            parser.parse_args(["a", "-n", "99"])
        except SystemExit as error:
            status = error.code
    return [vars(parser.parse_args(["/x/y", "--number=4"])), status, stream.getvalue(), parser.format_help()]


@idiom
def parsers_of_old():
    parser = optparse.OptionParser(prog="old")
    parser.add_option("-v", action="count", default=0)
    return [parser.parse_args(["-vv", "x"])[1], getopt.getopt(["-a", "1", "b"], "a:"), parser.format_help()]


@idiom
def sorted_graphs():
    return list(SORTER.static_order())


@idiom
def mock_of_import():
    MOCK.method(1)
    with unittest.mock.patch("os.getcwd", return_value="/patched"):
        found = os.getcwd()
    return [MOCK(), MOCK.call_count, str(MOCK.call_args_list[0]), found, len(MOCK.mock_calls)]


@idiom
def cases_of_tests():
    class Case(unittest.TestCase):
        def test_right(self):
            self.assertEqual(1, 1)

        def test_wrong(self):
            self.assertIn("a", "b")

    result = unittest.TextTestRunner(io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
    return [result.testsRun, len(result.failures), result.failures[0][1].splitlines()[-1]]


@idiom
def examples_of_documentation():
    import doctest

    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n2\n>>> 1\n2\n", {}, "x", None, 0)
    return list(doctest.DocTestRunner(verbose=False).run(test, out=lambda text: None))


@idiom
def commands():
    class Shell(cmd.Cmd):
        def do_say(self, words):
            self.stdout.write(words.upper())

    stream = io.StringIO()
    Shell(stdout=stream).onecmd("say hi")
    return stream.getvalue()


@idiom
def documentation():
    import pydoc

    return [pydoc.render_doc(len, renderer=pydoc.plaintext).splitlines()[0], pydoc.locate("json.dumps").__name__]


@idiom
def metadata_of_packages():
    try:
        return importlib.metadata.version("no-such-package")
    except importlib.metadata.PackageNotFoundError as error:
        return str(error)


@idiom
def resources_of_packages():
    return [importlib.resources.files("handlers").joinpath("no-such").is_file(), sys.modules["handlers"].__name__]


@idiom
def functions_at_the_end():
    said = []
    atexit.register(said.append, "x")
    atexit.unregister(said.append)
    return said


@idiom
def streams_that_are_captured():
    with redirect_stdout(io.StringIO()) as stream:
        print("a", 1, sep="-", end="!")
        sys.stdout.write("b")
    return stream.getvalue()


@idiom
def modules_in_a_zip():
    import tempfile
    import zipfile

    with tempfile.TemporaryDirectory() as name:
        with zipfile.ZipFile(f"{name}/m.zip", "w") as made:
            made.writestr("zipped.py", "VALUE = 9\n")
        sys.path.insert(0, f"{name}/m.zip")
        try:
            import zipped

            return [zipped.VALUE, isinstance(zipped.__loader__, zipimport.zipimporter)]
        finally:
            sys.path.pop(0)
