"""A chat that is answered by a transport in the process: a result, a stream, an error that is mapped, a parsed model."""

import httpx2 as httpx
import openai
from pydantic import BaseModel


class Point(BaseModel):
    x: int


def answer(request):
    body = request.read()
    if b'"bad"' in body:
        return httpx.Response(404, json={"error": {"message": "no é", "code": "none"}})
    if b'"stream":true' in body.replace(b" ", b""):
        chunk = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"é"}}]}'
        return httpx.Response(
            200, text=f"data: {chunk}\n\ndata: [DONE]\n\n", headers={"content-type": "text/event-stream"}
        )
    message = {"role": "assistant", "content": '{"x": 3}'}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return httpx.Response(
        200, json={"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    )


def job():
    http = openai.DefaultHttpxClient(transport=httpx.MockTransport(answer))
    client = openai.OpenAI(api_key="k", base_url="http://example.org/v1", http_client=http, max_retries=0)
    said = [{"role": "user", "content": "hi"}]
    made = client.chat.completions.create(model="m", messages=said)
    parts = [
        part.choices[0].delta.content for part in client.chat.completions.create(model="m", messages=said, stream=True)
    ]
    try:
        client.chat.completions.create(model="bad", messages=said)
    except openai.NotFoundError as error:
        failed = [error.status_code, error.code]
    parsed = client.chat.completions.parse(model="m", messages=said, response_format=Point).choices[0].message.parsed
    return [made.choices[0].message.content, parts, failed, parsed.x]
