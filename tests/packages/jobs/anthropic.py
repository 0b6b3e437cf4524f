"""A message that is answered by a transport in the process: a result, a stream, an error that is mapped."""

import json

import anthropic
import httpx2 as httpx

MESSAGE = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "content": [{"type": "text", "text": "é"}],
    "usage": {"input_tokens": 1, "output_tokens": 2},
}


def answer(request):
    given = json.loads(request.read())
    if given["model"] == "bad":
        return httpx.Response(400, json={"type": "error", "error": {"type": "invalid_request_error", "message": "no"}})
    if given.get("stream"):
        events = [
            {"type": "message_start", "message": MESSAGE | {"content": [], "stop_reason": None}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "é!"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_stop"},
        ]
        text = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
        return httpx.Response(200, text=text, headers={"content-type": "text/event-stream"})
    return httpx.Response(200, json=MESSAGE)


def job():
    http = anthropic.DefaultHttpxClient(transport=httpx.MockTransport(answer))
    client = anthropic.Anthropic(api_key="k", base_url="http://example.org", http_client=http, max_retries=0)
    words = {"max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    made = client.messages.create(model="m", **words)
    with client.messages.stream(model="m", **words) as stream:
        parts = list(stream.text_stream)
    try:
        client.messages.create(model="bad", **words)
    except anthropic.BadRequestError as error:
        failed = error.status_code
    return [made.content[0].text, made.usage.output_tokens, parts, failed]
