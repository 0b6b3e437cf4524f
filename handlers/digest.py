"""Hashes, HMACs and base64 of a text, of bytes or of a file passed in: `{"text": "hello"}`.

docs/handlers/digest.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from entry import Context, FunctionError, handler
from handlers._variables import Target, Written, exactly_one, for_report, set_variable

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 3 << 18  # a multiple of 3: base64 of the chunks is base64 of the whole
_FROM_URL = bytes.maketrans(b"-_", b"+/")


class Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to work on (`text`, `base64` or `variable`), and what to do with it."""

    text: str | msgspec.UnsetType = msgspec.UNSET
    base64: str | msgspec.UnsetType = msgspec.UNSET
    variable: str | msgspec.UnsetType = msgspec.UNSET
    action: Literal["hash", "hmac", "encode", "decode"] = "hash"
    algorithm: Literal["sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s", "sha1", "md5"] = (
        "sha256"
    )
    form: Literal["hex", "base64", "base64url"] = "hex"
    key: str | None = None
    key_base64: str | None = None
    expected: str | None = None
    to: Target | None = None

    def __post_init__(self) -> None:
        exactly_one(self, "text", "base64", "variable")
        keys = [key for key in (self.key, self.key_base64) if key is not None]
        if len(keys) != (self.action == "hmac"):
            raise ValueError("expected exactly one of `key`, `key_base64` for an hmac, and none else")
        if self.action == "decode" and self.base64 is not msgspec.UNSET:
            raise ValueError("expected `text` or `variable` to decode")
        if self.expected is not None and self.action in ("encode", "decode"):
            raise ValueError("`expected` is for a hash or an hmac")
        if self.to is not None and self.action in ("hash", "hmac"):
            raise ValueError("`to` is for what is encoded or decoded")


class Digested(msgspec.Struct, frozen=True, kw_only=True):
    """A digest, and of how many bytes."""

    digest: str
    algorithm: str
    bytes: int


class Encoded(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes in base64."""

    base64: str


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """What base64 held, when that is text."""

    text: str


@handler(codes=("digest.base64", "digest.mismatch", "digest.notText", "digest.tooLarge"))
def digest(data: Digest, ctx: Context) -> Digested | Encoded | Decoded | Written:
    if data.action in ("hash", "hmac"):
        return _digest(data, ctx)
    chunks = _encoded(data, ctx) if data.action == "encode" else _decoded(data, ctx)
    if data.to is not None:
        return set_variable(ctx, data.to, chunks)
    whole = b"".join(for_report(chunks, "digest.tooLarge"))
    if data.action == "encode":
        return Encoded(base64=whole.decode("ascii"))
    try:
        return Decoded(text=whole.decode())
    except UnicodeDecodeError:
        problem = "what was decoded is no UTF-8 text: put it into a variable with `to`"
    raise FunctionError("digest.notText", problem)


def _digest(data: Digest, ctx: Context) -> Digested:
    import hashlib
    import hmac
    from base64 import b64encode, urlsafe_b64encode

    key = data.key.encode() if data.key is not None else _from_base64(data.key_base64, "key_base64")
    state: Any
    if data.action == "hmac":
        state = hmac.new(key, digestmod=data.algorithm)
    else:
        state = hashlib.new(data.algorithm, usedforsecurity=False)
    count = 0
    for chunk in _bytes(data, ctx):
        state.update(chunk)
        count += len(chunk)
    raw: bytes = state.digest()
    forms = {"hex": bytes.hex, "base64": lambda raw: b64encode(raw).decode()}
    forms["base64url"] = lambda raw: urlsafe_b64encode(raw).decode().rstrip("=")
    found = forms[data.form](raw)
    if data.expected is not None and not hmac.compare_digest(_folded(data, found), _folded(data, data.expected)):
        raise FunctionError("digest.mismatch", f"the {data.algorithm} of {count} bytes is not the one that is expected")
    return Digested(digest=found, algorithm=data.algorithm, bytes=count)


def _folded(data: Digest, text: str) -> bytes:
    """Return a digest in the form for comparing: hexadecimal digits in one case, base64 without padding."""
    return (text.lower() if data.form == "hex" else text.rstrip("=")).encode()


def _bytes(data: Digest, ctx: Context) -> Iterator[bytes]:
    if isinstance(data.text, str):
        yield data.text.encode()
    elif isinstance(data.base64, str):
        yield _from_base64(data.base64, "base64")
    elif isinstance(data.variable, str):
        with ctx.variables[data.variable].open() as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk


def _encoded(data: Digest, ctx: Context) -> Iterator[bytes]:
    from binascii import b2a_base64

    for chunk in _bytes(data, ctx):
        for start in range(0, len(chunk), _CHUNK):
            yield b2a_base64(chunk[start : start + _CHUNK], newline=False)


def _decoded(data: Digest, ctx: Context) -> Iterator[bytes]:
    """Yield chunks of whole groups of four characters; pass over white space, and take base64url too."""
    rest, padded = b"", False
    for chunk in _bytes(data, ctx):
        text = rest + b"".join(chunk.split()).translate(_FROM_URL)
        if padded and text:
            raise FunctionError("digest.base64", "the text: not base64: more after its end")
        whole = len(text) - len(text) % 4
        padded, rest = b"=" in text[:whole], text[whole:]
        yield _from_base64(text[:whole].decode("latin-1"), "the text")
    if rest and padded:
        raise FunctionError("digest.base64", "the text: not base64: more after its end")
    if rest:
        yield _from_base64(rest.decode("latin-1") + "=" * (-len(rest) % 4), "the text")


def _from_base64(text: str | None, what: str) -> bytes:
    from base64 import b64decode

    try:
        return b64decode(text or "", validate=True)
    except ValueError as error:
        problem = f"{what}: not base64: {error}"
    raise FunctionError("digest.base64", problem)
