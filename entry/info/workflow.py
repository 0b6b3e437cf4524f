"""Write the stub of a Direktiv workflow that calls handlers (`fn --describe --workflow`). Pure: a description to YAML.

The versions with isolated functions (v0.3.4 to v0.6.0) refuse unknown keys.
"""

from __future__ import annotations

from json import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_HEAD = """\
# A workflow to start from: put your image in, and what to do with results and errors.
# In `catch`, an error is a regular expression for the code; .error.code and .error.msg are there afterwards.
"""
_FAILED = "failed"
_ID_LEAST, _ID_MOST = 3, 32  # letters; room for a number is left
_FIRST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/")
_PLAIN = _FIRST | frozenset("0123456789_.- ")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))  # that would be something else


def stub(handlers: list[dict[str, Any]]) -> str:
    """Return the workflow: a function and a state per handler, one state after the other.

    `handlers` as in `fn --describe`.
    """
    ids = _ids([handler["name"] for handler in handlers])
    about = handlers[0]["documentation"].partition("\n")[0] if len(ids) == 1 else ""
    workflow = {
        "id": ids[0] if len(ids) == 1 else "handlers",
        **({"description": about} if about else {}),
        "functions": [_function(name, handler) for name, handler in zip(ids, handlers, strict=True)],
        "states": [
            *(_state(name, after, handler) for name, after, handler in zip(ids, [*ids[1:], ""], handlers, strict=True)),
            {"id": _FAILED, "type": "noop", "log": "jq(.error)"},
        ],
    }
    return _HEAD + "\n".join(_lines(workflow)) + "\n"


def _ids(names: list[str]) -> list[str]:
    """Make unique names that every version takes: 3 to 36 small letters, digits and hyphens, a letter first."""
    ids: list[str] = []
    for name in names:
        kept = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in name.lower()).strip("-")
        whole = kept if kept[:1].isalpha() and len(kept) >= _ID_LEAST else f"handler-{kept}"
        made = base = whole[:_ID_MOST].strip("-")
        number = 1
        while made in (*ids, _FAILED):
            number += 1
            made = f"{base}-{number}"
        ids.append(made)
    return ids


def _function(name: str, handler: dict[str, Any]) -> dict[str, object]:
    return {
        "id": name,
        "type": "isolated",
        "image": "example/fn:1.0",
        "cmd": f"/fn {handler['name']}",
        "size": "small",
    }


def _state(name: str, after: str, handler: dict[str, Any]) -> dict[str, object]:
    codes = [f"^{_escaped(code)}$" for code in handler["errors"]] + [r"^fn\."]
    state: dict[str, object] = {
        "id": name,
        "type": "action",
        "action": {"function": name, "input": _input(handler["input"])},
        "transform": "jq(.return)",
        "catch": [{"error": code, "transition": _FAILED} for code in codes],
    }
    if after:
        state["transition"] = after
    return state


def _escaped(code: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "_-" else f"\\{sign}" for sign in code)


def _input(schema: dict[str, Any]) -> str:
    """Return a jq expression that takes the required members of the input from the state."""
    while "$ref" in schema and "$defs" in schema:
        schema = {**schema["$defs"][schema["$ref"].rpartition("/")[2]], "$defs": schema["$defs"]}
    members = [_member(name) for name in schema.get("required", ())]
    return f"jq({{{', '.join(members)}}})" if members else "jq(.)"


def _member(name: str) -> str:
    quoted = dumps(name)
    return f"{name}: .{name}" if name.isascii() and name.isidentifier() else f"{quoted}: .[{quoted}]"


def _lines(value: object, indent: str = "") -> Iterator[str]:
    """Yield the lines of nested mappings and lists of mappings, as YAML."""
    if isinstance(value, list):
        for item in value:
            first, *rest = _lines(item, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
    elif isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str):
                yield f"{indent}{name}: {_scalar(item)}"
            else:
                yield f"{indent}{name}:"
                yield from _lines(item, indent if isinstance(item, list) else f"{indent}  ")


def _scalar(text: str) -> str:
    """Quote a text for YAML, as in JSON, unless it is safe as it is."""
    if text[:1] in _FIRST and _PLAIN.issuperset(text) and text == text.strip() and text.lower() not in _WORDS:
        return text
    signs = dumps(text, ensure_ascii=False)  # YAML has no pairs of surrogates
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in signs)
