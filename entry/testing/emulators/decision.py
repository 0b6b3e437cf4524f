"""What a workflow sees of a run: the sidecar's decision over output.json and error.json. Pure.

Source of every rule: docs/contract.md, "What was seen".
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Literal

from entry.codec.room import with_room

from . import go_json

Kind = Literal["success", "error", "crash"]


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome as the workflow sees it.

    `value` is the decoded output (base64 text when it is no JSON), `code` and `message` belong to an error;
    `message` is as the workflow's author sees it, `raw_message` as the function wrote it. `ignored` says why an
    error.json counted as none.
    """

    kind: Kind
    value: object = None
    is_json: bool = True
    code: str = ""
    message: str = ""
    raw_message: str = ""
    ignored: str = ""


def decide(output: bytes | None, error: bytes | None) -> Decision:
    """Return the decision over the two files; None stands for a file that is not there."""
    code, message, ignored = _read_error(error) if error is not None else ("", "", "")
    if code:
        return Decision("error", code=code, message=printf_without_arguments(message), raw_message=message)
    if message:
        return Decision("crash", message="an internal error occurred", raw_message=message)
    value, is_json = _read_output(output or b"")
    return Decision("success", value=value, is_json=is_json, ignored=ignored)


def _read_output(output: bytes) -> tuple[object, bool]:
    if go_json.problem(output) is not None:
        return base64.b64encode(output).decode(), False
    text = output.decode("utf-8", "replace")
    return _loads(text), True


def _loads(text: str) -> object:
    """Decode what Go accepts, as Go does: its numbers are float64, so large integers lose precision."""

    def integer(digits: str) -> int | float:
        exact = int(digits) if len(digits) < 400 else float(digits)
        return exact if abs(exact) <= 2**53 else float(exact)

    return with_room(json.loads, text, parse_int=integer)


def _read_error(error: bytes) -> tuple[str, str, str]:
    """Return code, message, and why the file counts as no error."""
    found = go_json.problem(error)
    if found:
        return "", "", f"not JSON: {found}"
    pairs = with_room(json.loads, error.decode("utf-8", "replace"), object_pairs_hook=_Pairs)
    if pairs is None:
        return "", "", "it is null"
    if not isinstance(pairs, _Pairs):
        return "", "", f"not an object but {type(pairs).__name__}"
    texts = {"code": "", "message": ""}
    for key, value in pairs.items:
        name = key.casefold()
        if name not in texts or value is None:
            continue
        if not isinstance(value, str):
            return "", "", f"{key} is not a string"
        texts[name] = value
    if not texts["code"] and not texts["message"]:
        return "", "", "neither code nor message is set"
    return texts["code"], texts["message"], ""


class _Pairs:
    """An object with all its keys, duplicates included."""

    def __init__(self, items: list[tuple[str, object]]) -> None:
        self.items = items


_VERB = re.compile(r"%([-+# 0]*)([0-9]*|\*)?(?:\.([0-9]*|\*))?(.)?", re.DOTALL)


def printf_without_arguments(text: str) -> str:
    """Return a text that went through Go's Printf as the format: `50% done` becomes `50%!d(MISSING)one`."""

    def mangled(match: re.Match[str]) -> str:
        verb = match[4]
        if verb is None:
            return "%!(NOVERB)"
        if verb == "%":
            return "%"
        bad = "%!(BADWIDTH)" if match[2] == "*" else "%!(BADPREC)" if match[3] == "*" else ""
        return f"{bad}%!{verb}(MISSING)"

    return _VERB.sub(mangled, text)
