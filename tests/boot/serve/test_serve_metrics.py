"""The metrics of the host of HTTP, parsed by the rules of Prometheus' text format."""

from __future__ import annotations

import json
import re

from tests.boot.serving import Server, Start, ask, until

_LINE = re.compile(r'(?P<name>[a-z_]+)(?:\{(?P<label>[a-z]+)="(?P<value>[^"\\\n]*)"\})? (?P<number>[0-9.e+]+)')


def _port(server: Server) -> int:
    assert server.process.stdout is not None
    found = json.loads(server.process.stdout.readline())["msg"]
    assert found.startswith("metrics on port ")
    return int(found.rpartition(" ")[2])


def _metrics(port: int) -> dict[str, dict[str, float]]:
    """Each by its name, and by the value of its label; all lines have been looked at."""
    status, headers, body = ask(port, "/metrics")
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert body.endswith(b"\n")
    found: dict[str, dict[str, float]] = {}
    kinds: dict[str, str] = {}
    for line in body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kinds[name] = line.split(" ")
        elif not line.startswith("# HELP "):
            match = _LINE.fullmatch(line)
            assert match, line
            assert any(match["name"].startswith(name) for name in kinds), line
            values = found.setdefault(match["name"], {})
            assert (match["value"] or "") not in values, line
            values[match["value"] or ""] = float(match["number"])
    assert set(kinds.values()) == {"counter", "gauge", "histogram"}
    return found


def test_what_has_happened(start: Start) -> None:
    server = start("--metrics-port", "0", quiet=False)
    port = _port(server)
    for path in ("/output", "/output", "/error", "/signal%209", "/status%207"):
        server.ask(path)
    server.ask("/up", b"", "GET")
    server.ask("/output", b"", "PUT")
    found = _metrics(port)
    assert found["fn_runs_total"] == {"": 5}
    assert found["fn_errors_total"] == {"c.d": 1, "fn.killed": 1, "fn.exit": 1, "other": 0}
    assert found["fn_answers_without_run_total"] == {"200": 1, "405": 1}
    assert found["fn_request_duration_seconds_count"] == {"": 5}
    buckets = list(found["fn_request_duration_seconds_bucket"].items())
    assert buckets == sorted(buckets, key=lambda each: float(each[0]))
    assert dict(buckets)["+Inf"] == 5
    assert [count for _, count in buckets] == sorted(count for _, count in buckets)
    assert found["fn_runs"] == {"": 0}
    assert found["fn_requests"] == {"": 1}  # this one


def test_what_is_under_way(start: Start) -> None:
    server = start("--metrics-port", "0", "--workers", "1", quiet=False)
    port = _port(server)
    with server.connect() as busy, server.connect() as waiting:
        for client in (busy, waiting):
            client.sendall(b"POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        until(lambda: _metrics(port)["fn_queue"] == {"": 1})
        assert _metrics(port)["fn_runs"] == {"": 1}
    until(lambda: _metrics(port)["fn_runs_abandoned_total"] == {"": 1})
    until(lambda: _metrics(port)["fn_spares"] == {"": 1})


def test_nothing_else_is_there(start: Start) -> None:
    server = start("--metrics-port", "0", quiet=False)
    port = _port(server)
    assert ask(port, "/output")[0] == 404
    assert ask(port, "/output", method="POST")[0] == 405
    assert ask(port, "/metrics", method="HEAD")[2] == b""
    assert server.ask("/metrics", b"", "GET")[0] == 405
    assert _metrics(port)["fn_runs_total"] == {"": 0}
