"""Measure the hosts that answer requests, ours and their peers', in one run (`python3 build bench --serve`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from build.bench.lambda_times import lambda_times
from build.bench.programs import make_ours
from build.bench.servers import Load, Server, children, gunicorn, load, own_memory, running
from build.bench.table import Table
from build.core.paths import ROOT

PAGE = ROOT / "docs" / "hosts.md"
BEGIN = "<!-- figures: made by `python3 build bench --serve --write`, not by hand -->"

OURS, BARE, CGI = "fn serve", "gunicorn, sync, nothing isolated", "gunicorn, `python3 -I -S` a request"
_GREETING = b'{"name":"Ada"}'
_LARGE = json.dumps("x" * ((1 << 20) - 2)).encode()
_AT_ONCE = 16


def hosts(requests: int) -> list[Table]:
    """Return the tables; `requests`: those of each load."""
    file = make_ours()
    servers = [
        Server(OURS, [str(file), "serve", "--port", "{port}", "--address", "127.0.0.1"]),
        gunicorn(BARE, "within"),
        gunicorn(CGI, "process", pace=0.1),
    ]
    found = {server.name: _measured(server, requests) for server in servers}
    return [_speed(found), _memory(servers[0]), _lambda(file, requests)]


class _Figures:
    """Of one server: alone, at once, and with a large document."""

    def __init__(self, low: Load, high: Load, large: Load | None) -> None:
        self.low, self.high, self.large = low, high, large


def _measured(server: Server, requests: int) -> _Figures:
    count = max(int(requests * server.pace), 20)
    with running(server) as (port, _):
        load(port, "/greet", _GREETING, connections=2, requests=count // 4 or 1)  # what is warm in production
        low = load(port, "/greet", _GREETING, connections=1, requests=count)
        high = load(port, "/greet", _GREETING, connections=_AT_ONCE, requests=2 * count)
        large = None if server.name == CGI else load(port, "/same", _LARGE, connections=1, requests=max(count // 10, 5))
        print(f"  {server.name:<40} {low.median:6.2f} ms, {high.rate:6.0f} requests/s", flush=True)
    return _Figures(low, high, large)


def _speed(found: dict[str, _Figures]) -> Table:
    ours = found[OURS].high.rate
    rows = [
        [
            name, f"{each.low.median:.2f}", f"{each.low.late:.2f}", f"{each.high.rate:.0f}",
            f"{ours / each.high.rate:.2f}", f"{each.large.median:.1f}" if each.large else "",
        ]
        for name, each in found.items()
    ]  # fmt: skip
    heads = ["server", "p50 ms", "p99 ms", f"requests/s, {_AT_ONCE} at once", "fn's over it", "1 MB in and out, ms"]
    return Table("A request with a run of `greet`", heads, rows)


def _memory(server: Server) -> Table:
    with running(server) as (port, process):
        load(port, "/greet", _GREETING, connections=4, requests=200)
        spares = [own_memory(each) for each in _settled(port, process)]
        rows = [
            ["the server", f"{own_memory(process):.1f}"],
            ["a spare", f"{sorted(spares)[len(spares) // 2]:.1f}" if spares else ""],
        ]
    return Table("Memory of their own, after 200 requests", ["process", "MB"], rows)


def _settled(port: int, process: int) -> Iterator[int]:
    """Give the spares once one more request has been answered: those before it are ready by then."""
    load(port, "/greet", _GREETING, connections=1, requests=1)
    yield from children(process)


def _lambda(file: Path, requests: int) -> Table:
    taken = lambda_times(file, starts=max(requests // 100, 5), invocations=20)
    rows: Sequence[Sequence[str]] = [
        ["from the start to the first `next`", f"{taken.start:.1f}"],
        ["from an event to its result", f"{taken.invocation:.2f}"],
        ["from the result to the next `next`, with the next process restored", f"{taken.ready:.2f}"],
    ]
    return Table("On Lambda, `greet`", ["what", "ms"], rows)
