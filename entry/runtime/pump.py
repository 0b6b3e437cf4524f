"""The log pump: bytes of any kind in, whole lines of clean UTF-8 out. Reads and writes nothing itself.

From source what build/boot/supervisor/log_writer.c is in the file, rule for rule: invalid bytes become U+FFFD, control
characters \\x1b and the like, lines over 32 KiB are split between characters. tests/unit compares the two.
"""

from __future__ import annotations

import codecs

LINE_MAX = 32 * 1024  # bytes of a written line, its newline included

_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in "\t\n"}


class LinePump:
    """Turns chunks of bytes into whole lines: `feed` as they come, `finish` at the end."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []  # the pieces of the line under way: characters, or escapes that stay whole
        self._length = 0  # their bytes

    def feed(self, chunk: bytes) -> bytes:
        """The lines that `chunk` completes."""
        return self._lines(self._decoder.decode(chunk))

    def finish(self) -> bytes:
        """The last lines: a partial one is completed."""
        lines = self._lines(self._decoder.decode(b"", final=True))
        return lines + (self._end() if self._length else b"")

    def _lines(self, text: str) -> bytes:
        whole: list[bytes] = []
        *complete, rest = text.split("\n")
        for line in complete:
            whole += self._add(line)
            whole.append(self._end())
        whole += self._add(rest)
        return b"".join(whole)

    def _add(self, text: str) -> list[bytes]:
        escaped = text.translate(_CONTROLS)
        size = len(escaped.encode())
        if self._length + size < LINE_MAX:
            self._line.append(escaped)
            self._length += size
            return []
        ended: list[bytes] = []
        for character in text:
            piece = _CONTROLS.get(ord(character), character)
            size = len(piece.encode())
            if self._length + size >= LINE_MAX:
                ended.append(self._end())
            self._line.append(piece)
            self._length += size
        return ended

    def _end(self) -> bytes:
        line = "".join(self._line).encode() + b"\n"
        self._line.clear()
        self._length = 0
        return line
