"""Many requests to one server with random faults, aborts and cancels: each has one answer, its own; nothing is left.

The handlers are those of tests/handlers. The same seed gives each client the same requests; their interleaving is the
machine's.
"""

from __future__ import annotations

import http.client
import json
import random
import select
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from build.core.errors import BuildError

_CLIENTS = 8
_PATIENCE = 120.0  # seconds that any of these answers may take
_FAULTS = {
    "coded": (422, "test.coded"),
    "value error": (500, "fn.exception"),
    "os._exit 9": (500, "fn.exit"),
    "sys.exit 3": (500, "fn.exit"),
    "segfault": (500, "fn.killed"),
    "kill group": (500, "fn.killed"),
    "nan": (500, "fn.output.unserializable"),
}
_LEFT_BEHIND = ("orphan", "fork", "close everything")
_SHOWN = 5.0  # seconds between two lines that say how far it is
_GROWTH = 8 << 20  # bytes that the server may be larger at the end than after the first tenth


@dataclass(slots=True)
class Server:
    """The server under test."""

    process: subprocess.Popen[bytes]
    port: int
    ended: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def memory(self) -> int:
        """Return the bytes of memory that the server has, files in memory included."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        kilobytes = [int(line.split()[1]) for line in status.splitlines() if line.startswith(("RssAnon", "RssShmem"))]
        return sum(kilobytes) << 10

    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def settle(self) -> None:
        """Wait until its connections and runs are gone: spares alone are left."""
        end = time.monotonic() + _PATIENCE
        while self._children() > 2 or self._connections():
            if time.monotonic() > end:
                raise BuildError(f"soak: {self._children()} processes and {self._connections()} connections are left")
            time.sleep(0.05)

    def _children(self) -> int:
        pid = self.process.pid
        return len(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def _connections(self) -> int:
        sockets = [str(path.readlink()) for path in Path(f"/proc/{self.process.pid}/fd").iterdir() if path.is_symlink()]
        return sum(each.startswith("socket:") for each in sockets) - 1 - 2  # it listens, and has two spares


def soak(file: Path, requests: int, seed: int) -> int:
    """Send the requests and print how they ended; raise BuildError for one that is lost or wrong, or a leak."""
    print(f"soak: {requests} requests of {file.name}, seed {seed}", flush=True)
    words = [str(file), "serve", "--port", "0", "--workers", "4", "--queue", "1000"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            first = json.loads((process.stdout and process.stdout.readline()) or b"{}")
            server = Server(process, int(first["msg"].split()[-1]))
            threading.Thread(target=_drain, args=(process,), daemon=True).start()
            started = time.monotonic()
            _round(server, requests // 10, seed)
            before = (server.memory(), server.descriptors())
            _round(server, requests - requests // 10, seed + 1)
            after = (server.memory(), server.descriptors())
            seconds = time.monotonic() - started
            process.send_signal(signal.SIGTERM)
            status = process.wait(_PATIENCE)
        finally:
            process.kill()
    if status or after[0] > before[0] + _GROWTH or after[1] > before[1]:
        raise BuildError(f"soak: status {status}; memory and descriptors {before} before, {after} after")
    print(
        f"  {requests} requests in {seconds:.1f} s, {requests / seconds:.0f} a second; each has one answer, its own\n"
        f"  {before[0] >> 10} KB, {before[1]} descriptors after a tenth; {after[0] >> 10} KB, {after[1]} at the end\n  "
        + ", ".join(f"{name} {count}" for name, count in server.ended.most_common())
    )
    return 0


def _drain(process: subprocess.Popen[bytes]) -> None:
    for _ in process.stdout or ():
        pass


def _round(server: Server, requests: int, seed: int) -> None:
    share, rest = divmod(requests, _CLIENTS)
    clients = [
        threading.Thread(target=_client, args=(server, share + (number < rest), random.Random(f"{seed}-{number}")))  # noqa: S311
        for number in range(_CLIENTS)
    ]
    for client in clients:
        client.start()
    shown = time.monotonic()
    for client in clients:
        while client.is_alive():
            client.join(0.5)
            if time.monotonic() - shown > _SHOWN:
                shown = time.monotonic()
                print(f"  {sum(server.ended.values())} requests", flush=True)
    if server.problems:
        raise BuildError(f"soak: {server.problems[0]}")
    server.settle()


def _client(server: Server, requests: int, draw: random.Random) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE)
    try:
        for _ in range(requests):
            if server.problems:
                return
            chance = draw.random()
            act = _value if chance < 0.6 else _fault if chance < 0.8 else _abort if chance < 0.95 else _cancel
            server.ended[act(server, connection, draw)] += 1
    except Exception as error:  # noqa: BLE001  (whatever it is, the round has failed)
        server.problems.append(f"{type(error).__name__}: {error}")
    finally:
        connection.close()


def _asked(connection: http.client.HTTPConnection, path: str, given: object) -> tuple[int, str, bytes]:
    connection.request("POST", path, json.dumps(given))
    answer = connection.getresponse()
    return answer.status, answer.getheader("Direktiv-ErrorCode") or "", answer.read()


def _value(server: Server, connection: http.client.HTTPConnection, draw: random.Random) -> str:
    value = {"number": draw.getrandbits(80), "text": "ü" * draw.choice((1, 30, 3000, 90_000))}
    status, _, body = _asked(connection, "/value", value)
    if status != 200 or json.loads(body) != value:
        server.problems.append(f"{value['number']} was answered with {status} and {body[:200]!r}")
    return "output"


def _fault(server: Server, connection: http.client.HTTPConnection, draw: random.Random) -> str:
    name = draw.choice((*sorted(_FAULTS), *_LEFT_BEHIND))
    wanted = _FAULTS.get(name, (200, ""))
    status, code, body = _asked(connection, "/fault", {"do": name})
    if (status, code) != wanted:
        server.problems.append(f"{name} was answered with {status} {code} and {body[:200]!r}")
    return code or "left behind"


def _abort(server: Server, connection: http.client.HTTPConnection, draw: random.Random) -> str:
    """Leave in the midst of a request, or of its run, or of its answer."""
    body = json.dumps("x" * draw.choice((10, 200_000))).encode()
    request = b"POST /%s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s" % (
        draw.choice((b"value", b"async_wait")), len(body), body,
    )  # fmt: skip
    with socket.create_connection(("127.0.0.1", server.port), timeout=_PATIENCE) as client:
        client.sendall(request[: draw.choice((0, 20, len(request) // 2, len(request)))])
        select.select([client], [], [], draw.uniform(0, 0.005))
    return "left"


def _cancel(server: Server, connection: http.client.HTTPConnection, draw: random.Random) -> str:
    """End a run by DELETE: it has one answer, and so has the DELETE."""
    action = f"{draw.getrandbits(64):x}"
    head = f"POST /async_wait HTTP/1.1\r\nHost: a\r\nDirektiv-ActionID: {action}\r\nContent-Length: 3\r\n\r\n600"
    with socket.create_connection(("127.0.0.1", server.port), timeout=_PATIENCE) as client:
        client.sendall(head.encode())
        answer = b""
        end = time.monotonic() + _PATIENCE
        while not answer and time.monotonic() < end:  # it may come before its POST
            connection.request("DELETE", "/", headers={"Direktiv-ActionID": action})
            deleted = connection.getresponse()
            deleted.read()
            if deleted.status != 200:
                server.problems.append(f"DELETE was answered with {deleted.status}")
            if select.select([client], [], [], 0.05)[0]:
                answer = client.recv(1 << 16)
    if b"Direktiv-ErrorCode: fn.terminated" not in answer or answer.count(b"HTTP/1.1 ") != 1:
        server.problems.append(f"a run that was cancelled was answered with {answer[:200]!r}")
    return "cancelled"
