"""Behind nginx, as in most clusters: what it forwards, and request smuggling. The server alone gets the same bytes."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from entry.testing import Knative
from entry.testing.service import Caller, free_port
from tests.boot.serving import until
from tests.conftest import TARGETS, Target

_CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  log_format forwarded escape=none "$request_uri $upstream_status"; access_log {folder}/access.log forwarded;
  proxy_ignore_client_abort on;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  client_max_body_size 64m;
  upstream fn {{ server 127.0.0.1:{backend}; keepalive 1; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://fn; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_request_buffering {buffering}; proxy_next_upstream off;
    }}
  }}
}}
"""
_INNER = b"POST /smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"
_CHUNKS = b"0\r\n\r\n" + _INNER


def _cases() -> Iterator[tuple[str, bytes]]:
    """Bytes that are one request to one parser, and two to another."""
    outer = b"POST /value HTTP/1.1\r\nHost: a\r\n"
    both = b"Content-Length: %d\r\n" % len(_CHUNKS)
    for name, header in (
        ("CL.TE", b"Transfer-Encoding: chunked\r\n"),
        ("TE with a space before the colon", b"Transfer-Encoding : chunked\r\n"),
        ("TE behind a tab", b"Transfer-Encoding:\tchunked\r\n"),
        ("TE folded", b"X: a\r\n Transfer-Encoding: chunked\r\n"),
        ("TE in its own fold", b"Transfer-Encoding:\r\n chunked\r\n"),
        ("TE twice", b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
        ("TE with a second coding", b"Transfer-Encoding: chunked, identity\r\n"),
        ("TE that is none", b"Transfer-Encoding: xchunked\r\n"),
        ("TE in quotation marks", b'Transfer-Encoding: "chunked"\r\n'),
        ("TE behind a bare LF", b"X: a\nTransfer-Encoding: chunked\r\n"),
        ("TE behind a bare CR", b"X: a\rTransfer-Encoding: chunked\r\n"),
        ("TE behind a zero", b"X: a\x00\r\nTransfer-Encoding: chunked\r\n"),
        ("TE with a zero in its name", b"Transfer-\x00Encoding: chunked\r\n"),
        ("TE with a vertical tab", b"Transfer-Encoding: \x0bchunked\r\n"),
    ):
        yield name, outer + both + header + b"\r\n" + _CHUNKS
    for name, lengths in (
        ("two lengths", b"Content-Length: 0\r\nContent-Length: %d\r\n"),
        ("a list of lengths", b"Content-Length: 0, %d\r\n"),
        ("a length with a sign", b"Content-Length: +0\r\nX: %d\r\n"),
        ("a length in hexadecimal", b"Content-Length: 0x0\r\nX: %d\r\n"),
        ("a length behind a bare LF", b"Content-Length: 0\nContent-Length: %d\r\n"),
        ("a length past 64 bits", b"Content-Length: 18446744073709551616\r\nX: %d\r\n"),
        ("a negative length", b"Content-Length: -1\r\nX: %d\r\n"),
    ):
        yield name, outer + lengths % len(_INNER) + b"\r\n" + _INNER
    chunked = outer + b"Transfer-Encoding: chunked\r\n\r\n"
    for name, chunks in (
        ("TE.CL", b"%x\r\n%s\r\n0\r\n\r\n" % (len(_INNER), _INNER)),
        ("a chunk's size in other digits", b"0x0\r\n\r\n" + _INNER),
        ("a chunk's size past 64 bits", b"10000000000000000\r\n\r\n" + _INNER),
        ("a chunk that ends with a bare LF", b"1\n1\n0\n\n" + _INNER),
        ("an extension with a bare LF", b"0;\nx\r\n\r\n" + _INNER),
        ("a chunk longer than its size", b"1\r\n11\r\n0\r\n\r\n" + _INNER),
        ("a space behind a size", b"0 \r\n\r\n" + _INNER),
    ):
        yield name, chunked + chunks
    yield "a line of HTTP/0.9", b"GET /value\r\n\r\n" + _INNER
    yield "a space before the first header", b"POST /value HTTP/1.1\r\n Host: a\r\nContent-Length: 0\r\n\r\n" + _INNER
    yield "Upgrade", outer + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n" + _INNER


_TWO = {"Upgrade"}  # by the standard


@pytest.fixture(params=["on", "off"])
def proxied(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Knative, Caller]]:
    file: Target = TARGETS[-1]
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert nginx, "install nginx-light"
    with (
        Knative([*file.command, "serve", "--access-log", "--spares", "4"], file.environment) as knative,
        free_port() as port,
    ):
        text = _CONFIGURATION.format(folder=tmp_path, backend=knative.service.port, port=port, buffering=request.param)
        (tmp_path / "nginx.conf").write_text(text)
        process = subprocess.Popen([nginx, "-c", tmp_path / "nginx.conf", "-p", tmp_path], stderr=subprocess.DEVNULL)
        caller = Caller("127.0.0.1", port)
        try:
            until(lambda: process.poll() is not None or (tmp_path / "pid").exists())
            yield knative, caller
        finally:
            caller.close()
            process.kill()
            process.wait()


