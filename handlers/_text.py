"""The encodings of texts that the catalogue reads and writes."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Encoding = Literal[
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1", "iso-8859-2", "iso-8859-15", "cp1250", "cp1252", "ascii"
]


Character = Annotated[str, msgspec.Meta(pattern=r"^[^\r\n\x00]\Z")]
"""One that can divide or quote the cells of CSV."""


_MARK = "\ufeff"


def without_mark(text: str) -> str:
    """Return a text without the byte order mark that some programs begin it with."""
    return text.removeprefix(_MARK)


def decoder(encoding: str) -> str:
    """Return the codec that reads an encoding: UTF-8 with a byte order mark, as some programs write it, is UTF-8."""
    return "utf-8-sig" if encoding == "utf-8" else encoding
