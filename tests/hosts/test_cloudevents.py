"""CloudEvents over HTTP as Knative delivers them: each rule of docs/hosts.md has a test with its name."""

from __future__ import annotations

import json

import pytest

from entry.testing import Knative
from entry.testing.emulators.knative import Form
from tests.conftest import Target

each_form = pytest.mark.parametrize("form", ["binary", "structured"])
_MARKS = 'Grüße, "50 %" 100%25 €'


def _knative(file: Target, *words: str) -> Knative:
    return Knative([*file.command, "serve", *words], file.environment)


@each_form
def test_cloudevents_in(file: Target, form: Form) -> None:
    """The input is the data, `ctx.event` has the attributes, percent-decoded once."""
    with _knative(file, "event") as knative:
        given = {"subject": _MARKS, "time": "2026-01-02T03:04:05Z", "customthing": "7"}
        found = json.loads(knative.deliver({"a": 2**70}, form, "/", 60, id="i-1", **given).answer.body)
        assert found["data"] == {"a": 2**70}
        assert found["extensions"] == {"customthing": "7"}
        wanted = {"specversion": "1.0", "id": "i-1", "source": "/tests", "type": "test.event", **given}
        assert found["event"] == wanted | ({"datacontenttype": "application/json"} if form == "binary" else {})
        found = json.loads(knative.deliver(form=form).answer.body)
        assert (found["data"], found["event"]["type"]) == (None, "test.event")


@each_form
def test_cloudevents_in_of_bytes(file: Target, form: Form) -> None:
    """data_base64 arrives as the bytes that it stands for; text of another type as it is."""
    with _knative(file, "raw") as knative:
        assert knative.deliver(b"\x00\xff", form=form).answer.body == b"\x00\xff"
        assert knative.deliver(form=form).answer.body == b""
        if form == "structured":
            text = knative.deliver("ä", form=form, datacontenttype="text/plain").answer.body
            assert (text, knative.deliver("ä", form=form).answer.body) == ("ä".encode(), b'"\xc3\xa4"')


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/cloudevents-batch+json"}, b"[]", 415),
        ({"Content-Type": "Application/CloudEvents-Batch+json; charset=utf-8"}, b"[]", 415),
        ({"Content-Type": "application/cloudevents+avro"}, b"", 415),
        ({"Content-Type": "application/cloudevents+json"}, b"{", 400),
        ({"Content-Type": "application/cloudevents+json"}, b"[]", 400),
        ({"Content-Type": "application/cloudevents+json"}, b'{"specversion":"1.0","id":"a","source":"b"}', 400),
        ({"Content-Type": "application/cloudevents"}, b'{"specversion":"2.0","id":"a","source":"b","type":"c"}', 400),
        (
            {"Content-Type": "application/cloudevents+json"},
            b'{"specversion":"1.0","id":"a","source":"b","type":"c","data_base64":"?"}',
            400,
        ),
        ({"Ce-Specversion": "1.0", "Ce-Id": "a", "Ce-Source": "b"}, b"{}", 400),
        ({"Ce-Specversion": "0.2", "Ce-Id": "a", "Ce-Source": "b", "Ce-Type": "c"}, b"{}", 400),
        ({"Ce-Id": "a"}, b"{}", 200),  # no event at all
        ({"X": "cloudevents"}, b"{}", 200),
        ({"Ce-Specversion": "1.0", "Ce-Id": '"a%20"', "Ce-Source": "%", "Ce-Type": "%zz%41"}, b"{}", 200),
    ],
)
def test_cloudevents_that_are_none(file: Target, headers: dict[str, str], body: bytes, status: int) -> None:
    with _knative(file, "event") as knative:
        answer = knative.post(headers, body).answer
        assert answer.status == status
        event = json.loads(answer.body).get("event")
        if "Ce-Type" in headers and status == 200:
            assert (event["id"], event["source"], event["type"]) == ("a ", "%", "%zzA")
        else:
            assert event is None


