"""Read the items of a JSON document one at a time, in constant memory: of an array, or of consecutive documents.

A document that begins with a bracket is an array; so documents one after the other are not arrays themselves. Numbers
stay as they are written (Decimal). Holds no more than one item and a chunk of the stream.
"""

from __future__ import annotations

import codecs
import json
import json.scanner
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import IO

_CHUNK = 1 << 20  # bytes
_NEAR_THE_END = 16  # characters: what is cut off within a word, an escape or a number looks wrong there
_SPACE = re.compile(r"[ \t\r\n]*")


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


# A value and where it ends; raises StopIteration where none begins, JSONDecodeError. In C, as json.loads uses it.
_scan: Callable[[str, int], tuple[Any, int]] = json.scanner.make_scanner(
    json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)  # type: ignore[arg-type]  # it wants the settings
)


class Items:
    """Iterates over the items of a stream of bytes; raises ValueError with the number of the item that is wrong."""

    def __init__(self, stream: IO[bytes], longest: int) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._longest = longest  # characters of an item
        self._text = ""
        self._at = 0
        self._whole = False  # the text goes to the end of the stream
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        in_array = self._next() == "["
        if in_array:
            self._at += 1
            if self._next() == "]":
                self._at += 1
                return self._end()
        while self._next():
            yield self._item()
            self.count += 1
            if in_array:
                closing = self._next()
                if closing not in (",", "]"):
                    self._fail("expected a comma or the end of the array" if closing else "the array does not end")
                self._at += 1
                if closing == "]":
                    return self._end()
                if self._next() == "]":
                    self._fail("a comma before the end of the array")
        if in_array:
            self._fail("the array does not end")
        return None

    def _end(self) -> None:
        if self._next():
            self._fail("something comes after the array")

    def _next(self) -> str:
        """Return the next character that is no white space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _item(self) -> Any:
        while True:
            cut = False
            try:
                value, place = _scan(self._text, self._at)
            except StopIteration as stop:
                place = stop.value
            except json.JSONDecodeError as error:
                place, cut = error.pos, error.msg.startswith("Unterminated string")
            except RecursionError:
                self._fail("nested too deeply")
            except ValueError as error:  # NaN, an integer with too many digits
                self._fail(str(error))
            except InvalidOperation:
                self._fail("a number whose exponent has more than 18 digits")
            else:
                cut = place == len(self._text)  # a number may go on in what comes next
                if self._whole or not cut:
                    return self._taken(value, place)
            if self._whole or not (cut or place >= len(self._text) - _NEAR_THE_END):
                self._fail("no JSON")
            if len(self._text) - self._at > self._longest:
                self._fail(f"longer than {self._longest} characters")
            self._more()

    def _taken(self, value: Any, end: int) -> Any:
        if end - self._at > self._longest:
            self._fail(f"longer than {self._longest} characters")
        self._at = end
        return value

    def _more(self) -> bool:
        """Read on, and forget what is behind; read twice as much for an item that does not end."""
        if self._whole:
            return False
        chunk = self._stream.read(max(_CHUNK, len(self._text) - self._at))
        self._whole = not chunk
        try:
            self._text = self._text[self._at :] + self._decoder.decode(chunk, final=self._whole)
        except UnicodeDecodeError as error:
            self._fail(f"not UTF-8: {error.reason}")
        self._at = 0
        return True

    def _fail(self, problem: str) -> NoReturn:
        raise ValueError(f"item {self.count + 1}: {problem}")
