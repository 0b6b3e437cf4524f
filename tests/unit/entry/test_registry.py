"""Registering and finding handlers, and what their signatures may be."""

from __future__ import annotations

import dataclasses
import functools
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entry import Context, FunctionError, handler, on_start
from entry.api import registry
from entry.api.registry import Handler
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """A registry of its own for each test."""
    before = dict(registry._handlers)
    registry._handlers.clear()
    yield
    registry._handlers.clear()
    registry._handlers.update(before)


def test_every_form_of_the_decorator() -> None:
    @handler
    def bare(data: object) -> object:
        return data

    @handler("other-name")
    def named(data: object) -> object:
        return data

    @handler("with_errors", errors={KeyError: "test.key"})
    async def mapped(data: object) -> object:
        return data

    found = {each.name: each for each in registry.registered()}
    assert sorted(found) == ["other-name", "test-registry", "with-errors"]  # without a name: that of the file
    assert found["with-errors"].errors == {KeyError: "test.key"}
    assert bare(1) == named(1) == 1


def test_two_handlers_of_one_name_are_refused() -> None:
    @handler("same-name")
    def first(data: object) -> object:
        return data

    with pytest.raises(ValueError, match=r"two handlers are named 'same-name': .*test_registry\.py:\d+ and "):

        @handler("same_name")
        def second(data: object) -> object:
            return data


def test_a_start_function_that_could_not_run_is_refused() -> None:
    with pytest.raises(TypeError, match=r"paused: a function under @on_start cannot `yield`"):

        @on_start
        def paused() -> Iterator[None]:
            yield

    with pytest.raises(TypeError, match=r"wanting: a function under @on_start gets no arguments, and wants ctx"):

        @on_start  # type: ignore[arg-type]
        def wanting(ctx: Context) -> None:
            ctx.log.info("never")

    with pytest.raises(TypeError, match=r"naming: a function under @on_start gets no arguments, and wants other"):

        @on_start  # type: ignore[arg-type]
        def naming(first: int = 1, *, given: int = 1, other: int) -> None: ...


@pytest.mark.parametrize("kind", ["KeyError", KeyError("a"), (KeyError, ValueError), int])
def test_what_is_no_exception_class_gets_no_code(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"test_registry\.py:\d+: errors: .* is no exception class"):
        handler("mapped", errors={kind: "test.key"})(lambda data: data)


@pytest.mark.parametrize("name", ["", " x", "-x", "a/b", *registry.HOSTS])
def test_names_that_no_argument_could_be(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a handler"):
        handler(name)(lambda data: data)


def _both(data: dict[str, Any], ctx: Context) -> None: ...
def _by_name(data: dict[str, Any], ctx) -> None: ...  # type: ignore[no-untyped-def]
def _swapped(ctx: Context, data: dict[str, Any]) -> None: ...
def _none() -> None: ...
def _only_context(ctx: Context) -> None: ...


@pytest.mark.parametrize("function", [_both, _by_name, _swapped, _none, _only_context])
def test_what_a_handler_may_ask_for(function: Any) -> None:
    context = object()
    bound = Handler("test", function, {}).signature.bind({"a": 1}, context)  # type: ignore[arg-type]
    function(**bound)
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    assert bound == {name: context if name == "ctx" else {"a": 1} for name in names}


def _bare_dict(data: typing.Dict) -> None: ...  # type: ignore[type-arg]  # noqa: UP006
def _bare_list(data: typing.List) -> None: ...  # type: ignore[type-arg]  # noqa: UP006
def _quoted(data: "Guest", context: "Context") -> None: ...  # noqa: UP037
def _quoted_inside(data: list["Guest"]) -> None: ...  # noqa: UP037
def _optional(data: typing.Optional["Guest"]) -> None: ...  # noqa: UP037, UP045
def _choices(data: list[typing.Literal["Guest"]]) -> None: ...


@dataclasses.dataclass
class Guest:
    name: str


class Seating:
    def __call__(self, data: Guest, context: Context) -> None: ...


@pytest.mark.parametrize(
    ("function", "annotation", "context"),
    [
        (_bare_dict, typing.Dict, None),  # noqa: UP006
        (_bare_list, typing.List, None),  # noqa: UP006
        (_quoted, Guest, "context"),
        (_quoted_inside, list[Guest], None),
        (_optional, Guest | None, None),
        (_choices, list[typing.Literal["Guest"]], None),
        (Seating(), Guest, "context"),
        (functools.partial(_quoted), Guest, "context"),
        (functools.partial(Seating()), Guest, "context"),
    ],
)
def test_annotations_are_found_wherever_they_are_written(function: Any, annotation: Any, context: str | None) -> None:
    found = Handler("test", function, {}).signature
    assert (found.annotation, found.context_name) == (annotation, context)


@pytest.mark.parametrize("annotation", [typing.Dict, typing.List, dict, list[object]])  # noqa: UP006
def test_plain_forms_need_no_msgspec(annotation: Any) -> None:
    def plain(data: object) -> None: ...

    plain.__annotations__["data"] = annotation
    assert not Handler("test", plain, {}).signature.is_typed


def _three(data: object, ctx: Context, more: object) -> None: ...


def test_a_signature_that_no_handler_has() -> None:
    with pytest.raises(TypeError, match="_three"):
        handler("three")(_three)


_ISOLATED = """
import sys
from entry.api import registry
from entry.api.errors import FunctionError
print(registry.find({name!r}).name, sorted(name for name in sys.modules if name.startswith("handlers.")))
"""


def _find(folder: Path, name: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _ISOLATED.format(name=name)], cwd=folder, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": f"{folder}:{ROOT}"},
    )  # fmt: skip
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_selecting_a_handler_imports_its_module_only(tmp_path: Path) -> None:
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    (handlers / "__init__.py").touch()
    for name in ("csv_to_json", "broken"):
        (handlers / f"{name}.py").write_text("from entry import handler\n@handler\ndef f(data): return data\n")
    (handlers / "broken.py").write_text("import no_such_module\n")
    assert _find(tmp_path, "csv-to-json") == "csv-to-json ['handlers.csv_to_json']"
    assert _find(tmp_path, "csv_to_json") == "csv-to-json ['handlers.csv_to_json']"
    assert "fn.handler.import: handlers/broken.py:1: ModuleNotFoundError" in _find(tmp_path, "broken")


def test_an_unknown_name_comes_with_the_names_and_a_suggestion(tmp_path: Path) -> None:
    handlers = tmp_path / "handlers"
    handlers.mkdir()
    (handlers / "__init__.py").touch()
    (handlers / "greet.py").write_text("from entry import handler\n@handler\ndef f(data): return data\n")
    assert "no handler is named 'gret' (did you mean 'greet'?); there is: greet" in _find(tmp_path, "gret")


def test_an_error_without_a_code_cannot_be_caught() -> None:
    assert str(FunctionError(None, "words")) == "words"
    assert FunctionError("code.only").message == "code.only"
