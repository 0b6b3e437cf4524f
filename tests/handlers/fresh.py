"""Tells what must differ from run to run, and what must be of this run and not of the build."""

import asyncio
import ctypes
import datetime
import faulthandler
import logging
import multiprocessing.process
import os
import random
import secrets
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from entry import handler

# What an import keeps: in a warm boot, too, each run has its own.
ID = uuid.uuid4()
KEY = secrets.token_hex(16)
STARTED = time.time()


@handler
def fresh(data: dict[str, Any]) -> dict[str, Any]:
    return {"draws": _draws(), "current": _current(), "works": _works()}


def _draws() -> dict[str, object]:
    """No two runs may share one of these."""
    return {
        "random": random.random(),
        "random.getrandbits": random.getrandbits(64),
        "uuid1": str(uuid.uuid1()),
        "uuid4": str(uuid.uuid4()),
        "secrets": secrets.token_hex(16),
        "tempfile": next(tempfile._get_candidate_names()),  # type: ignore[attr-defined]
        "openssl": ssl.RAND_bytes(16).hex(),
        "sqlite": sqlite3.connect(":memory:").execute("select hex(randomblob(16))").fetchone()[0],
        "authkey": bytes(multiprocessing.process.current_process().authkey).hex(),
        "time_ns": time.time_ns(),
        "kept UUID": str(ID),
        "kept digits": KEY,
    }


def _current() -> dict[str, object]:
    main = threading.main_thread()
    return {
        "variable": os.environ.get("FRESH"),
        "variable as bytes": (os.environb.get(b"FRESH") or b"").decode(),
        "variable of a child": subprocess.run(
            ["/bin/sh", "-c", 'printf %s "$SET"'], env={**os.environ, "SET": "now"}, capture_output=True, check=True
        ).stdout.decode(),
        "arguments": sys.argv[1:],
        "times": [STARTED, time.time()],
        "year": datetime.datetime.now(tz=datetime.UTC).year,
        "hour": time.strftime("%H", time.localtime(0)),  # before anything else has libc look at the zone
        "zone": list(time.tzname),
        "directory": str(Path.cwd()),
        "process": os.getpid(),
        "main thread": threading.current_thread() is main and main.ident == threading.get_ident(),
        "native id": main.native_id == threading.get_native_id() == os.getpid(),
        "log start": 0 <= logging.makeLogRecord({}).relativeCreated < 60_000,
        "umask": os.umask(0o022),
        "streams": [sys.stdout.encoding, sys.stdout.errors, sys.stdin.read()],
        "broken pipe": str(signal.getsignal(signal.SIGPIPE)),
    }


def _works() -> dict[str, object]:
    return {
        "threads": _threads(),
        "callback": _callback(),
        "fork": _fork(),
        "recursion": _recursion(),
        "signal": _signal(),
        "collect": __import__("gc").collect() >= 0,
        "lock": _lock(),
        "sockets": _sockets(),
        "names": socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)[0][4][0],
        "TLS": _handshake(),
        "asyncio": asyncio.run(_concurrent()),
        "sqlite": sqlite3.connect(":memory:").execute("select sum(value) from json_each('[1,2,3]')").fetchone()[0],
        "faulthandler": _traceback(),
    }


def _threads() -> int:
    seen: list[int] = []
    threads = [threading.Thread(target=seen.append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(seen)


def _callback() -> int:
    double = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda value: value * 2)
    return int(double(21))


def _fork() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _recursion() -> str:
    def deeper(level: int) -> int:
        return deeper(level + 1)

    try:
        deeper(0)
    except RecursionError:
        return "refused"
    return "endless"


def _signal() -> bool:
    arrived: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: arrived.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
    return bool(arrived)


def _sockets() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: server.accept()[0].sendall(b"hello"))
        thread.start()
        with socket.create_connection(server.getsockname()) as client:
            thread.join()
            return client.recv(5).decode()


def _handshake() -> str:
    """Both sides in memory, without certificates: the version that they agree on."""
    contexts = [ssl.SSLContext(kind) for kind in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER)]
    for context in contexts:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("aNULL:@SECLEVEL=0")
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [contexts[0].wrap_bio(to_client, to_server), contexts[1].wrap_bio(to_server, to_client, server_side=True)]
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return sides[0].version() or "none"


async def _concurrent() -> tuple[int, int]:
    async def later(number: int) -> int:
        await asyncio.sleep(0)
        return number

    return await asyncio.gather(later(1), later(2))


def _traceback() -> bool:
    with tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        return b"_traceback" in file.read()


def _lock() -> bool:
    done = threading.Event()
    timer = threading.Timer(0.001, done.set)
    timer.start()
    return done.wait(10)
