"""The host of HTTP where the machine refuses it processes or descriptors, or where others live beside it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.boot.building import build
from tests.boot.serving import Clock, Start, ask, open_files, rest, until

_FAILURES = 4  # of forks: a second apart each, by the server's clock
_NO_FORK = (
    "strace",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    f"inject=clone,clone3,fork,vfork:error=EAGAIN:when=1..{_FAILURES}",
)
_MEMORY = 8 << 20  # bytes, of which bodies may have half
_IN_LITTLE_MEMORY = (
    "unshare", "--map-root-user", "--mount", "sh", "-c",
    f'mount -t tmpfs none /sys/fs/cgroup && echo {_MEMORY} > /sys/fs/cgroup/memory.max && exec "$0" "$@"',
)  # fmt: skip
# A server in the place of a shell that has started something else.
_BESIDE_ANOTHER = ("sh", "-c", 'sleep 600 & exec "$0" "$@"')


class _Server:
    """One that something else has started: no sanitizer, which bears no tracing."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self.port = int(json.loads(process.stdout.readline())["msg"].rpartition(" ")[2])
        threading.Thread(target=process.stdout.read, daemon=True).start()

    def is_ready(self) -> bool:
        return ask(self.port, "/readyz")[0] == 200


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


_Start = Callable[..., tuple[_Server, int]]


@pytest.fixture
def started() -> Iterator[_Start]:
    """Starts servers by way of other words; gives each with the number of the first process."""
    with ExitStack() as stack:

        def start(before: Sequence[str], **variables: str) -> tuple[_Server, int]:
            command = [*before, str(build()), "serve", "--port", "0", "--spares", "1"]
            environment = {**os.environ, **variables}
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, env=environment))
            stack.callback(process.kill)
            return _Server(process), process.pid

        yield start


def test_forks_that_fail_leave_nothing_behind(started: _Start, clock: Clock) -> None:
    """Requests are refused when that takes longer, and answered when it is over."""
    server, tracer = started(_NO_FORK, FN_TEST_CLOCK=str(clock.path))
    (pid,) = _children(tracer)

    def is_ready_a_second_later() -> bool:
        clock.advance(1)
        return server.is_ready()

    until(lambda: not is_ready_a_second_later())
    status, headers, body = ask(server.port, "/output", b"{}", "POST")
    assert (status, headers["retry-after"]) == (503, "1")
    assert b"no process can be made ready" in body
    assert not server.is_ready()
    assert ask(server.port, "/healthz")[0] == 200
    until(is_ready_a_second_later)
    assert ask(server.port, "/output", b"{}", "POST")[0] == 200
    _, untroubled = started(())
    until(lambda: len(_children(pid)) == len(_children(untroubled)) == 1)
    until(lambda: open_files(pid) == open_files(untroubled))
    for each in (pid, untroubled):
        os.kill(each, signal.SIGTERM)


def test_a_neighbour_is_no_orphan(started: _Start) -> None:
    """What a shell has started before it became the server, as in `sh -c "proxy & exec fn serve"`."""
    server, pid = started(_BESIDE_ANOTHER)
    until(lambda: len(_children(pid)) == 2 and "sleep" in map(_name, _children(pid)))  # the shell has become it
    (neighbour,) = (each for each in _children(pid) if _name(each) == "sleep")
    for _ in range(3):
        assert ask(server.port, "/orphan", b"{}", "POST")[0] == 200
    until(lambda: len(_children(pid)) == 2)  # it and a spare: orphans have been looked for, and ended
    assert neighbour in _children(pid)
    os.kill(pid, signal.SIGTERM)
    until(lambda: not Path(f"/proc/{pid}/stat").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z")
    os.kill(neighbour, signal.SIGKILL)  # it lives


def test_uploads_leave_descriptors_for_functions(start: Start) -> None:
    """Each holds a connection and a file: no more are taken than leave room for the process that answers one."""
    server = start("--workers", "2", "--spares", "0", files=400)
    head, half = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n", b"a" * 20_000
    with ExitStack() as stack:
        first = stack.enter_context(server.connect())
        first.sendall(head + half)
        for _ in range(400):
            try:
                stack.enter_context(server.connect()).sendall(head + half)
            except OSError:  # it was closed: there are too many
                continue
        first.sendall(half)
        assert first.recv(15, socket.MSG_WAITALL) == b"HTTP/1.1 200 OK"


def test_bodies_have_half_of_the_memory(started: _Start) -> None:
    """What does not fit beside others is refused, before it is sent if its length is known; one alone is taken."""
    server, _ = started(_IN_LITTLE_MEMORY)
    head = b"POST /output HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n"
    half = bytes(_MEMORY // 4 + 1)  # of what bodies may have
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as other:
        other.sendall(head % (b"Content-Length: %d" % len(half)) + half[1:])
        until(lambda: ask(server.port, "/output", half, "POST")[0] == 507)  # the other has been read
        for form, body in (
            (b"Content-Length: %d\r\nExpect: 100-continue" % len(half), b""),
            (b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(half), half)),
        ):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
                client.sendall(head % form + body)
                answer = rest(client)
            assert answer.startswith(b"HTTP/1.1 507 Insufficient Storage\r\n")
            assert b"\r\nRetry-After: 1\r\n" in answer
            assert b"there is no memory for the body beside those of other requests" in answer
        assert ask(server.port, "/output", b"{}", "POST")[0] == 200
        other.sendall(half[:1])
        assert other.recv(15, socket.MSG_WAITALL) == b"HTTP/1.1 200 OK"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as alone:
        alone.sendall(head % (b"Content-Length: %d" % _MEMORY) + bytes(_MEMORY - 1))
        until(lambda: ask(server.port, "/output", half, "POST")[0] == 507)
        assert ask(server.port, "/healthz")[0] == 200
        alone.sendall(b"\0")
        assert alone.recv(15, socket.MSG_WAITALL) == b"HTTP/1.1 200 OK"
    assert ask(server.port, "/output", half, "POST")[0] == 200
