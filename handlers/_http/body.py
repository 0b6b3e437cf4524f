"""Write the bodies of requests, and read those of answers, by their kind. Open no connection."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import msgspec

from entry import FunctionError
from entry.codec.json import decode, encode
from handlers import _text
from handlers._http.models import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import IO

    from entry import Context
    from handlers._http.models import HttpRequest

_PIECE = 1 << 20  # bytes that are unpacked at once: an answer's cap is seen before there are many more

_CHARSETS = {"latin-1": "iso-8859-1", "latin1": "iso-8859-1", "us-ascii": "ascii", "utf8": "utf-8"}
_CHARSETS |= {"iso-8859-1": "cp1252", "windows-1252": "cp1252", "windows-1250": "cp1250"}  # as browsers read it


def content_type(data: HttpRequest) -> str:
    """Return the one that goes with the kind of body; empty without a body."""
    kind = next((name for name in KINDS if getattr(data, name) is not msgspec.UNSET), "")
    return {
        "json": "application/json",
        "form": "application/x-www-form-urlencoded",
        "text": "text/plain; charset=utf-8",
        "base64": "application/octet-stream",
        "variable": "application/octet-stream",
    }.get(kind, "")


def sent(data: HttpRequest, ctx: Context, *, there: bool) -> AbstractContextManager[bytes | IO[bytes] | None]:
    """Return the body, as a context: a file passed in is open as long as it is sent."""
    if there and data.json is not msgspec.UNSET:
        return nullcontext(encode(data.json))
    if there and isinstance(data.form, dict):
        return nullcontext(query_string(data.form).encode())
    if there and isinstance(data.text, str):
        return nullcontext(data.text.encode())
    if there and isinstance(data.base64, str):
        return nullcontext(_from_base64(data.base64))
    if there and isinstance(data.variable, str):
        return ctx.variables[data.variable].open()
    return nullcontext(None)


def size(stream: IO[bytes]) -> int:
    return os.fstat(stream.fileno()).st_size


def query_string(fields: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    pairs = [(name, each) for name, value in fields.items() for each in (value if isinstance(value, list) else [value])]
    return urlencode([(name, str(each).lower() if isinstance(each, bool) else each) for name, each in pairs])


def _from_base64(text: str) -> bytes:
    from base64 import b64decode

    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        problem = f"`base64`: {error}"
    raise FunctionError("http.body", problem)


def unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Return the bytes behind a content encoding, in pieces; raise ValueError for what is broken or not known."""
    if encoding in ("", "identity"):
        return iter(chunks)
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _inflated(chunks, gzip=encoding != "deflate")
    raise ValueError(f"its content encoding {encoding!r} was not asked for")


def _inflated(chunks: Iterable[bytes], *, gzip: bool) -> Iterator[bytes]:
    import zlib

    state: Any = None
    for chunk in chunks:
        while chunk:
            if state is None:  # some servers send deflate without the two bytes that zlib begins with
                plain = chunk[0] & 15 != 8
                state = zlib.decompressobj(31 if gzip else -15 if plain else 15)
            yield _piece(state, chunk)
            chunk = state.unconsumed_tail  # noqa: PLW2901  (what is left of it)
            if state.eof:
                chunk, state = state.unused_data, None  # noqa: PLW2901  (gzip may have several members)
    while state and not state.eof:  # zlib may hold pieces back where it has read all
        piece = _piece(state, b"")
        if not piece and not state.eof:
            raise ValueError("its content encoding ends early")
        yield piece


def _piece(state: Any, chunk: bytes) -> bytes:
    import zlib

    try:
        piece: bytes = state.decompress(chunk, _PIECE)
    except zlib.error as error:
        problem = str(error)
    else:
        return piece
    raise ValueError(problem)


def decoded(data: bytes, content_type: str, form: str) -> Any:
    """Return the value of an answer's bytes: JSON and texts by their content type, other bytes as base64."""
    kind, charset = _parsed(content_type)
    if form == "auto":
        form = "json" if _is_json(kind) else "text" if _is_text(kind, charset) else "base64"
    if form == "base64":
        from base64 import b64encode

        return b64encode(data).decode()
    if form == "json":
        if not data:
            return None
        try:
            return decode(
                (data if charset in ("", "utf-8") else _to_text(data, charset).encode()).removeprefix(BOM_UTF8)
            )
        except FunctionError as error:
            if error.code == "http.body":
                raise
            problem = f"the answer is no JSON: {error.message.removeprefix('not JSON: ')}"
        raise FunctionError("http.body", problem)
    return _to_text(data, charset or "utf-8")


def error_text(line: str, content_type: str, chunks: Iterable[bytes], most: int) -> str:
    """Return `404 Not Found: ` and the beginning of the body, if that is text."""
    kind, charset = _parsed(content_type)
    if not (_is_json(kind) or _is_text(kind, charset)):
        return line
    data = b""
    try:
        for chunk in chunks:
            data += chunk
            if len(data) >= most:
                break
        text = data[:most].decode(_codec(charset or "utf-8"), "replace").strip()
    except (FunctionError, LookupError, ValueError):  # a body that cannot be read does not hide the status
        text = ""
    return f"{line}: {text}" if text else line


def _parsed(content_type: str) -> tuple[str, str]:
    from http.client import HTTPMessage

    message = HTTPMessage()
    message["content-type"] = content_type
    return message.get_content_type() if content_type else "", message.get_content_charset("")


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith("+json")


def _is_text(kind: str, charset: str) -> bool:
    return bool(charset) or kind.startswith("text/") or kind.endswith("+xml") or kind in _TEXTS


_TEXTS = frozenset(
    {
        "application/xml",
        "application/javascript",
        "application/x-www-form-urlencoded",
        "application/yaml",
        "application/x-ndjson",
    }
)


def _to_text(data: bytes, charset: str) -> str:
    try:
        text = _text.without_mark(data.decode(_codec(charset)))
        text.encode()
    except UnicodeDecodeError as error:
        problem = f"the answer is not {charset}: {error.reason} at byte {error.start}"
    except UnicodeEncodeError:
        problem = f"the answer is not {charset}: it holds half a character (a lone surrogate)"
    except UnicodeError as error:  # of a codec that is none of texts, such as `idna`
        problem = f"the answer is not {charset}: {error}"
    except (LookupError, ValueError):
        problem = f"the answer's charset {charset!r} is not known; `decode` it as base64"
    else:
        return text
    raise FunctionError("http.body", problem)


def _codec(charset: str) -> str:
    return _text.decoder(_CHARSETS.get(charset, charset))
