"""Start the servers that the bench compares, and put load on them. Make no table."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from build.bench.starts.programs import FOLDER
from build.core.errors import BuildError
from build.core.process import run

_LOAD = Path(__file__).with_name("load.c")


@dataclass(frozen=True)
class Server:
    """One row: a command in which {port} stands for the port, and what it is asked.

    `pace`: its part of the requests, for slow ones. `takes_large`: POST /same answers with what it was given.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    pace: float = 1
    path: str = "/greet"
    body: bytes = b'{"name":"Ada"}'
    takes_large: bool = True


class Load(NamedTuple):
    """What a load has met: requests a second, and milliseconds of an answer."""

    rate: float
    median: float
    late: float  # the 99th percentile


@contextmanager
def running(server: Server) -> Iterator[tuple[int, int]]:
    """Give a server's port and process while it runs; raise BuildError if it does not answer within 20 s."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [word.replace("{port}", str(port)) for word in server.command]
    environment = {"PATH": os.environ["PATH"], **server.environment}
    process = subprocess.Popen(words, env=environment, cwd=FOLDER, stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                raise BuildError(f"bench: {server.name} does not answer", f"try {' '.join(words)}")
            time.sleep(0.01)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def compiled(source: Path) -> Path:
    """Return the program that a file is compiled to."""
    program = FOLDER / source.stem
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        run(["gcc", "-O2", "-D_GNU_SOURCE", "-o", program, source], what=f"compiling {source.name}")
    return program


def load(port: int, path: str, body: bytes, *, connections: int, requests: int) -> Load:
    """Put load on a server; raise BuildError if an answer is no 200, or not whole."""
    program, document = compiled(_LOAD), FOLDER / "body"
    document.write_bytes(body)
    said = run([program, str(port), path, str(connections), str(requests), document], what="load")
    seconds, good, bad, median, late = map(float, said.split())
    if bad or good != requests:
        raise BuildError(f"bench: {bad:.0f} of {requests} answers were no 200", f"look at what POST {path} answers")
    return Load(good / seconds, median, late)


def page_faults(server: Server, requests: int) -> float:
    """Return the page faults that the processes of one request have."""
    with running(server) as (port, process):
        load(port, server.path, server.body, connections=2, requests=requests)
        before = _faults_of_children(process)
        load(port, server.path, server.body, connections=2, requests=requests)
        return (_faults_of_children(process) - before) / requests


def _faults_of_children(process: int) -> int:
    """Return those of children that have ended (proc(5), cminflt)."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[8])


def own_memory(process: int) -> float:
    """Return the megabytes that a process has for itself."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))) / 1024


def children(process: int) -> list[int]:
    return list(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))
