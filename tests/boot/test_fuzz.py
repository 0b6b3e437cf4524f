"""What a client can send, found by coverage, under the sanitizers: each input ends in answers, and nothing is left.

FUZZ_SECONDS says how long (default: 15), FUZZ_SEED from where. The message of a failure has the command that does the
input which failed again.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.boot.building import SANITIZERS, build_fuzzer

_SEEDS = (
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nHEAD /_/ready HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /greet?a=%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    b"POST / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"DELETE / HTTP/1.1\r\nHost: a\r\nDirektiv-ActionID: a\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nDirektiv-ActionID: a\r\nDirektiv-Namespace: n\r\nTraceparent: 00-a-b-01\r\n"
    b"Content-Type: application/cloudevents+json\r\nContent-Length: 2\r\n\r\n{}",
    b"content-type: text/plain\r\nce-id: a\r\n",
)


@pytest.fixture(scope="module")
def program() -> Path:
    return build_fuzzer(*SANITIZERS)


def test_what_a_client_can_send(program: Path, tmp_path: Path) -> None:
    seeds = []
    for number, request in enumerate(_SEEDS * 2):
        seeds.append(tmp_path / f"seed-{number}")
        seeds[-1].write_bytes(bytes([number % 4, number % 3 * 5, number % 8]) + request)
    seconds, seed, place = os.environ.get("FUZZ_SECONDS", "15"), os.environ.get("FUZZ_SEED", "1"), tmp_path / "input"
    words = [str(program), seconds, seed, str(place), *map(str, seeds)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=float(seconds) + 120)
    assert done.returncode == 0, f"{program} 0 0 {tmp_path}/again {place}: {done.stderr[-4000:]}"
    print(done.stdout)
    found = re.fullmatch(r"(\d+) inputs, (\d+) kept, (\d+) edges\n", done.stdout)
    assert found
    assert int(found[2]) > 2 * len(seeds)  # what it has found led it on
