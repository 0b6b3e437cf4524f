"""Measure the hosts that answer requests, ours and their peers', in one run (`python3 build bench --serve`)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from build.bench.figures.curves import curves
from build.bench.figures.table import Table
from build.bench.hosts.lambda_times import lambda_times
from build.bench.hosts.servers import Load, Server, children, compiled, load, own_memory, page_faults, running
from build.bench.peers.http_peers import http_peers
from build.bench.starts.programs import FOLDER, make_ours
from build.core.paths import ROOT
from build.pipeline import build_file

PAGE, PLOT = ROOT / "docs" / "hosts.md", ROOT / "docs" / "pictures" / "load.svg"
BEGIN = "<!-- figures: made by `python3 build bench --serve --write`, not by hand -->"

OURS, NUMPY = "fn serve", "fn serve, a handler with numpy"
FLOOR = "in C, a process with as many page faults a request"
_FAULTS_OF = 200  # requests
_BENCH = Path(__file__).parents[1]
_NUMPY = _BENCH / "numpy"
_LARGE = json.dumps("x" * ((1 << 20) - 2)).encode()
_AT_ONCE = 16
_ROUNDS = 3
_LEVELS = (1, 2, 4, 8, _AT_ONCE, 32, 64)  # connections, each with one request under way


class Figures(NamedTuple):
    """Of one server: by the number of requests at once, and with a large document."""

    levels: Mapping[int, Load]
    large: Load | None


def hosts(requests: int) -> tuple[list[Table], str]:
    """Return the tables, and the plot as SVG; `requests`: those of each load."""
    file = make_ours()
    solving = build_file(_NUMPY / "handlers", _NUMPY / "requirements.txt", FOLDER / "fn-numpy")
    servers = [
        _ours(OURS, file),
        _ours(NUMPY, solving, path="/solve", body=b'{"a":[[2,1],[1,3]],"b":[3,5]}'),
        _floor(_ours(OURS, file)),
        *http_peers(),
    ]
    os.sync()  # the files above are new: Linux writes them to the disk beside the first measurement
    rounds = [{server.name: _measured(server, requests) for server in servers} for _ in range(_ROUNDS)]
    found = {server.name: _typical([each[server.name] for each in rounds]) for server in servers}
    lines = {name: [(each.rate, each.median) for each in taken.levels.values()] for name, taken in found.items()}
    title = f"Latency against load: {_LEVELS[0]} to {_LEVELS[-1]} requests at once (logarithmic scales)"
    plot = curves(title, "requests a second", "median, ms", lines, OURS)
    return [_speed(found), _memory(servers[0]), _lambda(file, requests)], plot


def _ours(name: str, file: Path, *, path: str = Server.path, body: bytes = Server.body) -> Server:
    command = [str(file), "serve", "--port", "{port}", "--address", "127.0.0.1"]
    return Server(name, command, path=path, body=body, takes_large=name == OURS)


def _floor(ours: Server) -> Server:
    """Return a server in C that does for a request nothing but a process with as many page faults as one of ours."""

    def writing(pages: int) -> Server:
        return Server(FLOOR, [str(compiled(_BENCH / "peers" / "bare.c")), "{port}", str(pages)], takes_large=False)

    faults, least = page_faults(ours, _FAULTS_OF), page_faults(writing(0), _FAULTS_OF)
    print(f"  a request of {OURS} has {faults:.0f} page faults, an empty process {least:.0f}", flush=True)
    return writing(max(round(faults - least), 0))


def _measured(server: Server, requests: int) -> Figures:
    count = max(int(requests * server.pace), 20)
    with running(server) as (port, _):
        load(port, server.path, server.body, connections=2, requests=count // 4 or 1)  # what is warm in production
        levels = {
            level: load(port, server.path, server.body, connections=level, requests=count * (1 if level == 1 else 2))
            for level in _LEVELS
        }
        large = load(port, "/same", _LARGE, connections=1, requests=max(count // 10, 5)) if server.takes_large else None
        print(f"  {server.name:<40} {levels[1].median:6.2f} ms, {levels[_AT_ONCE].rate:6.0f} requests/s", flush=True)
    return Figures(levels, large)


def _typical(rounds: Sequence[Figures]) -> Figures:
    """Return the medians of several rounds, in which the servers took turns."""

    def middle(loads: Iterable[Load]) -> Load:
        return Load(*(median(values) for values in zip(*loads, strict=True)))

    levels = {level: middle(each.levels[level] for each in rounds) for level in rounds[0].levels}
    large = [each.large for each in rounds if each.large]
    return Figures(levels, middle(large) if large else None)


def _speed(found: Mapping[str, Figures]) -> Table:
    ours = found[OURS].levels[_AT_ONCE].rate
    rows = [
        [
            name, f"{each.levels[1].median:.2f}", f"{each.levels[1].late:.2f}", f"{each.levels[_AT_ONCE].rate:.0f}",
            f"{ours / each.levels[_AT_ONCE].rate:.2f}", f"{each.large.median:.1f}" if each.large else "",
        ]
        for name, each in found.items()
    ]  # fmt: skip
    heads = ["server", "p50 ms", "p99 ms", f"requests/s, {_AT_ONCE} at once", "fn's over it", "1 MB in and out, ms"]
    return Table("A request with a run of `greet`", heads, rows)


def _memory(server: Server) -> Table:
    with running(server) as (port, process):
        load(port, server.path, server.body, connections=4, requests=200)
        spares = [own_memory(each) for each in _settled(process)]
        rows = [
            ["the server", f"{own_memory(process):.1f}"],
            ["a spare", f"{sorted(spares)[len(spares) // 2]:.1f}" if spares else ""],
        ]
    return Table("Memory of their own, after 200 requests", ["process", "MB"], rows)


def _settled(process: int) -> list[int]:
    """Return the spares when they are the same after a while: none is ending then, and all are ready."""
    found, before = children(process), list[int]()
    while found != before:
        time.sleep(0.2)
        found, before = children(process), found
    return found


def _lambda(file: Path, requests: int) -> Table:
    taken = lambda_times(file, starts=max(requests // 100, 5), invocations=20)
    rows: Sequence[Sequence[str]] = [
        ["from the start to the first `next`", f"{taken.start:.1f}"],
        ["from an event to its result", f"{taken.invocation:.2f}"],
        ["from the result to the next `next`, with the next process restored", f"{taken.ready:.2f}"],
    ]
    return Table("On Lambda, `greet`", ["what", "ms"], rows)
