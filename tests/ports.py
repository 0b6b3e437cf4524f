"""Ports of this machine for tests."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections as long as the block runs.

    It is taken, so nobody else gets it meanwhile, as may happen to one that is free; and nobody accepts there.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
