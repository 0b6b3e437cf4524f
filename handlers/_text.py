"""The encodings of texts that the catalogue reads and writes, and the codecs that the file has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

if TYPE_CHECKING:  # named for the build, which leaves other codecs out; the interpreter imports the one that is used
    import encodings.cp1250
    import encodings.cp1252
    import encodings.iso8859_2
    import encodings.iso8859_15
    import encodings.utf_8_sig
    import encodings.utf_16
    import encodings.utf_16_be
    import encodings.utf_16_le  # noqa: F401

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
