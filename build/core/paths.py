"""Find files: of the repository, of a handler, of its tests. Run with any Python from 3.9 on."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from build.core.errors import BuildError

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = (ROOT / ".cache").resolve()  # modules are known by where they really lie, also where this is a link
BOOT = ROOT / "build" / "boot"
HANDLERS = ROOT / "handlers"
LIST = "README.md"  # in the folder of handlers: a table with a line for each


def default_handler(handlers: Path) -> str:
    """Return the handler to run if none is named: greet, or the only one; raise BuildError if there are several."""
    names = [path.stem.replace("_", "-") for path in sorted(handlers.glob("[!_]*.py"))]
    if "greet" in names or len(names) == 1:
        return "greet" if "greet" in names else names[0]
    raise BuildError("which handler is to be run?", f"name one: python3 build run NAME; there is: {', '.join(names)}")


def tests_of(handlers: Path) -> Path:
    """Return the folder with the tests of handlers: `tests`, beside theirs."""
    return handlers.parent / "tests"


def no_such_handler(handlers: Path, name: str, known: Sequence[str] = ()) -> BuildError:
    """Make the error for an unknown name, with a suggestion; the default of `known` is the names of files."""
    known = known or [path.stem.replace("_", "-") for path in sorted(handlers.glob("[!_]*.py"))]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return BuildError(f"no handler is named {name!r}{hint}", f"there is: {', '.join(known) or 'none'}")


def no_handlers(handlers: Path) -> BuildError:
    """Make the error for a folder without one."""
    return BuildError(f"there is no handler in {handlers}", "add a file with a function under @handler")


def module_file(handlers: Path, name: str) -> Path | None:
    """Return the file after which a handler is named, or None."""
    stem = name.replace("-", "_")
    places = (handlers / f"{stem}.py", handlers / stem / "__init__.py")
    return next((place for place in places if place.is_file()), None)


def found_tests(handlers: Path, name: str) -> list[Path]:
    """Return the tests of a handler: `test_NAME.py` anywhere in the folder of tests."""
    return sorted(tests_of(handlers).rglob(_test_file(name)))


def test_files(handlers: Path, name: str) -> list[Path]:
    """Return the tests of a handler; raise BuildError if it has none."""
    found = found_tests(handlers, name)
    if not found:
        place = tests_of(handlers) / _test_file(name)
        raise BuildError(f"{name} has no tests", f"write them into {shown(place)} (docs/testing.md)")
    return found


def _test_file(name: str) -> str:
    return f"test_{name.replace('-', '_')}.py"


def shown(path: Path) -> str:
    """Shorten a path inside the repository."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def module_name(path: Path) -> str:
    """Return the name of a file's module; the path is relative to where Python finds it."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
