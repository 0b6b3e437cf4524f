"""What import statements may mean, and what of a source an analysis depends on."""

from __future__ import annotations

from pathlib import Path

import pytest

from build.analysis.imports.statements import imported_by, signature

_SOURCE = '''
"""import nothing.of_a_text"""
import one, two.three as three
from four import five
from . import near
from .. import far
from ..other import thing
if False:
    import six
try:
    import seven
except ImportError:
    pass
class Holder:
    import eight
def run():
    import inside
    async def deeper():
        from further import away
def main():
    import argparse
if __name__ == '__main__':
    import unittest
'''
_BY_FUNCTIONS = {"inside", "further", "further.away"}
_ANYWHERE = {
    "one", "two.three", "four", "four.five", "pack.sub", "pack.sub.near", "pack", "pack.far", "pack.other",
    "pack.other.thing", "six", "seven", "eight", *_BY_FUNCTIONS,
}  # fmt: skip


def test_statements_wherever_they_stand(tmp_path: Path) -> None:
    """Those for a command line, too, unless the module is a library's: a handler's function may be called `main`."""
    source = tmp_path / "module.py"
    source.write_text(_SOURCE)
    assert imported_by(source, "pack.sub.module") == {*_ANYWHERE, "argparse", "unittest"}
    assert imported_by(source, "pack.sub.module", inside_functions=True) == {*_BY_FUNCTIONS, "argparse"}
    assert imported_by(source, "pack.sub.module", as_library=True) == _ANYWHERE


def test_a_package_is_near_itself(tmp_path: Path) -> None:
    source = tmp_path / "__init__.py"
    source.write_text("from . import near\nfrom .below import name\n")
    assert imported_by(source, "pack") == {"pack", "pack.near", "pack.below", "pack.below.name"}


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("import a\nx = 1", "import a\nx = 2", True),
        ("import a\n", "# said\nimport a\n\n\n", True),
        ("import a", "import b", False),
        ("from a import b", "from a import c", False),
        ("def f():\n    import a", "def f():\n    pass", False),
        ("import importlib\nx = 1", "import importlib\nx = 2", False),  # who knows what it imports
        ("__import__('a')", "__import__('b')", False),
        ("import ctypes\nctypes.CDLL('a')", "import ctypes\nctypes.CDLL('b')", False),
        ("exec('import a')", "exec('import b')", False),
        ("import a", "try:\n    import a\nexcept ImportError:\n    pass", False),  # it can be done without
    ],
)
def test_an_analysis_depends_on_imports_alone(tmp_path: Path, before: str, after: str, is_same: bool) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text(before)
    other.write_text(after)
    assert (signature(one) == signature(other)) == is_same


def test_a_package_depends_on_the_names_that_it_defines(tmp_path: Path) -> None:
    """`from package import name` means one of these, or a module."""
    source = tmp_path / "__init__.py"
    source.write_text("name = 1\n")
    before = signature(source)
    source.write_text("other = 1\n")
    assert signature(source) != before
