"""What `fn --describe` says: documentation, schemas, codes; and a workflow that Direktiv would take."""

from __future__ import annotations

import decimal
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
import yaml  # type: ignore[import-untyped]

from entry.api.registry import Handler
from entry.info.describe import describe
from entry.info.workflow import stub
from tests.handlers import typed


class Guest(msgspec.Struct, rename="camel"):
    first_name: str
    paid: decimal.Decimal
    table_number: Annotated[int, msgspec.Meta(ge=1)] = 1


def _described(function: Any, codes: tuple[str, ...] = ()) -> dict[str, Any]:
    (found,) = describe([Handler("test", function, {KeyError: "a.mapped"}, codes)])
    return found


def _of(annotation: Any, which: str) -> object:
    def take(value: Any) -> Any: ...

    take.__annotations__ = {"value": annotation, "return": annotation}
    return _described(take)[which]


def test_documentation_and_codes() -> None:
    def takes(value: object) -> None:
        """Takes it.

        And more.
        """

    found = _described(takes, ("b.raised", "a.mapped"))
    assert found["documentation"] == "Takes it.\n\nAnd more."
    assert found["errors"] == ["a.mapped", "b.raised"]
    assert found["module"] == "tests.unit.entry.test_describe"


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (Any, {}),
        (object, {}),
        (dict, {"type": "object"}),
        (dict[str, object], {"type": "object", "additionalProperties": {}}),
        (list[Any], {"type": "array"}),
        (str, {"type": "string"}),
        (int, {"type": "integer"}),
        (float, {"type": "number"}),
        (bool, {"type": "boolean"}),
        (bytes, {"description": "bytes, as they are"}),
        (list[bytes], {"type": "array", "items": {"type": "string", "contentEncoding": "base64"}}),
        (Literal["a", "b"], {"enum": ["a", "b"]}),
        (Annotated[str, msgspec.Meta(pattern="^a")], {"type": "string", "pattern": "^a"}),
    ],
)
def test_schemas_of_inputs_and_results(annotation: Any, schema: dict[str, object]) -> None:
    assert _of(annotation, "input") == schema
    assert _of(annotation, "output") == schema


@pytest.mark.parametrize("annotation", [Path, Iterator[bytes], AsyncIterator[bytes], bytearray, memoryview])
def test_results_that_are_bytes(annotation: Any) -> None:
    def give() -> Any: ...

    give.__annotations__ = {"return": annotation}
    assert _described(give)["output"] == {"description": "bytes, as they are"}


@pytest.mark.parametrize("annotation", [complex, "Unknown", bytes | dict[str, int], re.Pattern])
def test_results_that_no_schema_tells(annotation: Any) -> None:
    def give() -> Any: ...

    give.__annotations__ = {"return": annotation}
    assert _described(give)["output"] == {}
    assert _described(lambda: None)["output"] == {}


def test_a_schema_of_a_type() -> None:
    def invite(guest: Guest) -> list[Guest]:
        return [guest]

    guest: dict[str, Any] = {
        "title": "Guest",
        "type": "object",
        "properties": {
            "firstName": {"type": "string"},
            "paid": {"type": ["number", "string"], "format": "decimal"},
            "tableNumber": {"type": "integer", "minimum": 1, "default": 1},
        },
        "required": ["firstName", "paid"],
    }
    found = _described(invite)
    assert found["input"] == {"$ref": "#/$defs/Guest", "$defs": {"Guest": guest}}
    guest["properties"]["paid"]["type"] = "number"
    assert found["output"]["items"] == {"$ref": "#/$defs/Guest"}
    assert found["output"]["$defs"] == {"Guest": guest}


def test_every_type_of_the_test_handlers_has_a_schema() -> None:
    found = _described(typed.typed)
    assert found["input"]["$defs"]["Order"]["required"] == ["user", "items"]
    assert found["output"]["$defs"].keys() == found["input"]["$defs"].keys()


