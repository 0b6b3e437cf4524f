"""Write a new handler that works, its tests and its line in the list (`python3 build new NAME`).

Run with any Python from 3.9 on.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from build.core.errors import BuildError
from build.core.paths import HANDLERS, LIST, module_file, shown, tests_of

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_TAKEN = {"handler", "dataclass", "dict", "str"}  # what the new file uses itself

_HANDLER = '''\
"""Says hello: `{{"name": "Ada"}}` gives `{{"text": "Hello, Ada!"}}`."""

from dataclasses import dataclass

from entry import Context, FunctionError, handler


@dataclass
class Input:
    name: str


@handler(codes=("{code}.noName",))
def {stem}(data: Input, ctx: Context) -> dict[str, str]:
    if not data.name:
        raise FunctionError("{code}.noName", "name: expected at least one character")
    ctx.log.info("saying hello to %s", data.name)
    return {{"text": f"Hello, {{data.name}}!"}}
'''

_TEST = '''\
"""Tests of the handler {name}. `fn` runs it in this process, or in the built file (`--fn-file`)."""

from entry.testing import Function


def test_says_hello(fn: Function) -> None:
    outcome = fn("{name}", {{"name": "Ada"}})
    assert outcome.value == {{"text": "Hello, Ada!"}}
    assert outcome.log == ["saying hello to Ada"]


def test_a_name_must_not_be_empty(fn: Function) -> None:
    error = fn("{name}", {{"name": ""}}).error
    assert error is not None
    assert error.code == "{code}.noName"


def test_what_does_not_fit_is_refused(fn: Function) -> None:
    error = fn("{name}", {{"name": 1}}).error
    assert error is not None
    assert (error.code, error.message) == ("fn.input.mismatch", "$.name: expected str, got int")
'''

_LIST = """\
# Handlers

One file a handler; `python3 build new NAME` makes one.

| handler | what it does |
|---|---|
"""

_LINE = "| `{name}` | Says hello. |\n"


def new(name: str, handlers: Path) -> int:
    """Write all files or none; raise BuildError for a bad name, and for a file that exists."""
    name = _checked(name)
    stem = name.replace("-", "_")
    fields = {"name": name, "stem": stem, "code": _code(name)}
    tests = tests_of(handlers)
    files = {handlers / f"{stem}.py": _HANDLER, tests / f"test_{stem}.py": _TEST}
    there = [path for path in [*files, module_file(handlers, name)] if path is not None and path.exists()]
    if found := there or _registered(handlers, name):
        raise BuildError(f"{shown(found[0])} has a handler {name!r} already", "choose another name, or change that one")
    made: list[Path] = []
    try:
        for folder in (handlers, tests):
            if not folder.is_dir():
                folder.mkdir()
                made.append(folder)
        for path, text in files.items():
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(text.format(**fields))
        _add_line(handlers / LIST, name)
    except OSError as error:
        for path in reversed(made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        raise BuildError(f"{error.filename}: {error.strerror}", "nothing was left behind") from None
    _say(name, handlers, [*files, handlers / LIST])
    return 0


def _checked(name: str) -> str:
    """Return the canonical spelling of a name; raise BuildError for a bad one."""
    advice = "a name has lower-case letters, digits and hyphens, and begins with a letter: csv-to-json"
    if not _NAME.fullmatch(name):
        close = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-0123456789")
        hint = f"; did you mean {close!r}?" if _NAME.fullmatch(close) else ""
        raise BuildError(f"{name!r} cannot be the name of a new handler{hint}", advice)
    stem = name.replace("-", "_")
    if keyword.iskeyword(stem) or stem in _TAKEN:
        raise BuildError(f"{name!r} means something in Python or in entry/", "choose a name that says what it does")
    return name.replace("_", "-")


def _registered(handlers: Path, name: str) -> list[Path]:
    """Find files in which a decorator gives a handler this name."""
    given = re.compile(rf"""@handler\(\s*["']{name.replace("-", "[-_]")}["']""")
    return [path for path in sorted(handlers.rglob("*.py")) if given.search(path.read_text("utf-8", "replace"))]


def _code(name: str) -> str:
    """Return the prefix of a handler's codes: csvToJson for csv-to-json."""
    first, *others = name.split("-")
    return first + "".join(word.capitalize() for word in others)


def _add_line(path: Path, name: str) -> None:
    """Add the handler to the table in the list, in alphabetical order; create a missing list."""
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else _LIST
    lines = (text if text.endswith("\n") or not text else f"{text}\n").splitlines(keepends=True)
    rows = [number for number, line in enumerate(lines) if re.match(r"\| (`|\[`)", line)]
    head = next((number for number, line in enumerate(lines) if line.startswith("|---")), len(lines) - 1)
    before = [number for number in rows if _row_name(lines[number]) < name]
    lines.insert((before[-1] if before else head) + 1, _LINE.format(name=name))
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _row_name(line: str) -> str:
    return line.split("`")[1]


def _say(name: str, handlers: Path, made: list[Path]) -> None:
    option = "" if handlers == HANDLERS else f" --handlers {handlers}"
    print("\n".join(f"made {shown(path)}" for path in made))
    print(f"""
now write it, and see it run again whenever you save:
  python3 build run {name}{option} --input '{{"name": "Ada"}}' --watch
and test it:
  python3 build test {name}{option}""")
