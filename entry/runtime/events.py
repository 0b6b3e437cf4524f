"""Read a CloudEvent out of a request of HTTP, in its binary and its structured form. Trusts neither.

Imported when a request's headers look like those of an event.
"""

from __future__ import annotations

from ..api import errors
from ..api.errors import FunctionError
from ..api.event import Event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_STRUCTURED = "application/cloudevents"
_HEX = frozenset("0123456789abcdefABCDEF")


def read_event(headers: Mapping[str, str], body: bytes) -> tuple[Event | None, bytes | None]:
    """Return the event and its data; (None, body) if the request holds none. Raise fn.input.invalid."""
    kind = headers.get("content-type", "")
    if kind.lower().startswith(_STRUCTURED):
        return _structured(body)
    if "ce-specversion" not in headers:
        return None, body
    attributes = {name[3:]: _decoded(text) for name, text in headers.items() if name.startswith("ce-")}
    if kind:
        attributes["datacontenttype"] = kind
    return Event(attributes, is_structured=False), body or None


def _decoded(text: str) -> str:
    """Read an attribute of a header: without quotation marks, percent-decoded once."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        # A backslash takes the meaning of what follows it, of another one, too.
        text = "\\".join(part.replace("\\", "") for part in text[1:-1].split("\\\\"))
    first, *parts = text.split("%")
    found = [first.encode("latin-1")]
    for part in parts:
        if len(part) > 1 and _HEX.issuperset(part[:2]):
            found.append(bytes((int(part[:2], 16),)) + part[2:].encode("latin-1"))
        else:
            found.append(b"%" + part.encode("latin-1"))
    return b"".join(found).decode("utf-8", "replace")


def _structured(body: bytes) -> tuple[Event, bytes | None]:
    from ..codec.json import decode, encode

    document = decode(body)
    if not isinstance(document, dict):
        raise FunctionError(errors.INPUT_INVALID, "the event is no object of JSON")
    attributes = {name: _text(name, value) for name, value in document.items() if _is_attribute(name, value)}
    event = Event(attributes, is_structured=True)
    if document.get("data_base64") is not None:
        if document.get("data") is not None:
            raise FunctionError(errors.INPUT_INVALID, "the event has both data and data_base64")
        return event, _from_base64(document["data_base64"])
    data = document.get("data")
    if data is None:
        return event, None
    if isinstance(data, str) and not _is_json(attributes.get("datacontenttype", "")):
        return event, data.encode("utf-8", "replace")
    return event, encode(data)


def _is_attribute(name: str, value: object) -> bool:
    return name not in ("data", "data_base64") and value is not None


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (str, int)):
        raise FunctionError(errors.INPUT_INVALID, f"the event's attribute {name} is neither text, number nor bool")
    return str(value)


def _is_json(kind: str) -> bool:
    kind = kind.partition(";")[0].strip().lower()
    return not kind or kind.endswith(("/json", "+json"))


def _from_base64(text: object) -> bytes:
    from binascii import Error, a2b_base64

    try:
        if isinstance(text, str):
            return a2b_base64(text, strict_mode=True)
    except (Error, ValueError):
        pass
    raise FunctionError(errors.INPUT_INVALID, "the event's data_base64 is no base64")
