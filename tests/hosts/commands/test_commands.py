"""`python3 build run --host http` and `conform --host http`, as their authors see them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from build.cli import parser
from build.core.errors import BuildError
from build.dev.http import conform
from tests.conftest import ROOT, TARGETS

_FILE = TARGETS[-1].command[0]
_BAD = """
import os, socket
listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
while True:
    client, _ = listener.accept()
    with client:
        if data := client.recv(1 << 20):
            while b"Content-Length: 6\\r\\n" in data and len(data.partition(b"\\r\\n\\r\\n")[2]) < 6:
                data += client.recv(100)
            client.sendall(b"HTTP/1.1 %s\\r\\n\\r\\nno JSON" % (b"503 busy" if b"fail" in data else b"201 Created"))
"""


def test_run_shows_where_and_how_and_the_log() -> None:
    code = (
        "import sys, pathlib, build.dev.http as http; "
        "sys.exit(http.serve(pathlib.Path(sys.argv[1]), *sys.argv[2:], None, 0))"
    )
    words = [sys.executable, "-c", code, _FILE, "talk", '{"lines": 1}']
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, process_group=0) as process:
        assert process.stdout is not None
        lines = iter(process.stdout)
        assert next(lines) == "\n"
        url = next(lines).split()[2]
        assert next(lines) == f"  curl -d '{{\"lines\": 1}}' {url}\n"
        host, _, path = url.removeprefix("http://").partition("/")
        client = http.client.HTTPConnection(host, timeout=60)
        client.request("POST", f"/{path}", b'{"lines": 1}')
        assert client.getresponse().read() == b"1"
        client.close()
        assert next(lines) == "\n"
        assert next(lines).endswith(" line 0\n")
        os.killpg(process.pid, signal.SIGINT)
        assert "ended" in list(lines)[-1]
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("words", "problem", "instead"),
    [
        (["run", "--host", "http", "--watch", "greet"], "--watch shows one run after the other", "leave one"),
        (["run", "--port", "9000", "greet"], "--port: one run has no port", "--host http"),
        (["run", "--watch", "--link", "portable", "greet"], "--watch runs from source", "leave one"),
        (["run", "--watch", "--no-snapshot", "greet"], "--watch runs from source", "leave one"),
        (["conform", "http://127.0.0.1:8080/greet"], "is no program that can be started", "--host http"),
    ],
)
def test_options_that_do_not_go_together(words: list[str], problem: str, instead: str) -> None:
    with pytest.raises(BuildError, match=problem) as raised:
        parser.execute(parser.parse(words))
    assert instead in (raised.value.advice or "")


def test_conform_finds_nothing_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    failing = b'{"do":"coded"}'
    assert conform([_FILE, "serve", "fault"], {}, b'{"do":"threads"}', failing, 60, tmp_path / "report.json") == 0
    shown = capsys.readouterr().out
    assert "no defects, 1 risk" in shown
    assert "the workflow sees the error test.coded" in shown
    assert json.loads((tmp_path / "report.json").read_text())["defects"] == 0


def test_conform_names_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(_BAD)
    assert conform([sys.executable, str(tmp_path / "bad.py")], {}, b"{}", b'"fail"', 60, None) == 1
    shown = capsys.readouterr().out
    for problem in (
        "defect, success: main takes status 201 for a failure",
        "defect, retries: status 503 is repeated",
        "defect, error: status 503 without an error's headers",
        "risk, size: an answer without Content-Length",
        "risk, CloudEvents in: a batch is answered with 201",
        "risk, CloudEvents out: an event is answered with what is none",
        "risk, probes: GET /healthz has status 201",
        "risk, deadline, cancel: DELETE is not answered with 200",
    ):
        assert problem in shown, problem


def test_conform_of_nobody() -> None:
    for words in ([], ["no-such-program"], ["/bin/true"]):
        with pytest.raises(BuildError):
            conform(words, {}, b"{}", None, 5, None)
