"""`fn serve`: handlers in Python behind HTTP, by the rules of docs/hosts.md."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.boot.serving import ask
from tests.conftest import TARGETS, Target


@dataclass
class Server:
    """A server that runs, on a port of its own; `lines` are those of its log, as they come."""

    process: subprocess.Popen[bytes]
    port: int
    lines: list[dict[str, object]]

    def ask(
        self, path: str, given: object = None, method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by small names, body."""
        body = given if isinstance(given, bytes) else json.dumps(given).encode()
        return ask(self.port, path, body, method, **headers)

    def end(self) -> None:
        """Asks it to, and waits for its last log line."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(60) == 0
        self.reader.join(60)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(json.loads(line))


Start = Callable[..., Server]


@pytest.fixture(params=TARGETS, ids=lambda target: target.name)
def file(request: pytest.FixtureRequest) -> Target:
    """Every target: this host is there from source, too."""
    chosen: Target = request.param
    return chosen


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers; what still runs at the end is ended."""
    started: list[Server] = []

    def begin(file: Target, *words: str, environment: Mapping[str, str] | None = None) -> Server:
        process = subprocess.Popen(
            [*file.command, "serve", "--port", "0", *words],
            cwd=file.directory,
            env={**file.environment, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        started.append(Server(process, int(first["msg"].rpartition(" ")[2]), []))
        return started[-1]

    yield begin
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
        server.process.wait()
        server.reader.join(60)
        if server.process.stdout:
            server.process.stdout.close()


def test_handlers_by_path(file: Target, start: Start) -> None:
    server = start(file)
    for given in ({"a": [1, 2.5, None]}, "text", 7):
        status, headers, body = server.ask("/value", given)
        assert (status, json.loads(body), headers["content-type"]) == (200, given, "application/json")
    assert server.ask("/result_kinds", {"kind": "stream"})[2] == b"one two three"
    status, headers, body = server.ask("/raw", b"\x00\xff")
    assert (status, body, headers["content-type"]) == (200, b"\x00\xff", "application/octet-stream")


def test_one_handler_at_every_path(file: Target, start: Start) -> None:
    server = start(file, "value")
    assert [server.ask(path, 1)[2] for path in ("/", "/value", "/fault", "/a/b?c")] == [b"1"] * 4
    assert server.ask("/up", method="GET")[0] == 200


def test_a_handler_that_there_is_not(file: Target, start: Start) -> None:
    server = start(file)
    status, headers, body = server.ask("/valeu", {})
    assert (status, headers["direktiv-errorcode"]) == (404, "fn.handler.unknown")
    assert "did you mean 'value'?" in json.loads(body)["message"]
    assert server.ask("/", {})[0] == 404
    assert server.ask("/..%2f..%2fetc%2fpasswd", {})[0] == 404


@pytest.mark.parametrize(
    ("action", "status", "code"),
    [
        ("coded", 422, "test.coded"),
        ("uncoded", 500, None),
        ("value error", 500, "fn.exception"),
        ("sys.exit 3", 500, "fn.exit"),
        ("os._exit 9", 500, "fn.exit"),
        ("segfault", 500, "fn.killed"),
        ("kill group", 500, "fn.killed"),
        ("long message", 422, "test.long"),
        ("surrogate message", 422, "test.odd"),
        ("nan", 500, "fn.output.unserializable"),
    ],
)
def test_errors(file: Target, start: Start, action: str, status: int, code: str | None) -> None:
    server = start(file)
    found, headers, body = server.ask("/fault", {"do": action})
    assert (found, headers.get("direktiv-errorcode"), json.loads(body)["code"]) == (status, code, code or "")
    assert headers["direktiv-errormessage"].strip()
    assert server.ask("/value", 1)[2] == b"1"


@pytest.mark.parametrize("action", ["orphan", "threads", "fork", "close everything", "wander"])
def test_what_is_left_behind_is_in_nobodys_way(file: Target, start: Start, action: str) -> None:
    server = start(file)
    assert server.ask("/fault", {"do": action})[0] == 200
    assert server.ask("/value", 1)[2] == b"1"


@pytest.mark.parametrize(
    ("document", "code"), [(b"", "fn.input.invalid"), (b"{", "fn.input.invalid"), (b"[1]", "fn.input.mismatch")]
)
def test_inputs_that_are_refused(file: Target, start: Start, document: bytes, code: str) -> None:
    status, headers, _ = start(file).ask("/fault", document)
    assert (status, headers["direktiv-errorcode"]) == (400, code)


def test_the_deadline(file: Target, start: Start) -> None:
    server = start(file, "--timeout", "1")
    for action in ("tidy up", "deaf"):
        status, headers, _ = server.ask("/fault", {"do": action})
        assert (status, headers["direktiv-errorcode"]) == (500, "fn.timeout")


def test_log_lines_are_json_with_the_request(file: Target, start: Start) -> None:
    server = start(file)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    server.ask("/talk", {"all": True, "lines": 2}, traceparent=trace)
    server.end()
    lines = [line for line in server.lines if "request" in line]
    found = {(line["level"], line["msg"]) for line in lines}
    assert {("INFO", "line 0"), ("INFO", "from ctx with argument"), ("WARNING", "from warning")} <= found
    assert {(line["handler"], line["traceparent"]) for line in lines} == {("talk", trace)}
    assert len({line["request"] for line in lines}) == 1


def test_a_wrong_call(file: Target) -> None:
    for words in (["--colour"], ["--port", "70000"], ["--port"], ["a", "b"], ["--max-body", "x"], ["--workers", "0"]):
        done = subprocess.run(
            [*file.command, "serve", *words], env=dict(file.environment), capture_output=True, check=False
        )
        assert (done.returncode, done.stderr.startswith(b"fn: serve: ")) == (2, True)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("FN_LOG_LEVEL", "FN_LOG_LEVEL: expected one of debug, info, warning, error, got 'soon'"),
        ("FN_COLD", "FN_COLD: expected 0 or 1, got 'soon'"),
        ("FN_PORT", "FN_PORT: expected a whole number that is not too large"),
        ("FN_TIMEOUT", "FN_TIMEOUT: expected seconds"),
    ],
)
def test_a_wrong_variable(file: Target, name: str, complaint: str) -> None:
    environment = {**file.environment, name: "soon"}
    done = subprocess.run([*file.command, "serve"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"fn: serve: {complaint}")


def test_variables_as_platforms_have_them(file: Target, start: Start) -> None:
    with pytest.MonkeyPatch.context():
        process = subprocess.Popen(
            [*file.command],
            cwd=file.directory,
            env={**file.environment, "FN_HOST": "http", "PORT": "0", "FN_HANDLER": "value"},
            stdout=subprocess.PIPE,
        )
    assert process.stdout is not None
    server = Server(process, int(json.loads(process.stdout.readline())["msg"].rpartition(" ")[2]), [])
    assert server.ask("/", [3])[2] == b"[3]"
    server.end()
    process.stdout.close()


def test_short_and_long(file: Target, start: Start) -> None:
    """A short input, and a short result, go through memory; longer ones through files."""
    server = start(file)
    for length in (0, 1, 4095, 4096, 4097, 16_000, 16_384, 40_000):
        given = bytes(range(256)) * (length // 256 + 1)
        status, headers, body = server.ask("/raw", given[:length])
        assert (status, headers["content-type"], body) == (200, "application/octet-stream", given[:length])


def test_no_two_runs_draw_the_same(file: Target, start: Start) -> None:
    server = start(file, "--spares", "4")
    draws = [json.loads(server.ask("/fresh", {})[2])["draws"] for _ in range(8)]
    for name in draws[0]:
        assert len({json.dumps(each[name]) for each in draws}) == len(draws), name


def test_what_is_current_is_of_this_run(file: Target, start: Start) -> None:
    """Each run has its own process, main thread, start of the log and children, however it was started."""
    before, all_kept = time.time(), set[float]()
    server = start(file, "--spares", "2")
    for _ in range(3):
        found = json.loads(server.ask("/fresh", {})[2])
        kept, now = found["current"]["times"]  # a process may have waited for its request, however long
        assert before - 1 <= kept <= now <= time.time() + 1
        all_kept.add(kept)
        assert found["current"]["process"] != server.process.pid
        assert all(found["current"][name] for name in ("main thread", "native id", "log start"))
        assert found["current"]["broken pipe"] == "1"
        assert (found["works"]["threads"], found["works"]["fork"]) == (8, 7)
        assert found["works"]["signal"] and found["works"]["TLS"] == "TLSv1.2"
    assert len(all_kept) == 3


def test_no_memory_of_another_request(file: Target, start: Start) -> None:
    """Of earlier ones and of one that is under way: in no spare that was there, and in none that was made since."""
    server, word = start(file, "--spares", "2", "--access-log"), f"swordfish-{secrets.token_hex(8)}"
    look = {"word": [byte + 1 for byte in word.encode()]}
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as waiting:
        head = f"POST /value?{word} HTTP/1.1\r\nHost: a\r\nX: {word}\r\nContent-Length: 999\r\n\r\n{word}"
        waiting.sendall(head.encode())
        for _ in range(4):
            for path, given in (("/value", {word: word}), ("/fault", {"do": word}), (f"/{word}", word)):
                server.ask(f"{path}?{word}", given, x=word, traceparent=word)
            assert json.loads(server.ask("/traces", look)[2]) == []
        assert json.loads(server.ask("/traces", look, x=word)[2])  # its own it finds


def test_many_at_once(file: Target, start: Start) -> None:
    server, wrong = start(file, "--workers", "4", "--queue", "1000"), list[object]()

    def client(number: int) -> None:
        for turn in range(8):
            given = {"client": number, "turn": turn}
            status, _, body = server.ask("/value", given)
            if (status, json.loads(body)) != (200, given):
                wrong.append((number, turn, status, body))
            if turn % 4 == 0 and server.ask("/fault", {"do": "segfault"})[0] != 500:
                wrong.append((number, turn))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client, range(8)))
    assert wrong == []
