"""What `conform` makes of the words that name a function: a URL with its path, variables, an image."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from build.cli import parser
from build.core.errors import BuildError
from build.dev import http
from entry.testing.service import Caller


class _Function(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: set[str]

    def _answer(self) -> None:
        if self.headers["Transfer-Encoding"] == "chunked":
            while self.rfile.readline() != b"0\r\n":
                pass
            self.rfile.readline()
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.asked.add(f"{self.command} {self.path}")
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_DELETE = do_GET = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    _Function.asked = set()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Function) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_function_is_examined_at_its_path(server: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{server.server_port}/greet?to=all"
    http.conform([url], {}, b"{}", None, 60, None)
    assert f"it listens on 127.0.0.1:{server.server_port}/greet?to=all\n" in capsys.readouterr().out
    assert {each for each in _Function.asked if not each.startswith("GET ")} == {
        "POST /greet?to=all", "DELETE /greet?to=all"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://example.invalid/greet", "https://example.invalid/greet: https is not spoken here"),
        ("http://localhost:many/", "http://localhost:many/: Port could not be cast"),
    ],
)
def test_a_url_that_cannot_be_asked(url: str, words: str) -> None:
    with pytest.raises(BuildError, match=words) as raised:
        http.conform([url], {}, b"{}", None, 5, None)
    assert "http://" in raised.value.advice


def test_variables_are_those_of_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError, match="--env: what runs already gets no variables"):
        parser.execute(parser.parse(["conform", "--host", "http", "--env", "A=1", "http://localhost/"]))
    (tmp_path / "function.py").write_text(_TELLS)
    (tmp_path / "function.sh").write_text(f"#!/bin/sh\nexec python3 {tmp_path}/function.py {tmp_path}/told\n")
    (tmp_path / "function.sh").chmod(0o755)

    def examine(caller: Caller, *_: object) -> list[object]:
        return []

    monkeypatch.setattr(http, "examine", examine)
    command = str(tmp_path / "function.sh")
    parser.execute(parser.parse(["conform", "--host", "http", "--env", "A=1", "--env", "PORT=1", command]))
    assert (tmp_path / "told").read_text() == "1"


_TELLS = """
import os, pathlib, socket, sys
pathlib.Path(sys.argv[1]).write_text(os.environ["A"])
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    listener.accept()[0].close()
"""


@pytest.mark.parametrize("host", ["http", "lambda"])
def test_an_image_is_for_the_isolated_host(host: str) -> None:
    with pytest.raises(BuildError, match=f"--image: --host {host} examines no image"):
        parser.execute(parser.parse(["conform", "--host", host, "--image", "example", "command"]))
