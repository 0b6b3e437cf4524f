"""Install or compile the servers that `fn serve` is compared with. Measure nothing."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from build.bench.hosts.servers import Server
from build.bench.starts.programs import FOLDER, compile_go
from build.core.cache import digest, made_once
from build.core.paths import ROOT
from build.core.process import run

GO, UVICORN = "Go `net/http`, nothing isolated", "uvicorn, one process, nothing isolated"
BARE, CGI = "gunicorn, sync, nothing isolated", "gunicorn, `python3 -I -S` a request"
_SERVER, _PINS = Path(__file__).with_name("server.go"), Path(__file__).with_name("pins.txt")


def http_peers() -> list[Server]:
    """Return the peers; Go's only where its compiler is."""
    path = {"PYTHONPATH": os.pathsep.join([str(_packages()), str(ROOT)])}
    python = [sys.executable, "-m"]
    unicorn = [*python, "gunicorn", "--workers", "2", "--bind", "127.0.0.1:{port}", "--log-level", "error"]
    # One process: with several, uvicorn opens the port so that asyncio does not set TCP_NODELAY: 40 ms more an answer.
    uvicorn = [*python, "uvicorn", "--port", "{port}", "--log-level", "error", "--no-access-log"]
    found = [
        Server(UVICORN, [*uvicorn, "build.bench.peers.asgi:within"], path),
        Server(BARE, [*unicorn, "build.bench.peers.wsgi:within"], path),
        Server(CGI, [*unicorn, "build.bench.peers.wsgi:process"], path, pace=0.1, takes_large=False),
    ]
    if shutil.which("go"):
        return [Server(GO, [str(compile_go(_SERVER)), "{port}"]), *found]
    print("  no row for Go: its compiler is not installed (Debian: golang-go)", flush=True)
    return found


def _packages() -> Path:
    """Return the folder of gunicorn and uvicorn; install them if they are not there."""
    words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    words += ["--only-binary", ":all:", "-r", str(_PINS), "--target"]
    return made_once(
        FOLDER / f"peers-{digest([_PINS, sys.version])[:16]}",
        lambda unfinished: run([sys.executable, *words, unfinished], what="installing gunicorn and uvicorn"),
    )
