"""Emulate Knative: start a function as Serving does, deliver CloudEvents as its broker does, and tell how they ended.

What a broker does in silence, such as delivering an event again, becomes a warning. The rules are in docs/testing.md.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Self
from urllib.parse import quote, unquote_to_bytes

from ..service import Answer, Engine, free_port

Form = Literal["binary", "structured"]
_REPEATED = (404, 408, 409, 429)
_PROBING = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An event that came back: its attributes, and its data as bytes; None: it has none."""

    attributes: Mapping[str, str]
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an event: `accepted` (2xx), or `repeated` later, or neither: it goes to the dead letters."""

    accepted: bool
    repeated: bool
    reply: Reply | None
    answer: Answer
    warnings: list[str]


@dataclass(slots=True)
class Knative(Engine):
    """Start a function with PORT and the probes of Serving: `with Knative([...]) as k: k.deliver({"name": "Ada"})`."""

    def __enter__(self) -> Self:
        with free_port() as port:
            self.start({"PORT": str(port), "K_SERVICE": "fn"}, port, interval=0.025, patience=_PROBING)
        return self

    def deliver(
        self, data: object = None, form: Form = "binary", path: str = "/", timeout: float = 300, **attributes: str
    ) -> Delivery:
        """Deliver an event: data of bytes as they are, anything else as JSON, None for an event without data."""
        headers, body = (binary_form if form == "binary" else _structured)(whole(attributes), data)
        return self.post(headers, body, path=path, timeout=timeout)

    def post(self, headers: Mapping[str, str], body: bytes, *, path: str = "/", timeout: float = 300) -> Delivery:
        """Deliver a request as it is."""
        answer = self.service.ask("POST", path, headers, body, timeout)
        warnings: list[str] = []
        accepted = 200 <= answer.status < 300
        repeated = answer.status in _REPEATED or answer.status >= 500 or not answer.status
        reply = None
        if accepted:
            reply = reply_of(answer, warnings)
            if reply is None and answer.body:
                warnings.append("a result that is no event: a broker takes it for a failure, and delivers again")
                accepted, repeated = False, True
        if repeated:
            warnings.append(f"delivered again, up to the limit of the broker: status {answer.status} {answer.problem}")
        return Delivery(accepted, repeated, reply, answer, warnings)


def whole(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return them with those that an event must have."""
    return {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/tests", "type": "test.event", **attributes}


def binary_form(attributes: Mapping[str, str], data: object) -> tuple[dict[str, str], bytes]:
    """Return headers and body of an event: data of bytes as they are, anything else as JSON, None for none."""
    headers = {
        f"Ce-{name.capitalize()}": quote(text, safe="!#$&'()*+,-./:;<=>?@[\\]^_`{|}~")
        for name, text in attributes.items()
    }
    kind = headers.pop("Ce-Datacontenttype", None)
    if data is None:
        return headers, b""
    is_bytes = isinstance(data, bytes)
    headers["Content-Type"] = kind or ("application/octet-stream" if is_bytes else "application/json")
    return headers, data if isinstance(data, bytes) else json.dumps(data).encode()


def _structured(attributes: Mapping[str, str], data: object) -> tuple[dict[str, str], bytes]:
    document: dict[str, object] = dict(attributes)
    if isinstance(data, bytes):
        document["data_base64"] = base64.b64encode(data).decode()
    elif data is not None:
        document["data"] = data
    return {"Content-Type": "application/cloudevents+json; charset=UTF-8"}, json.dumps(document).encode()


def reply_of(answer: Answer, warnings: list[str]) -> Reply | None:
    """Return the event in an answer, if it holds one; add to the warnings what it lacks."""
    kind = answer.headers.get("content-type", "")
    if kind.lower().startswith("application/cloudevents"):
        document = json.loads(answer.body)
        data = document.pop("data", None)
        encoded = document.pop("data_base64", None)
        body = base64.b64decode(encoded) if encoded else None if data is None else json.dumps(data).encode()
        return _checked(Reply({name: str(value) for name, value in document.items()}, body), warnings)
    if "ce-specversion" not in answer.headers:
        return None
    attributes = {
        name[3:]: unquote_to_bytes(text).decode() for name, text in answer.headers.items() if name.startswith("ce-")
    }
    if kind:
        attributes["datacontenttype"] = kind
    return _checked(Reply(attributes, answer.body or None), warnings)


def _checked(reply: Reply, warnings: list[str]) -> Reply:
    missing = [name for name in ("specversion", "id", "source", "type") if not reply.attributes.get(name)]
    if missing:
        warnings.append(f"the reply has no {', '.join(missing)}: a broker takes it for a failure")
    return reply
