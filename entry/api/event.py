"""CloudEvents (1.0, HTTP binding): the event that started a run, and the one that it replies. Reads no request.

Imported when a request holds an event.
"""

from __future__ import annotations

import posix
from time import gmtime

from . import errors
from .errors import FunctionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..runtime.exchange import Bytes

_OWN = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema")
_HEAD_MOST = 8192  # bytes of a reply's headers: what the server takes (build/boot/shared/report.h)
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class Event:
    """The event of a run: its attributes by name, those of the standard as properties too. The input is its data."""

    __slots__ = ("_handler", "_is_structured", "attributes")

    def __init__(self, attributes: Mapping[str, str], *, is_structured: bool) -> None:
        self.attributes = attributes
        self._is_structured = is_structured
        self._handler = ""
        for name in ("id", "source", "type"):
            if not attributes.get(name):
                raise FunctionError(errors.INPUT_INVALID, f"the event has no attribute {name}")
        if attributes.get("specversion") != "1.0":
            raise FunctionError(errors.INPUT_INVALID, "the event's specversion is not 1.0")

    def __repr__(self) -> str:
        return f"<event {self.type} {self.id}>"

    @property
    def id(self) -> str:
        return self.attributes["id"]

    @property
    def source(self) -> str:
        return self.attributes["source"]

    @property
    def type(self) -> str:
        return self.attributes["type"]

    @property
    def subject(self) -> str | None:
        return self.attributes.get("subject")

    @property
    def time(self) -> str | None:
        """The moment, as RFC 3339 writes it."""
        return self.attributes.get("time")

    @property
    def datacontenttype(self) -> str | None:
        return self.attributes.get("datacontenttype")

    @property
    def dataschema(self) -> str | None:
        return self.attributes.get("dataschema")

    @property
    def extensions(self) -> dict[str, str]:
        """The attributes that are not of the standard."""
        return {name: text for name, text in self.attributes.items() if name not in _OWN}

    def for_handler(self, name: str) -> Event:
        self._handler = name
        return self

    def reply(self, data: object = None, *, type: str, **attributes: str | int | bool) -> Reply:  # noqa: A002
        """Return an event that answers this one, in the same form: `return ctx.event.reply(data, type="...")`.

        `data` is what a handler may return; None: an event without data. Further attributes by name; without them `id`
        is random, `source` is `/` and the handler's name, `time` is now. Raise fn.output.unserializable for an
        attribute that cannot be one.
        """
        year, month, day, hour, minute, second = gmtime()[:6]
        now = f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        own = {"id": posix.urandom(16).hex(), "source": f"/{self._handler}", "type": type, "time": now}
        return Reply(data, {"specversion": "1.0", **own, **attributes}, is_structured=self._is_structured)


class Reply:
    """An event as a result: what Event.reply returns."""

    __slots__ = ("attributes", "data", "is_structured")

    def __init__(self, data: object, attributes: Mapping[str, object], *, is_structured: bool) -> None:
        self.data = data
        self.is_structured = is_structured
        self.attributes: dict[str, str] = {}
        for name, value in attributes.items():
            if not name or not _LETTERS.issuperset(name) or name in ("data", "data_base64"):
                problem = f"{name!r} is no name of an event's attribute: small letters and digits"
                raise FunctionError(errors.OUTPUT_UNSERIALIZABLE, problem)
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if not text or any(ord(each) < 0x20 or 0x7F <= ord(each) < 0xA0 for each in text):
                problem = f"the event's attribute {name} is empty or holds control characters"
                raise FunctionError(errors.OUTPUT_UNSERIALIZABLE, problem)
            self.attributes[name] = text

    def written(self, body: Iterable[Bytes], *, is_json: bool) -> tuple[bytes, Iterable[Bytes]]:
        """Return the headers and the body of the answer; `body` holds the data, as JSON or as it is."""
        has_data = self.data is not None
        if has_data:
            self.attributes.setdefault("datacontenttype", "application/json" if is_json else "application/octet-stream")
        if self.is_structured:
            return b"content-type: application/cloudevents+json; charset=utf-8\r\n", self._document(body, is_json)
        attributes = dict(self.attributes)
        kind = attributes.pop("datacontenttype", "")
        lines = [f"ce-{name}: {_escaped(text)}\r\n" for name, text in attributes.items()]
        head = "".join([f"content-type: {kind}\r\n"] * bool(kind) + lines).encode("ascii", "replace")
        if len(head) > _HEAD_MOST:
            problem = f"the event's attributes take {len(head)} bytes, {_HEAD_MOST} at the most"
            raise FunctionError(errors.OUTPUT_UNSERIALIZABLE, problem)
        return head, body if has_data else ()

    def _document(self, body: Iterable[Bytes], is_json: bool) -> Iterable[Bytes]:
        from ..codec.json import encode

        yield encode(self.attributes)[:-1]
        if self.data is not None and is_json:
            yield b',"data":'
            yield from body
        elif self.data is not None:
            from binascii import b2a_base64

            yield b',"data_base64":"'
            yield b2a_base64(b"".join(body), newline=False)
            yield b'"'
        yield b"}"


def _escaped(text: str) -> str:
    """Write an attribute as a header: what is not printable ASCII, and what would be read otherwise, by percent."""
    plain = {byte: chr(byte) for byte in range(0x21, 0x7F) if chr(byte) not in '"%'}
    return "".join(plain.get(byte) or f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))