@each_form
def test_cloudevents_out(file: Target, form: Form) -> None:
    """A reply comes in the form of its event, with 200 and a length."""
    with _knative(file, "event") as knative:
        given = {"type": "test.done", "subject": _MARKS, "flag": True, "count": 3}
        delivery = knative.deliver({"reply": given, "data": {"a": [1.5, None]}}, form=form)
        assert (delivery.accepted, delivery.warnings) == (True, [])
        assert delivery.reply is not None
        found = dict(delivery.reply.attributes)
        assert json.loads(delivery.reply.data or b"") == {"a": [1.5, None]}
        assert found.pop("id") != knative.deliver({"reply": given}, form=form).answer.headers.get("ce-id")
        assert found.pop("time").endswith("Z")
        wanted = {"specversion": "1.0", "source": "/event", "datacontenttype": "application/json"}
        assert found == wanted | {"type": "test.done", "subject": _MARKS, "flag": "true", "count": "3"}
        own = {
            "type": "t",
            "id": "i",
            "source": "urn:a",
            "time": "2026-01-02T03:04:05Z",
            "datacontenttype": "image/png",
        }
        reply = knative.deliver({"reply": own, "hex": "00ff"}, form=form).reply
        assert reply is not None
        assert (reply.data, reply.attributes) == (b"\x00\xff", {"specversion": "1.0", **own})
        reply = knative.deliver({"reply": {"type": "t"}}, form=form).reply
        assert reply is not None
        assert (reply.data, "datacontenttype" in reply.attributes) == (None, False)


@each_form
def test_cloudevents_without_a_reply(file: Target, form: Form) -> None:
    """None is an empty answer, which is accepted; any other result is that of a request without an event."""
    with _knative(file, "event") as knative:
        delivery = knative.deliver({"reply": None}, form=form)
        assert (delivery.accepted, delivery.reply, delivery.answer.body) == (True, None, b"")
        delivery = knative.deliver({"no": "reply"}, form=form)
        assert (delivery.answer.status, delivery.accepted) == (200, False)
        assert delivery.warnings


@pytest.mark.parametrize(
    "attributes",
    [
        {"type": ""},
        {"type": "a\r\nX: b"},
        {"type": "a", "Upper": "b"},
        {"type": "a", "data_base64": "b"},
        {"type": "a", "long": "b" * 9000},
        {"type": "a", "datacontenttype": "text/plain\r\nX: b"},
    ],
)
def test_cloudevents_out_that_cannot_be(file: Target, attributes: dict[str, str]) -> None:
    with _knative(file, "event") as knative:
        answer = knative.deliver({"reply": attributes, "data": 1}).answer
        assert (answer.status, answer.headers["direktiv-errorcode"]) == (500, "fn.output.unserializable")
        assert "x" not in answer.headers


@pytest.mark.parametrize(("action", "repeated"), [("coded", False), ("value error", True), ("segfault", True)])
def test_cloudevents_that_fail(file: Target, action: str, repeated: bool) -> None:
    """An error with a code of the handler's own is not delivered again; any other is."""
    with _knative(file, "fault") as knative:
        delivery = knative.deliver({"do": action})
        assert (delivery.accepted, delivery.repeated) == (False, repeated)


def test_port_and_probes(file: Target) -> None:
    """PORT is listened on; health paths are answered without a run."""
    with _knative(file, "value") as knative:
        for path in ("/health/liveness", "/health/readiness", "/_/health", "/_/ready", "/healthz", "/readyz", "/up"):
            assert knative.service.ask("GET", path, {}, None, 60).status == 200
    assert knative.exit_status == 0


def test_traceparent(file: Target) -> None:
    """W3C traceparent is TRACEPARENT in the handler's environment; what is named so and is none harms nobody."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with _knative(file, "environment") as knative:
        assert json.loads(knative.post({"Traceparent": trace}, b'"TRACEPARENT"').answer.body) == trace
        assert json.loads(knative.post({"X": "traceparent"}, b'"TRACEPARENT"').answer.body) is None
