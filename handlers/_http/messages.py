"""A URL, a request, an answer. No error holds more of a URL than its origin: the rest may be secret."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entry import FunctionError
from handlers._http import body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_HOST = re.compile(r"[\s/\\@#?%<>\"{}|^`]")
_IN_A_URL = "/%:;=@&+$,!~*'()?[]"  # what stays as it is: it has a meaning, or is encoded already


class NoAnswerError(Exception):
    """Something on the way failed; `sent` tells whether the server may have seen the request."""

    def __init__(self, code: str, message: str, *, sent: bool) -> None:
        super().__init__(code, message)
        self.code, self.message, self.sent = code, message, sent


@dataclass(frozen=True)
class Url:
    """A URL that was looked at: `http` or `https`, a host, no user, no fragment, every character allowed."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def parse(cls, text: str, code: str = "http.url", base: str = "") -> Url:
        """Parse the address; raise FunctionError with `code`."""
        from urllib.parse import quote, urljoin, urlsplit

        try:
            if CONTROL.search(text):
                raise ValueError("there is a control character in it")
            parts = urlsplit(urljoin(base, text))
            host, port = parts.hostname or "", parts.port
            if parts.scheme not in ("http", "https") or not host:
                raise ValueError("expected http:// or https:// and a host")
            if "@" in parts.netloc:
                raise ValueError("a user belongs into `auth`, not into a URL")
            if _NO_HOST.search(host) or port == 0:
                raise ValueError("its host cannot be one")
        except ValueError as error:
            problem = f"the URL: {error}"
        else:
            query = f"?{parts.query}" if parts.query else ""
            port = port or (443 if parts.scheme == "https" else 80)
            return cls(parts.scheme, host, port, quote(f"{parts.path or '/'}{query}", safe=_IN_A_URL))
        raise FunctionError(code, problem)

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


@dataclass(frozen=True)
class Request:
    """What is sent; a redirect changes some of it."""

    url: Url
    method: str
    headers: dict[str, str]
    with_body: bool
    same_origin: bool  # as what the author wrote: others get no secrets


class Answer:
    """An answer whose body is read as its chunks are asked for."""

    def __init__(self, response: HTTPResponse, request: Request) -> None:
        self._response = response
        self._request = request
        self.url, self.origin = str(request.url), request.url.origin
        self.status, self.reason = response.status, response.reason
        self.content_type = self.header("content-type")

    @property
    def line(self) -> str:
        """Return the status with its reason: `404 Not Found`."""
        return f"{self.status} {self.reason}".strip()

    def header(self, name: str) -> str:
        return (self._response.getheader(name) or "").strip()

    def headers(self) -> dict[str, str]:
        names = dict.fromkeys(name.lower() for name in self._response.headers if name.lower() != "set-cookie")
        return {name: ", ".join(self._response.headers.get_all(name, [])) for name in names}

    def cookies(self) -> list[str]:
        return self._response.headers.get_all("set-cookie", [])

    def retry_after(self) -> float:
        """Return for how many seconds the server wants to be left alone."""
        from email.utils import parsedate_to_datetime
        from time import time

        value = self.header("retry-after")
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - time())
        except (ValueError, OverflowError):  # no date, or one that no clock of a machine has
            return 0

    def chunks(self) -> Iterator[bytes]:
        """Yield the body's bytes, unpacked; raise FunctionError if it is not whole."""
        from http.client import HTTPException

        encoding = "" if self._request.method == "HEAD" else self.header("content-encoding").lower()
        try:
            yield from body.unpacked(self._raw(), encoding)
        except (OSError, ValueError, HTTPException) as error:
            problem = f"{self.origin}: the answer is broken: {error or type(error).__name__}"
        else:
            return
        raise FunctionError("http.response", problem)

    def _raw(self) -> Iterator[bytes]:
        while chunk := self._response.read(1 << 16):
            yield chunk
        if self._response.length:
            raise ValueError(f"it ends {self._response.length} bytes early")
