"""Install or compile the servers that `fn serve` is compared with. Measure nothing."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from build.bench.programs import FOLDER, compile_go
from build.bench.servers import Server
from build.core.cache import digest
from build.core.paths import ROOT
from build.core.process import run

GO, UVICORN = "Go `net/http`, nothing isolated", "uvicorn, one process, nothing isolated"
BARE, CGI = "gunicorn, sync, nothing isolated", "gunicorn, `python3 -I -S` a request"
_OWN = Path(__file__).parent


def http_peers() -> list[Server]:
    """Return the peers; Go's only where its compiler is."""
    path = {"PYTHONPATH": os.pathsep.join([str(_packages()), str(ROOT)])}
    python = [sys.executable, "-m"]
    unicorn = [*python, "gunicorn", "--workers", "2", "--bind", "127.0.0.1:{port}", "--log-level", "error"]
    # One process: with several, uvicorn opens the port so that asyncio does not set TCP_NODELAY: 40 ms more an answer.
    uvicorn = [*python, "uvicorn", "--port", "{port}", "--log-level", "error", "--no-access-log"]
    found = [
        Server(UVICORN, [*uvicorn, "build.bench.asgi:within"], path),
        Server(BARE, [*unicorn, "build.bench.wsgi:within"], path),
        Server(CGI, [*unicorn, "build.bench.wsgi:process"], path, pace=0.1, takes_large=False),
    ]
    if shutil.which("go"):
        return [Server(GO, [str(compile_go(_OWN / "server.go")), "{port}"]), *found]
    print("  no row for Go: its compiler is not installed (Debian: golang-go)", flush=True)
    return found


def _packages() -> Path:
    """Return the folder of gunicorn and uvicorn; install them if they are not there."""
    packages = FOLDER / f"peers-{digest([_OWN / 'pins.txt', sys.version])[:16]}"
    if not packages.exists():
        unfinished = packages.with_suffix(f".{os.getpid()}")
        words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
        words += ["--only-binary", ":all:", "--target", str(unfinished), "-r", str(_OWN / "pins.txt")]
        run([sys.executable, *words], what="installing gunicorn and uvicorn")
        unfinished.rename(packages)
    return packages
