"""Fail, and leave nothing with which that could be told: no log, no text, no code."""

import os
import sys
import tempfile
from collections.abc import Callable
from typing import IO

from entry import FunctionError

_kept: list[IO[bytes]] = []


class Incomplete(FunctionError):
    def __init__(self) -> None:
        """Leave out what the class above does."""


class OddlyTyped(FunctionError):
    def __init__(self) -> None:
        super().__init__("test.odd")
        self.code = 7  # type: ignore[assignment]
        self.message = None  # type: ignore[assignment]


class Exits(Exception):
    def __str__(self) -> str:
        raise SystemExit(1)


class _Fails:
    def write(self, text: str) -> int:
        raise KeyError(text)


def _without_log() -> None:
    os.closerange(1, 3)
    raise ValueError("the reason")


def _with_stream(stream: object) -> Callable[[], None]:
    def act() -> None:
        sys.stderr = stream
        raise ValueError("the reason")

    return act


def _closed_stream() -> None:
    sys.stderr.close()
    raise ValueError("the reason")


def _hook_that_exits() -> None:
    sys.excepthook = lambda *error: sys.exit(1)
    raise ValueError("the reason")


def _raise(kind: type[Exception]) -> Callable[[], None]:
    def act() -> None:
        raise kind

    return act


def _result_after_its_descriptor() -> str:
    """Closes all descriptors, as daemons do, and opens files, which get their numbers."""
    os.closerange(3, 1024)
    _kept.extend(tempfile.TemporaryFile() for _ in range(64))  # noqa: SIM115  # noqa: SIM115
    return "x" * 10_000


ACTIONS: dict[str, Callable[[], object]] = {
    "no log": _without_log,
    "no stderr": _with_stream(None),
    "failing stderr": _with_stream(_Fails()),
    "closed stderr": _closed_stream,
    "hook that exits": _hook_that_exits,
    "incomplete": _raise(Incomplete),
    "oddly typed": _raise(OddlyTyped),
    "text that exits": _raise(Exits),
    "result without descriptor": _result_after_its_descriptor,
}
