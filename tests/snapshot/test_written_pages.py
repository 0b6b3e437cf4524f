"""The pages that functions of a server write are theirs before a request waits for it."""

from __future__ import annotations

import os
import struct
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import TARGETS, Target

_PAGE = os.sysconf("SC_PAGESIZE")
_WARM = [target for target in TARGETS if target.is_file and not target.is_cold]
_HEAPS = {"warm": 0x10000000 + _PAGE, "portable": 0x80000000}  # what runs write begins there
_LOOKED_AT = 16  # pages
_RECVMSG = "47"  # of x86-64: what a spare waits in


def _is_its_own(process: str, page: int) -> bool:
    """Whether it is there, and shared with nobody (Documentation/admin-guide/mm/pagemap.rst: bits 63 and 56)."""
    with Path("/proc", process, "pagemap").open("rb") as pages:
        pages.seek(page // _PAGE * 8)
        (entry,) = struct.unpack("<Q", pages.read(8))
    return bool(entry >> 63 & 1 and entry >> 56 & 1)


def _waiting_spare(server: subprocess.Popen[bytes]) -> str:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    while True:
        assert server.poll() is None, "the server has ended"
        for spare in children.read_text().split():
            if Path("/proc", spare, "syscall").read_text().split()[0] == _RECVMSG:
                return spare
        time.sleep(0.001)


@pytest.mark.parametrize("target", _WARM, ids=lambda target: target.name)
def test_a_spare_has_copies_before_it_has_a_request(target: Target) -> None:
    words = [*target.command, "serve", "echo", "--spares", "1", "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as server:
        spare = _waiting_spare(server)
        first = _HEAPS[target.name]
        found = [_is_its_own(spare, page) for page in range(first, first + _LOOKED_AT * _PAGE, _PAGE)]
        server.terminate()
    assert found == [True] * _LOOKED_AT