def _sent(port: int, data: bytes) -> bytes:
    """All that comes back until the other side closes."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client, contextlib.suppress(ConnectionError):
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)  # what is not whole by now will never be
        while part := client.recv(1 << 16):
            found += part
    return found


def _answered(knative: Knative) -> list[str]:
    """The targets of all that the server has answered."""
    records = [json.loads(line) for line in list(knative.service.lines) if line.startswith("{")]
    return [record["path"] for record in records if "path" in record]


def _forwarded(folder: Path) -> list[str]:
    """The targets of all that nginx takes for a request, and has sent on."""
    lines = [line.rpartition(" ") for line in (folder / "access.log").read_text().splitlines()]
    return [target for target, _, status in lines if status not in ("", "-")]


def test_bodies_pass(proxied: tuple[Knative, Caller]) -> None:
    _, caller = proxied
    for text in ("a", "b" * 70_000, "c" * 3_000_000):
        answer = caller.ask("POST", "/value", {}, json.dumps(text).encode(), 60)
        assert (answer.status, json.loads(answer.body)) == (200, text)
        caller.close()
    assert caller.ask("POST", "/fault", {}, b'{"do":"coded"}', 60).headers["direktiv-errorcode"] == "test.coded"


def test_nothing_is_smuggled(proxied: tuple[Knative, Caller], tmp_path: Path) -> None:
    """The server answers what nginx has seen, no request more; the answer to the next client is his own."""
    knative, caller = proxied
    for number, (name, data) in enumerate(_cases()):
        _sent(caller.port, data)
        request = b"POST /value?%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\n7" % number
        assert _sent(caller.port, request).endswith(b"\r\n\r\n7"), name
        until(lambda: f"/value?{number}" in _answered(knative) and f"/value?{number}" in _forwarded(tmp_path))  # noqa: B023
        assert _answered(knative) == _forwarded(tmp_path), name


@pytest.mark.parametrize(("name", "data"), list(_cases()), ids=[name for name, _ in _cases()])
def test_the_server_alone(name: str, data: bytes) -> None:
    """Refused with one answer and an end; where the standard has two requests, both are answered."""
    file = TARGETS[-1]
    with (
        Knative([*file.command, "serve", "--access-log"], file.environment) as knative,
        socket.create_connection(("127.0.0.1", knative.service.port), timeout=60) as client,
    ):
        client.sendall(data)
        found = client.recv(1 << 16)
        while name in _TWO and found.count(b"HTTP/1.1 ") < 2:
            found += client.recv(1 << 16)
    paths = _answered(knative)
    if name in _TWO:
        assert paths == ["/value", "/smuggled"]
    else:
        assert found.startswith(b"HTTP/1.1 400 "), found
        assert "/smuggled" not in paths