# What Direktiv v0.3.4 to v0.6.0 take: every key, and the form of identifiers. They refuse what they do not know.
_ID = re.compile(r"[a-z][a-z0-9_\-]{1,34}[a-z0-9]")
_KEYS = {
    "workflow": {"id", "description", "functions", "states"},
    "isolated": {"id", "type", "image", "cmd", "size", "files"},
    "action": {"id", "type", "log", "catch", "action", "async", "timeout", "transform", "transition"},
    "noop": {"id", "type", "log", "catch", "transform", "transition"},
}


def _checked(text: str) -> dict[str, Any]:
    """The workflow, after the checks of Direktiv's own model."""
    workflow: dict[str, Any] = yaml.safe_load(text)
    assert workflow.keys() <= _KEYS["workflow"]
    functions = [function["id"] for function in workflow["functions"]]
    states = [state["id"] for state in workflow["states"]]
    assert len(set(functions)) == len(functions)
    assert len(set(states)) == len(states)
    assert all(_ID.fullmatch(name) for name in [workflow["id"], *functions, *states])
    for part in [*workflow["functions"], *workflow["states"]]:
        assert part.keys() <= _KEYS[part["type"]]
    for state in workflow["states"]:
        caught = state.get("catch", [])
        assert all(catch.keys() == {"error", "transition"} for catch in caught)
        targets = [state.get("transition", states[0]), *(catch["transition"] for catch in caught)]
        assert set(targets) <= set(states)
        assert state.get("action", {"function": functions[0]})["function"] in functions
    return workflow


def _handler(name: str, documentation: str = "", errors: tuple[str, ...] = (), **schema: object) -> dict[str, Any]:
    return {"name": name, "documentation": documentation, "errors": list(errors), "input": schema, "output": {}}


def test_a_workflow_of_one_handler() -> None:
    workflow = _checked(
        stub(
            [_handler("greet", 'Greets: "Ada"\nand more', ("greet.badInput", "x+y"), required=["name", "a b", "größe"])]
        )
    )
    assert workflow["id"] == "greet"
    assert workflow["description"] == 'Greets: "Ada"'
    (function,) = workflow["functions"]
    assert (function["type"], function["cmd"]) == ("isolated", "/fn greet")
    state = workflow["states"][0]
    assert state["action"]["input"] == r'jq({name: .name, "a b": .["a b"], "gr\u00f6\u00dfe": .["gr\u00f6\u00dfe"]})'
    patterns = [catch["error"] for catch in state["catch"]]
    assert patterns == [r"^greet\.badInput$", r"^x\+y$", r"^fn\."]
    assert all(
        re.search(pattern, code) for pattern, code in zip(patterns, ["greet.badInput", "x+y", "fn.exit"], strict=True)
    )


def test_a_workflow_of_several_has_them_one_after_the_other() -> None:
    workflow = _checked(stub([_handler("one"), _handler("two"), _handler("three")]))
    assert [state.get("transition") for state in workflow["states"]] == ["two", "three", None, None]


@pytest.mark.parametrize(
    "name", ["Greet", "go", "größe", "1st", "a.b", "failed", "true", "-", "a" * 80, "x_", "null", "a'b", "% @"]
)
def test_any_name_of_a_handler_gets_an_id(name: str) -> None:
    workflow = _checked(stub([_handler(name), _handler(f"{name}.")]))
    assert workflow["functions"][0]["cmd"] == f"/fn {name}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        "a: b",
        "# no",
        "a #b",
        "- a",
        "{a}",
        '"',
        "'",
        "\\",
        "tab\there",
        "\x7f\x85\u2028",
        "\U0001f600 ü",
        " a ",
        "1e3",
    ],
)
def test_any_text_stays_what_it_is(text: str) -> None:
    workflow = _checked(stub([_handler("a", text, (f"e{text}",))]))
    assert workflow.get("description", "") == text.partition("\n")[0]
    assert re.search(workflow["states"][0]["catch"][0]["error"], f"e{text}")
