"""Raise, return and leave what is no ordinary outcome."""

import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from entry import FunctionError


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def _raise(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def _tamper(how: str, end: str) -> str:
    """With the file that becomes the outcome."""
    outcome = Path(os.environ["FN_DATA_DIR"], ".outcome.fn")
    outcome.unlink()
    if how == "file":
        outcome.write_text("a" * 100_000)
    elif how == "link":
        outcome.symlink_to("input.json")
    elif how == "hard link":
        outcome.hardlink_to(outcome.with_name("input.json"))
    elif how == "folder":
        outcome.mkdir()
    if end == "error":
        raise FunctionError("test.tampered", how)
    return how


def _broken_stream() -> Iterator[bytes]:
    yield b"first"
    raise ValueError("the stream broke")


def _cycle() -> list[object]:
    ring: list[object] = []
    ring.append(ring)
    return ring


ACTIONS: dict[str, Callable[[], object]] = {
    "value error": _raise(ValueError("nope")),
    "empty error": _raise(ValueError()),
    "key error": _raise(KeyError("k")),
    "unprintable": _raise(Unprintable()),
    "keyboard interrupt": _raise(KeyboardInterrupt()),
    "generator exit": _raise(GeneratorExit()),
    "coded": _raise(FunctionError("test.coded", "50% done")),
    "uncoded": _raise(FunctionError(None, "not catchable")),
    "no message": _raise(FunctionError("test.silent", "")),
    "long message": _raise(FunctionError("test.long", "ä" * 3_000_000)),
    "surrogate message": _raise(FunctionError("test.odd", 'a\ud800b\x00\n"')),
    "memory error": _raise(MemoryError()),
    **{
        f"tamper: {how}, {end}": functools.partial(_tamper, how, end)
        for how in ("nothing", "file", "link", "hard link", "folder")
        for end in ("output", "error")
    },
    "broken stream": _broken_stream,
    "not bytes": lambda: iter([b"a", "b"]),
    "no file": lambda: __import__("pathlib").Path("/does/not/exist"),
    "nan": lambda: {"rows": [{"price": 1.0}, {"price": float("nan")}]},
    "object": lambda: {"a": [object()]},
    "cycle": _cycle,
}
